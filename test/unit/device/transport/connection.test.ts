import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex, type Readable } from 'node:stream';
import { AbortError, KiB, MiB } from '../../../../src/base/index.ts';
import { Connection } from '../../../../src/device/transport/connection.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually, settled } from '../../../support/eventually.ts';
import { tcpPair } from '../../../support/tcpPair.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function readAll(stream: Readable): Promise<string> {
	const chunks: Buffer[] = [];
	try {
		for await (const chunk of stream) {
			chunks.push(chunk as Buffer);
		}
	} catch {
		// A reset ends the reading; what came before it counts.
	}
	return Buffer.concat(chunks).toString();
}

describe('Connection', () => {
	describe('reading', () => {
		it('gives exactly what is asked for, over any split of the bytes', async () => {
			const whole = Buffer.from('abcdefghij');
			for (let split = 1; split < whole.length; split++) {
				const { connection, peer } = connectionPair();
				peer.write(whole.subarray(0, split));
				peer.write(whole.subarray(split));
				assert.deepEqual(
					[text(await connection.read(3)), text(await connection.read(6)), text(await connection.read(1))],
					['abc', 'defghi', 'j'],
				);
			}
		});

		it('gives portions as they came', async () => {
			const { connection, peer } = connectionPair();
			peer.write('abcde');
			assert.equal(text(await connection.readSome(2)), 'ab');
			assert.equal(text(await connection.readSome(100)), 'cde');
			const waiting = connection.readSome(100);
			peer.write('f');
			assert.equal(text(await waiting), 'f');
		});

		it('keeps bytes that came before anybody read, also behind the end', async () => {
			const { connection, peer } = connectionPair();
			peer.end('abc');
			await settled();
			assert.equal(text(await connection.read(2)), 'ab');
			assert.equal(text(await connection.readSome(10)), 'c');
			await rejectsWith(connection.read(1), 'CONNECTION_LOST');
			await rejectsWith(connection.readSome(1), 'CONNECTION_LOST');
		});

		it('rejects when the stream ends inside', async () => {
			const { connection, peer } = connectionPair();
			const waiting = connection.read(4);
			peer.end('abc');
			await rejectsWith(waiting, 'CONNECTION_LOST');
		});

		it('rejects when the link breaks, with the cause', async () => {
			const [stream, peer] = await tcpPair();
			const connection = new Connection(stream);
			const waiting = connection.read(1);
			peer.resetAndDestroy();
			const error = await rejectsWith(waiting, 'CONNECTION_LOST');
			assert.match(String(error.cause), /ECONNRESET/);
			assert.equal(connection.isClosed, true);
			await rejectsWith(connection.write(Buffer.from('x')), 'CONNECTION_LOST');
		});

		it('rejects on a stream that was destroyed before', async () => {
			const stream = new Duplex({
				read() {},
				write(_chunk, _encoding, done) {
					done();
				},
			});
			stream.destroy();
			await once(stream, 'close');
			await rejectsWith(new Connection(stream).read(1), 'CONNECTION_LOST');
		});

		it('holds no more than its read-ahead while nobody reads', async () => {
			const [stream, peer] = await tcpPair();
			const connection = new Connection(stream);
			let sent = 0;
			const chunk = Buffer.alloc(256 * KiB);
			const total = 64 * MiB;
			const pump = (): void => {
				while (sent < total) {
					sent += chunk.length;
					if (!peer.write(chunk)) {
						return;
					}
				}
			};
			peer.on('drain', pump);
			pump();
			await eventually('the pause', () => stream.isPaused());
			await settled();
			assert.ok(stream.bytesRead < 4 * MiB, `${stream.bytesRead} bytes were taken off the socket`);
			assert.equal((await connection.read(8 * MiB)).length, 8 * MiB, 'a read larger than the read-ahead flows');
			let left = total - 8 * MiB;
			while (left > 0) {
				left -= (await connection.readSome(left)).length;
			}
			assert.equal(left, 0);
			connection.destroy();
			peer.destroy();
		});
	});

	describe('giving up', () => {
		it('ends a read by the signal, and leaves later bytes to the next read', async () => {
			const { connection, peer } = connectionPair();
			const stop = new AbortController();
			const waiting = connection.read(1, { signal: stop.signal });
			stop.abort();
			await assert.rejects(waiting, AbortError);
			peer.write('z');
			assert.equal(text(await connection.read(1)), 'z');
		});

		it('says why it was cancelled, where the reason says more', async () => {
			const { connection } = connectionPair();
			const stop = new AbortController();
			const waiting = connection.readSome(1, { signal: stop.signal });
			stop.abort(new AbortError('Cancelled on the device.'));
			await assert.rejects(waiting, /Cancelled on the device/);
		});

		it('hears the signal also while the peer is ahead', async () => {
			const { connection, peer } = connectionPair();
			peer.write('abcdef');
			await settled();
			const signal = AbortSignal.abort();
			await assert.rejects(connection.read(1, { signal }), AbortError);
			await assert.rejects(connection.readSome(1, { signal }), AbortError);
			assert.equal(text(await connection.read(1)), 'a');
		});

		it('ends a read after its time', async () => {
			const { connection } = connectionPair();
			const error = await rejectsWith(connection.read(1, { timeoutMs: 5 }), 'TIMED_OUT');
			assert.deepEqual(error.details, { timeoutMs: 5 });
		});
	});

	describe('writing', () => {
		it('sends all chunks in order', async () => {
			const { connection, peer } = connectionPair();
			await connection.write(Buffer.from('ab'), Buffer.from('c'));
			await connection.write();
			connection.close();
			assert.equal(await readAll(peer), 'abc');
		});

		it('waits while the peer does not read, and goes on when it does', async () => {
			const { connection, peer } = connectionPair();
			let written = 0;
			const writing = (async () => {
				for (let block = 0; block < 64; block++) {
					await connection.write(Buffer.alloc(32 * KiB));
					written++;
				}
			})();
			await settled();
			assert.ok(written < 8, `${written} blocks were taken`);
			let received = 0;
			peer.on('data', (chunk: Buffer) => (received += chunk.length));
			await writing;
			await eventually('the bytes', () => received === 2 * MiB);
		});

		it('ends a blocked write by interruption and by the end of the link', async () => {
			const { connection, peer } = connectionPair();
			const blocked = async (): Promise<void> => {
				for (;;) {
					await connection.write(Buffer.alloc(64 * KiB));
				}
			};
			const first = blocked();
			await settled();
			connection.interruptWrites(new AbortError());
			await assert.rejects(first, AbortError);
			const second = blocked();
			await settled();
			connection.destroy();
			await rejectsWith(second, 'CONNECTION_LOST');
			peer.destroy();
		});
	});

	describe('ending', () => {
		it('close lets the last words arrive, also while the peer is sending', async () => {
			const [stream, peer] = await tcpPair();
			const connection = new Connection(stream);
			const flood = setInterval(() => peer.write(Buffer.alloc(MiB)), 1);
			try {
				await connection.read(3 * MiB);
				await connection.write(Buffer.from('good'));
				void connection.write(Buffer.from('bye'));
				connection.close();
				// The peer reads only now: a reset would have thrown away what lies in its buffer.
				await eventually('the flood', () => peer.bytesWritten > 8 * MiB);
				const heard = readAll(peer);
				clearInterval(flood);
				peer.end();
				assert.equal(await heard, 'goodbye');
				await eventually('the end of the socket', () => stream.destroyed);
			} finally {
				clearInterval(flood);
				peer.destroy();
				stream.destroy();
			}
		});

		it('close rejects waiting and later reads, drops what is queued, and may be repeated', async () => {
			const { connection, peer } = connectionPair();
			peer.write('queued');
			await settled();
			const waiting = connection.read(100);
			connection.close();
			connection.close();
			await rejectsWith(waiting, 'CONNECTION_LOST');
			await rejectsWith(connection.read(1), 'CONNECTION_LOST');
			await rejectsWith(connection.write(Buffer.from('x')), 'CONNECTION_LOST');
			connection.destroy();
		});

		it('destroy ends at once', async () => {
			const [stream, peer] = await tcpPair();
			const connection = new Connection(stream);
			const waiting = connection.read(1);
			connection.destroy();
			await rejectsWith(waiting, 'CONNECTION_LOST');
			assert.equal(stream.destroyed, true);
			peer.destroy();
		});
	});

	describe('release', () => {
		it('puts unread bytes back in front, over any number of chunks', async () => {
			const { connection, peer } = connectionPair();
			peer.write('ab');
			peer.write('cd');
			await settled();
			await connection.read(1);
			const stream = connection.release();
			peer.end('ef');
			assert.equal(await readAll(stream), 'bcdef');
		});

		it('leaves the stream to its new owner, whatever becomes of the connection', async () => {
			const { connection, peer } = connectionPair();
			const stream = connection.release();
			connection.close();
			connection.destroy();
			await rejectsWith(connection.read(1), 'CONNECTION_LOST');
			await rejectsWith(connection.write(Buffer.from('x')), 'CONNECTION_LOST');
			assert.equal(stream.destroyed, false);
			const next = new Connection(stream);
			peer.write('hi');
			assert.equal(text(await next.read(2)), 'hi');
		});
	});
});
