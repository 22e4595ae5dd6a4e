import assert from 'node:assert/strict';
import { AbortError, KiB } from '../../../../src/base/index.ts';
import { sendFiles } from '../../../../src/device/devicelink/download.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { MemoryHost } from '../../../support/memoryHost.ts';
import { settled } from '../../../support/eventually.ts';
import { block, COMPLETE, DATA, DevicePeer, END, pathRecord } from './wire.ts';

const HOST_ERROR = 0x06;
const content = (sizeBytes: number): Buffer => Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7) & 0xff));

function start(paths: string[], host: MemoryHost, signal?: AbortSignal) {
	const { connection, peer } = connectionPair();
	const counted = { bytes: 0, files: 0, failed: [] as string[] };
	const sending = sendFiles(connection, paths, {
		host,
		roots: ['U'],
		signal,
		onBytes: (count) => (counted.bytes += count),
		onFile: () => counted.files++,
		onHostFileError: (path) => counted.failed.push(path),
	});
	return { connection, peer, sending, counted };
}

async function send(paths: string[], host: MemoryHost) {
	const { connection, peer, sending, counted } = start(paths, host);
	const wire = new DevicePeer(peer).rest();
	const status = await sending;
	connection.close();
	assert.equal(host.openReaders, 0, 'every reader is closed');
	return { wire: await wire, status, ...counted };
}

describe('Sending files', () => {
	it('sends an end also for an empty list', async () => {
		assert.deepEqual(await send([], new MemoryHost()), { wire: END, status: { code: 0 }, bytes: 0, files: 0, failed: [] });
	});

	for (const sizeBytes of [0, 1, 32 * KiB - 1, 32 * KiB, 32 * KiB + 1, 64 * KiB, 100_000]) {
		it(`sends ${sizeBytes} bytes in blocks of 32 KiB`, async () => {
			const host = new MemoryHost();
			const data = content(sizeBytes);
			host.files.set('U/f', data);
			const expected = [pathRecord('/U//f')];
			for (let offset = 0; offset < sizeBytes; offset += 32 * KiB) {
				expected.push(block(DATA, data.subarray(offset, offset + 32 * KiB)));
			}
			const sent = await send(['/U//f'], host);
			assert.deepEqual(sent, {
				wire: Buffer.concat([...expected, block(COMPLETE), END]),
				status: { code: 0 },
				bytes: sizeBytes,
				files: 1,
				failed: [],
			});
		});
	}

	it('goes on after files that it cannot read, and names each', async () => {
		const host = new MemoryHost();
		host.files
			.set('U/a', Buffer.from('a'))
			.set('U/b', Buffer.from('b'))
			.set('U/c', content(40 * KiB));
		host.failures.set('open U/a', 'IS_A_DIRECTORY').set(`read U/c ${32 * KiB}`, 'IO');
		const { wire, status, failed } = await send(['U/missing', 'U/a', 'U/b', 'U/c'], host);
		const missing = 'No such file or directory';
		assert.deepEqual(
			wire,
			Buffer.concat([
				pathRecord('U/missing'),
				block(HOST_ERROR, missing),
				pathRecord('U/a'),
				block(HOST_ERROR, 'Is a directory'),
				pathRecord('U/b'),
				block(DATA, 'b'),
				block(COMPLETE),
				pathRecord('U/c'),
				block(DATA, content(40 * KiB).subarray(0, 32 * KiB)),
				block(HOST_ERROR, 'Input/output error'),
				END,
			]),
		);
		assert.deepEqual([status.code, status.text, failed], [-13, 'Multi status', ['U/missing', 'U/a', 'U/c']]);
		assert.deepEqual(
			{ ...(status.value as object) },
			{
				'U/missing': { DLFileErrorString: missing, DLFileErrorCode: -6 },
				'U/a': { DLFileErrorString: 'Is a directory', DLFileErrorCode: -9 },
				'U/c': { DLFileErrorString: 'Input/output error', DLFileErrorCode: -11 },
			},
		);
	});

	it('sends nothing at all when one path is unsafe', async () => {
		const host = new MemoryHost();
		host.files.set('U/a', Buffer.from('a'));
		const { connection, peer, sending } = start(['U/a', '../x'], host);
		await rejectsWith(sending, 'UNSAFE_PATH');
		connection.close();
		assert.equal((await new DevicePeer(peer).rest()).length, 0);
		assert.deepEqual(host.log, []);
	});

	it('stops when it is told to, also while the device does not read', async () => {
		const host = new MemoryHost();
		host.files.set('U/big', content(1024 * KiB));
		const stop = new AbortController();
		const { connection, sending } = start(['U/big'], host, stop.signal);
		await settled();
		assert.equal(host.openReaders, 1);
		stop.abort();
		connection.interruptWrites(new AbortError());
		await assert.rejects(sending, AbortError);
		assert.equal(host.openReaders, 0);
	});

	it('reports a link that is lost, and closes the file', async () => {
		const host = new MemoryHost();
		host.files.set('U/big', content(1024 * KiB));
		const { connection, sending } = start(['U/big'], host);
		await settled();
		connection.destroy();
		await rejectsWith(sending, 'CONNECTION_LOST');
		assert.equal(host.openReaders, 0);
	});
});
