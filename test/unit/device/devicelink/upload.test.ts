import assert from 'node:assert/strict';
import { AbortError, KiB } from '../../../../src/base/index.ts';
import { encodeBlockHeader, encodePathRecord } from '../../../../src/device/devicelink/frame.ts';
import { receiveFiles } from '../../../../src/device/devicelink/upload.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually, settled } from '../../../support/eventually.ts';
import { MemoryHost } from '../../../support/memoryHost.ts';
import { block, COMPLETE, DATA, DEVICE_ERROR, END, pathRecord, u32, upload } from './wire.ts';

interface Outcome {
	readonly host: MemoryHost;
	readonly bytes: number;
	readonly files: number;
	readonly problems: [string, string][];
}

function start(host = new MemoryHost(), signal?: AbortSignal) {
	const { connection, peer } = connectionPair();
	const outcome = { host, bytes: 0, files: 0, problems: [] as [string, string][] };
	const receiving = receiveFiles(connection, {
		host,
		roots: ['U'],
		readOptions: { signal },
		onBytes: (count) => (outcome.bytes += count),
		onFile: () => outcome.files++,
		onDeviceFileError: (path, text) => outcome.problems.push([path, text]),
	});
	return { connection, peer, outcome: outcome as Outcome, receiving };
}

/** Receives `bytes`, after which the device sends one byte more, which must be left in place. */
async function receive(bytes: Buffer, host = new MemoryHost()) {
	const { connection, peer, outcome, receiving } = start(host);
	for (let offset = 0; offset < bytes.length; offset += 16 * KiB) {
		peer.write(bytes.subarray(offset, offset + 16 * KiB));
	}
	peer.write('!');
	const failure = await receiving;
	assert.equal(String(Buffer.from(await connection.read(1))), '!', 'the stream is in step');
	return { failure, ...outcome };
}

const contents = (host: MemoryHost): Record<string, string> =>
	Object.fromEntries([...host.files].map(([name, data]) => [name, data.toString()]));

describe('DeviceLink frame', () => {
	it('counts the code byte in a block, and not the length in a path', () => {
		assert.deepEqual(Buffer.from(encodeBlockHeader(0, 0)), Buffer.from([0, 0, 0, 1, 0]));
		assert.deepEqual(Buffer.from(encodeBlockHeader(0x0c, 0x8000)), Buffer.from([0, 0, 0x80, 1, 0x0c]));
		assert.deepEqual(Buffer.from(encodePathRecord('ä')), Buffer.from([0, 0, 0, 2, 0xc3, 0xa4]));
		assert.deepEqual(Buffer.from(encodePathRecord('')), END);
	});
});

describe('Receiving files', () => {
	const batch = Buffer.concat([
		upload('U/Status.plist', block(DATA, 'status'), block(COMPLETE)),
		upload('U/empty', block(COMPLETE)),
		upload('U/Snapshot/ab/abcd', block(DATA, 'first '), block(DATA, 'second'), block(COMPLETE)),
		END,
	]);

	it('takes a batch at every split point of its bytes', async () => {
		for (let split = 1; split < batch.length; split++) {
			const { connection, peer, outcome, receiving } = start();
			peer.write(batch.subarray(0, split));
			await new Promise(setImmediate);
			peer.write(batch.subarray(split));
			assert.equal(await receiving, undefined);
			assert.deepEqual(contents(outcome.host), { 'U/Status.plist': 'status', 'U/empty': '', 'U/Snapshot/ab/abcd': 'first second' });
			assert.deepEqual([outcome.bytes, outcome.files], [18, 3]);
			connection.destroy();
		}
	});

	it('takes nothing from an empty list', async () => {
		const { failure, host, files } = await receive(END);
		assert.deepEqual([failure, host.log, files], [undefined, [], 0]);
	});

	it('takes blocks of any size, also empty ones, without holding a whole one', async () => {
		const big = Buffer.alloc(600 * KiB, 'x');
		const { host, bytes } = await receive(
			Buffer.concat([upload('U/big', block(DATA, big), block(DATA), block(DATA, big), block(COMPLETE)), END]),
		);
		assert.equal(host.files.get('U/big')?.length, 2 * big.length);
		assert.equal(bytes, 2 * big.length);
		assert.ok(host.log.filter((line) => line === 'write U/big').length > 10, 'it came in portions');
	});

	it('never uses the path on the device', async () => {
		const { host } = await receive(Buffer.concat([pathRecord('../../etc/passwd'), pathRecord('U/a'), block(COMPLETE), END]));
		assert.deepEqual(host.log, ['create U/a', 'finish U/a']);
	});

	it('reports a file that the device cannot read, and goes on with the next', async () => {
		const { failure, host, problems } = await receive(
			Buffer.concat([upload('U/a', block(DEVICE_ERROR, 'Input/output error (5)')), upload('U/b', block(DATA, 'b'), block(COMPLETE)), END]),
		);
		assert.deepEqual([failure, problems, contents(host)], [undefined, [['U/a', 'Input/output error (5)']], { 'U/b': 'b' }]);
		assert.ok(host.log.includes('abandon U/a'));
	});

	it('keeps what came before an error block', async () => {
		const { host, problems } = await receive(Buffer.concat([upload('U/a', block(DATA, 'part'), block(DEVICE_ERROR, '')), END]));
		assert.deepEqual([contents(host), problems], [{ 'U/a': 'part' }, [['U/a', '']]]);
	});

	it('keeps a line of an endless error text', async () => {
		const { problems } = await receive(Buffer.concat([upload('U/a', block(DEVICE_ERROR, 'e'.repeat(100_000))), END]));
		assert.equal(problems[0]?.[1].length, 4096);
	});

	it('reads the stream to its end when the host cannot write, and returns the first failure', async () => {
		for (const [operation, left] of [
			['create U/a', ['create U/a']],
			['write U/a', ['create U/a', 'write U/a', 'abandon U/a']],
			['finish U/a', ['create U/a', 'write U/a', 'write U/a', 'finish U/a']],
		] as const) {
			const host = new MemoryHost();
			host.failures.set(operation, 'NO_SPACE').set('write U/b', 'IO');
			const { failure } = await receive(
				Buffer.concat([
					upload('U/a', block(DATA, 'one'), block(DATA, 'two'), block(COMPLETE)),
					upload('U/b', block(DATA, 'b'), block(COMPLETE)),
					END,
				]),
				host,
			);
			assert.equal(failure?.code, 'NO_SPACE', operation);
			assert.deepEqual(host.log, left);
			assert.deepEqual(contents(host), {});
			assert.ok(host.openWriters <= 0, 'nothing stays open');
		}
	});

	it('returns a failure that the host tells late, once', async () => {
		const host = new MemoryHost();
		host.lateFailure = 'NO_SPACE';
		host.failures.set('write U/a', 'IO');
		assert.equal((await receive(Buffer.concat([upload('U/a', block(DATA, 'a'), block(COMPLETE)), END]), host)).failure?.code, 'IO');
		assert.equal(host.lateFailure, undefined, 'the next command does not hear of it again');
		host.failures.clear();
		host.lateFailure = 'NO_SPACE';
		assert.equal((await receive(batch, host)).failure?.code, 'NO_SPACE');
	});

	it('goes at the pace of the host', async () => {
		const host = new MemoryHost();
		let release = (): void => {};
		host.slowness = new Promise((resolve) => (release = resolve));
		const { peer, receiving } = start(host);
		peer.write(Buffer.concat([upload('U/a', block(DATA, 'one'), block(DATA, 'two'), block(COMPLETE)), END]));
		await settled();
		assert.deepEqual(host.log, ['create U/a', 'write U/a']);
		release();
		assert.equal(await receiving, undefined);
	});

	it('stops when it is told to although the device is far ahead, and lets the file go', async () => {
		const host = new MemoryHost();
		const stop = new AbortController();
		let release = (): void => {};
		host.slowness = new Promise((resolve) => (release = resolve));
		const { peer, receiving } = start(host, stop.signal);
		peer.write(Buffer.concat([upload('U/a', ...Array.from({ length: 50 }, () => block(DATA, 'data')))]));
		await eventually('the first write', () => host.log.includes('write U/a'));
		stop.abort();
		release();
		await assert.rejects(receiving, AbortError);
		assert.deepEqual([host.log.at(-1), host.openWriters], ['abandon U/a', 0]);
		assert.equal(host.log.filter((line) => line === 'write U/a').length, 1);
	});

	const broken: [string, Buffer, Parameters<typeof rejectsWith>[1]][] = [
		['a device path above the bound', u32(4097), 'PROTOCOL_VIOLATION'],
		['a device path of the largest length', u32(0xffffffff), 'PROTOCOL_VIOLATION'],
		['a backup path above the bound', Buffer.concat([pathRecord('x'), u32(4097)]), 'PROTOCOL_VIOLATION'],
		['a backup path of no length', Buffer.concat([pathRecord('x'), u32(0)]), 'UNSAFE_PATH'],
		['a path outside of the backup', Buffer.concat([pathRecord('x'), pathRecord('U/../../x')]), 'UNSAFE_PATH'],
		['a block without a code', upload('U/a', u32(0), Buffer.of(0)), 'PROTOCOL_VIOLATION'],
		['a block above the bound', upload('U/a', u32(0xffffffff), Buffer.of(DATA)), 'PROTOCOL_VIOLATION'],
		['a block of an unknown kind', upload('U/a', block(0x0d, 'x')), 'PROTOCOL_VIOLATION'],
		["the host's own error code", upload('U/a', block(0x06, 'x')), 'PROTOCOL_VIOLATION'],
	];
	for (const [what, bytes, code] of broken) {
		it(`refuses ${what}`, async () => {
			const { peer, receiving, outcome } = start();
			peer.write(bytes);
			await rejectsWith(receiving, code);
			assert.equal(outcome.host.openWriters, 0);
			assert.equal(outcome.host.files.size, 0);
		});
	}

	it('reports a stream that ends anywhere inside, and leaves no open file', async () => {
		for (let cut = 0; cut < batch.length; cut += 3) {
			const { peer, receiving, outcome } = start();
			peer.end(batch.subarray(0, cut));
			await rejectsWith(receiving, 'CONNECTION_LOST');
			assert.equal(outcome.host.openWriters, 0);
		}
	});

	it('does not hide a mistake of the host', async () => {
		const host = new MemoryHost();
		host.openWrite = () => {
			throw new TypeError('a mistake');
		};
		const { peer, receiving } = start(host);
		peer.write(upload('U/a', block(COMPLETE)));
		await assert.rejects(receiving, TypeError);
	});
});
