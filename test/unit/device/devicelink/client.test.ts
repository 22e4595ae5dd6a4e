import assert from 'node:assert/strict';
import { AbortError, silentLogger } from '../../../../src/base/index.ts';
import { DeviceLinkClient } from '../../../../src/device/devicelink/client.ts';
import type { HostFileErrorCode } from '../../../../src/device/devicelink/host.ts';
import type { DeviceLinkProgress, ServeOptions } from '../../../../src/device/devicelink/run.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually, settled } from '../../../support/eventually.ts';
import { MemoryHost } from '../../../support/memoryHost.ts';
import { deviceFixture } from '../fixtures.ts';
import { array, block, COMPLETE, DATA, DevicePeer, dict, END, integer, pathRecord, real, string, u32, upload } from './wire.ts';

const EMPTY = '___EmptyParameterString___';
const OK = ['DLMessageStatusResponse', 0, EMPTY, {}];

function pair() {
	const { connection, peer } = connectionPair();
	return { connection, client: new DeviceLinkClient(connection), device: new DevicePeer(peer) };
}

function serving(options: Partial<ServeOptions> = {}) {
	const { client, connection, device } = pair();
	const host = new MemoryHost();
	const progress: DeviceLinkProgress[] = [];
	const problems: string[] = [];
	const wanted: number[] = [];
	const answer = client.serve({
		host,
		roots: ['U'],
		log: silentLogger,
		onProgress: (state) => progress.push(state),
		onFileProblem: (path, text) => problems.push(`${path}: ${text}`),
		onSpaceWanted: (bytes) => wanted.push(bytes),
		...options,
	});
	answer.catch(() => {
		// Each test looks at it when it is ready to.
	});
	const finish = async (): Promise<unknown> => {
		device.send(string('DLMessageProcessMessage'), dict({ ErrorCode: integer(0) }));
		return { ...(await answer) };
	};
	return { client, connection, device, host, progress, problems, wanted, answer, finish };
}

describe('DeviceLink opening', () => {
	for (const major of [300, 400, 500]) {
		it(`echoes version ${major}`, async () => {
			const { client, device } = pair();
			const opening = client.open();
			device.send(string('DLMessageVersionExchange'), integer(major), integer(0));
			assert.deepEqual(await device.next(), ['DLMessageVersionExchange', 'DLVersionsOk', major]);
			device.send(string('DLMessageDeviceReady'));
			await opening;
		});
	}

	const refused: [string, string[]][] = [
		['a version below 300', [string('DLMessageVersionExchange'), integer(299), integer(0)]],
		['a version that is no number', [string('DLMessageVersionExchange'), string('400')]],
		['another message', [string('DLMessageDeviceReady')]],
		['an empty array', []],
		['a name that is none', [integer(400)]],
	];
	for (const [what, message] of refused) {
		it(`refuses ${what}`, async () => {
			const { client, device } = pair();
			device.send(...message);
			await rejectsWith(client.open(), 'PROTOCOL_VIOLATION');
		});
	}

	it('refuses what is no array, and a device that does not get ready', async () => {
		const noArray = pair();
		const body = Buffer.from('<plist version="1.0"><dict/></plist>');
		noArray.device.raw(u32(body.length), body);
		await rejectsWith(noArray.client.open(), 'PROTOCOL_VIOLATION');
		const notReady = pair();
		notReady.device.send(string('DLMessageVersionExchange'), integer(400), integer(0));
		notReady.device.send(string('DLMessageDisconnect'), string('no'));
		await rejectsWith(notReady.client.open(), 'PROTOCOL_VIOLATION');
		const silent = pair();
		await rejectsWith(silent.client.open({ timeoutMs: 5 }), 'TIMED_OUT');
	});

	for (const form of ['xml', 'binary']) {
		it(`takes messages that plistlib made, ${form}, all in one chunk`, async () => {
			const { client, device } = pair();
			device.raw(deviceFixture(`devicelink-opening.${form}.bin`));
			await client.open();
			assert.deepEqual(
				{ ...(await client.request({ MessageName: 'Hello' })) },
				{ MessageName: 'Response', ErrorCode: 0, ProtocolVersion: 2.1 },
			);
		});
	}

	it('refuses an answer that is none', async () => {
		const { client, device } = pair();
		device.send(string('DLMessageProcessMessage'), string('x'));
		await rejectsWith(client.request({ MessageName: 'Hello' }), 'PROTOCOL_VIOLATION');
	});
});

describe('DeviceLink commands', () => {
	const date = new Date(Date.UTC(2026, 0, 2));
	interface Case {
		readonly name: string;
		readonly command: string[];
		readonly prepare?: (host: MemoryHost) => void;
		readonly answer: unknown[];
		readonly log?: string[];
	}
	const move = dict({ 'U/Snapshot/a': string('U/a'), 'U/Snapshot/b': string('U/b') });
	const withFiles = (host: MemoryHost): void => void host.files.set('U/Snapshot/a', Buffer.from('A')).set('U/Snapshot/b', Buffer.from('B'));
	const cases: Case[] = [
		{ name: 'free space', command: [string('DLMessageGetFreeDiskSpace')], answer: ['DLMessageStatusResponse', 0, EMPTY, 5_000_000_000] },
		{
			name: 'a purge',
			command: [string('DLMessagePurgeDiskSpace'), integer(1000), integer(4)],
			answer: ['DLMessageStatusResponse', -1, 'Operation not supported', {}],
		},
		{
			name: 'a listing, with folders and empty files',
			command: [string('DLContentsOfDirectory'), string('U')],
			prepare: (host) => {
				host.files.set('U/Status.plist', Buffer.from('abc')).set('U/empty', Buffer.alloc(0)).set('U/ab/deep', Buffer.from('x'));
				host.folders.add('U/ab');
			},
			answer: [
				'DLMessageStatusResponse',
				0,
				EMPTY,
				{
					ab: { DLFileType: 'DLFileTypeDirectory', DLFileSize: 0, DLFileModificationDate: date },
					'Status.plist': { DLFileType: 'DLFileTypeRegular', DLFileSize: 3, DLFileModificationDate: date },
					empty: { DLFileType: 'DLFileTypeRegular', DLFileSize: 0, DLFileModificationDate: date },
				},
			],
		},
		{ name: 'a listing of nothing', command: [string('DLMessageContentsOfDirectory'), string('U/Snapshot')], answer: OK },
		{
			name: 'a new folder',
			command: [string('DLMessageCreateDirectory'), string('/U/Snapshot/ab'), dict(), real(1)],
			answer: OK,
			log: ['folder U/Snapshot/ab'],
		},
		{
			name: 'moves of items',
			command: [string('DLMessageMoveItems'), move, dict(), real(5)],
			prepare: withFiles,
			answer: OK,
			log: ['move U/Snapshot/a U/a', 'move U/Snapshot/b U/b'],
		},
		{
			name: 'moves of files',
			command: [string('DLMessageMoveFiles'), move, dict(), real(5)],
			prepare: withFiles,
			answer: OK,
			log: ['move U/Snapshot/a U/a', 'move U/Snapshot/b U/b'],
		},
		{
			name: 'a move of what is not there',
			command: [string('DLMessageMoveItems'), dict({ 'U/x': string('U/y') }), dict(), real(5)],
			answer: ['DLMessageStatusResponse', -6, 'No such file or directory', {}],
		},
		{
			name: 'removals of items',
			command: [string('DLMessageRemoveItems'), array(string('U/a'), string('U/Snapshot')), dict(), real(5)],
			answer: OK,
			log: ['remove U/a', 'remove U/Snapshot'],
		},
		{
			name: 'removals of files',
			command: [string('DLMessageRemoveFiles'), array(string('U/a')), dict(), real(5)],
			answer: OK,
			log: ['remove U/a'],
		},
		{ name: 'a removal of nothing', command: [string('DLMessageRemoveItems'), array(), dict(), real(5)], answer: OK, log: [] },
		{ name: 'a copy', command: [string('DLMessageCopyItem'), string('U/a'), string('U/b')], answer: OK, log: ['copy U/a U/b'] },
		{
			name: 'a failure that the host tells late',
			command: [string('DLMessageRemoveItems'), array(string('U/a')), dict(), real(5)],
			prepare: (host) => void (host.lateFailure = 'IO'),
			answer: ['DLMessageStatusResponse', -11, 'Input/output error', {}],
		},
		{
			name: 'an unknown command',
			command: [string('DLMessageAcquireLock'), integer(1)],
			answer: ['DLMessageStatusResponse', -1, 'Operation not supported', {}],
			log: [],
		},
	];
	for (const { name, command, prepare, answer, log } of cases) {
		it(`answers ${name}`, async () => {
			const { device, host, finish } = serving();
			prepare?.(host);
			device.send(...command);
			assert.deepEqual(await device.next(), answer);
			if (log !== undefined) {
				assert.deepEqual(host.log, log);
			}
			assert.deepEqual(await finish(), { ErrorCode: 0 });
		});
	}

	const statuses: [HostFileErrorCode, number, string][] = [
		['NOT_FOUND', -6, 'No such file or directory'],
		['EXISTS', -7, 'File exists'],
		['NOT_A_DIRECTORY', -8, 'Not a directory'],
		['IS_A_DIRECTORY', -9, 'Is a directory'],
		['LINK_LOOP', -10, 'Too many levels of symbolic links'],
		['IO', -11, 'Input/output error'],
		['NO_SPACE', -15, 'No space left on device'],
		['OTHER', -1, 'The operation failed'],
	];
	for (const [code, status, text] of statuses) {
		it(`tells the device of ${code} as ${status}, in words that hold nothing of this computer`, async () => {
			const { device, host, finish } = serving();
			host.failures.set('folder U/x', code);
			device.send(string('DLMessageCreateDirectory'), string('U/x'), dict(), real(0));
			const body = await device.nextBody();
			assert.deepEqual(parseStatus(body as Buffer), [status, text]);
			assert.doesNotMatch(String(body), /secret/);
			await finish();
		});
	}

	/** Status numbers in the bytes: an 8-byte signed integer, which every reader folds alike. */
	function parseStatus(body: Buffer): [number, string] {
		const status = [...Array(20).keys()]
			.map((n) => -n - 1)
			.find((n) => {
				const bytes = Buffer.alloc(9);
				bytes[0] = 0x13;
				bytes.writeBigInt64BE(BigInt(n), 1);
				return body.includes(bytes);
			});
		const text = statuses.map(([, , words]) => words).find((words) => body.includes(words));
		return [status ?? 0, text ?? ''];
	}

	it('does not answer a ping', async () => {
		const { device, finish } = serving();
		device.send(string('DLMessagePing'), string(EMPTY));
		device.send(string('DLMessageGetFreeDiskSpace'));
		assert.deepEqual((await device.next())?.[3], 5_000_000_000);
		await finish();
	});

	it('passes on what the device wants of space', async () => {
		const { device, wanted, finish } = serving();
		device.send(string('DLMessagePurgeDiskSpace'), integer(123_456_789_012), integer(4));
		await device.next();
		assert.deepEqual(wanted, [123_456_789_012]);
		await finish();
	});

	it('receives and sends files', async () => {
		const { device, host, progress, finish } = serving();
		device.send(string('DLMessageUploadFiles'), dict({ DLDeviceIOCallbacks: integer(1) }), real(40), integer(6));
		device.raw(upload('U/a', block(DATA, 'abc'), block(DATA, 'def'), block(COMPLETE)), END);
		assert.deepEqual(await device.next(), OK);
		device.send(string('DLMessageDownloadFiles'), array(string('U/a'), string('U/none')), dict(), real(80), integer(0));
		const raw = Buffer.concat([
			pathRecord('U/a'),
			block(DATA, 'abcdef'),
			block(COMPLETE),
			pathRecord('U/none'),
			block(0x06, 'No such file or directory'),
			END,
		]);
		assert.deepEqual(await device.take(raw.length), raw);
		const [name, code, text, value] = (await device.next()) ?? [];
		assert.deepEqual(
			[name, text, value],
			['DLMessageStatusResponse', 'Multi status', { 'U/none': { DLFileErrorString: 'No such file or directory', DLFileErrorCode: -6 } }],
		);
		assert.equal(code, -13);
		await finish();
		assert.equal(host.openReaders, 0);
		const last = progress.at(-1);
		assert.deepEqual([last?.percent, last?.transferredBytes, last?.transferredFiles], [80, 12, 3]);
	});

	it('answers files that it could not write by their status, and goes on', async () => {
		const { device, host, finish } = serving();
		host.failures.set('write U/a', 'NO_SPACE');
		device.send(string('DLMessageUploadFiles'), dict(), real(40), integer(6));
		device.raw(upload('U/a', block(DATA, 'abc'), block(COMPLETE)), END);
		assert.deepEqual(await device.next(), ['DLMessageStatusResponse', -15, 'No space left on device', {}]);
		device.send(string('DLMessageGetFreeDiskSpace'));
		assert.equal((await device.next())?.[1], 0);
		await finish();
	});

	it('tells of files that could not be read, on either side', async () => {
		const { device, problems, finish } = serving();
		device.send(string('DLMessageUploadFiles'), dict(), real(1), integer(0));
		device.raw(upload('U/a', block(0x0b, 'Input/output error (5)')), END);
		await device.next();
		device.send(string('DLMessageDownloadFiles'), array(string('U/b')), dict(), real(2), integer(0));
		await device.take(pathRecord('U/b').length + block(0x06, 'No such file or directory').length + 4);
		await device.next();
		await finish();
		assert.deepEqual(problems, ['U/a: Input/output error (5)', 'U/b: No such file or directory']);
	});

	const ends: [string, string[], Parameters<typeof rejectsWith>[1], Record<string, unknown>?][] = [
		['the device takes its leave', [string('DLMessageDisconnect'), string('Cancelled')], 'DEVICE_REFUSED', { deviceError: 'Cancelled' }],
		['the device takes its leave without a word', [string('DLMessageDisconnect')], 'DEVICE_REFUSED', { deviceError: undefined }],
		['a path leaves the backup', [string('DLMessageRemoveItems'), array(string('U/../x')), dict(), real(1)], 'UNSAFE_PATH'],
		['a move leaves the backup', [string('DLMessageMoveItems'), dict({ 'U/a': string('/x') }), dict(), real(1)], 'UNSAFE_PATH'],
		['a path is none', [string('DLContentsOfDirectory'), integer(1)], 'PROTOCOL_VIOLATION'],
		['a list of paths is none', [string('DLMessageDownloadFiles'), string('U/a')], 'PROTOCOL_VIOLATION'],
		['a list of paths holds something else', [string('DLMessageRemoveItems'), array(string('U/a'), integer(1))], 'PROTOCOL_VIOLATION'],
		['moves are none', [string('DLMessageMoveItems'), array()], 'PROTOCOL_VIOLATION'],
		['a move goes nowhere', [string('DLMessageMoveItems'), dict({ 'U/a': integer(1) })], 'PROTOCOL_VIOLATION'],
		['the final answer is none', [string('DLMessageProcessMessage'), string('done')], 'PROTOCOL_VIOLATION'],
	];
	for (const [what, message, code, details] of ends) {
		it(`ends when ${what}`, async () => {
			const { device, host, answer } = serving();
			device.send(...message);
			const error = await rejectsWith(answer, code);
			if (details !== undefined) {
				assert.deepEqual(error.details, details);
			}
			assert.deepEqual(host.log, []);
		});
	}
});

describe('DeviceLink progress', () => {
	async function percents(...steps: ((device: DevicePeer, host: MemoryHost) => Promise<void>)[]): Promise<(number | undefined)[]> {
		const { device, host, progress, finish } = serving();
		for (const step of steps) {
			await step(device, host);
		}
		await finish();
		const all = progress.map(({ percent }) => percent);
		const known = all.filter((percent) => percent !== undefined);
		assert.deepEqual(
			known,
			[...known].sort((a, b) => a - b),
			'it never falls',
		);
		return [...new Set(all)];
	}

	const batch =
		(percent: string, totalBytes: number, ...blocks: Buffer[]) =>
		async (device: DevicePeer): Promise<void> => {
			device.send(string('DLMessageUploadFiles'), dict(), percent, integer(totalBytes));
			for (const part of [pathRecord('x'), pathRecord('U/a'), ...blocks, block(COMPLETE), END]) {
				device.raw(part);
				await settled();
			}
			await device.next();
		};

	it('goes along with the bytes of a batch, and is right at its end', async () => {
		assert.deepEqual(await percents(batch(real(50), 8, block(DATA, 'ab'), block(DATA, 'cdef')), batch(real(100), 2, block(DATA, 'ab'))), [
			undefined,
			0,
			12.5,
			37.5,
			50,
			100,
		]);
	});

	it('does not step back with the device, nor beyond 100, nor with what is no number', async () => {
		const seen = await percents(
			batch(real(60), 0),
			batch(real(20), 2, block(DATA, 'ab')),
			batch(real(-5), 0),
			batch('<real>nan</real>', 0),
			batch(string('x'), 0),
			batch(real(250), 0),
		);
		assert.deepEqual(seen, [undefined, 0, 60, 100]);
	});

	it('is not taken back when a batch fails', async () => {
		const failing = async (device: DevicePeer, host: MemoryHost): Promise<void> => {
			host.failures.set('finish U/a', 'IO');
			await batch(real(80), 4, block(DATA, 'abc'))(device);
			host.failures.clear();
		};
		assert.deepEqual(await percents(failing, batch(real(80), 4, block(DATA, 'a'))), [undefined, 0, 60, 80]);
	});

	it('counts bytes beyond those announced only once', async () => {
		assert.deepEqual(await percents(batch(real(10), 2, block(DATA, 'abcdefgh'))), [undefined, 0, 10]);
	});
});

describe('DeviceLink, cancelled', () => {
	async function cancelled(bring: (device: DevicePeer, host: MemoryHost) => Promise<void>): Promise<{ last: Buffer; host: MemoryHost }> {
		const stop = new AbortController();
		const { client, device, host, answer } = serving({ signal: stop.signal });
		await bring(device, host);
		stop.abort(new AbortError('Cancelled on the device.'));
		await assert.rejects(answer, { name: 'AbortError' });
		await client.end();
		return { last: await device.rest(), host };
	}

	const saysGoodbye = (bytes: Buffer): boolean => bytes.includes('DLMessageDisconnect') && bytes.includes(EMPTY);

	it('says goodbye while the device is silent', async () => {
		assert.equal(saysGoodbye((await cancelled(() => settled())).last), true);
	});

	it('says goodbye while the device is sending, and lets the file go', async () => {
		const { last, host } = await cancelled(async (device, memory) => {
			device.send(string('DLMessageUploadFiles'), dict(), real(1), integer(100));
			device.raw(pathRecord('x'), pathRecord('U/a'), block(DATA, 'abc'));
			await eventually('the first write', () => memory.log.includes('write U/a'));
		});
		assert.deepEqual([saysGoodbye(last), host.log.at(-1), host.openWriters], [true, 'abandon U/a', 0]);
	});

	it('says nothing while it is sending a file itself, where words would be taken for content', async () => {
		const { last, host } = await cancelled(async (device, memory) => {
			memory.files.set('U/a', Buffer.alloc(2_000_000));
			device.send(string('DLMessageDownloadFiles'), array(string('U/a')), dict(), real(1), integer(0));
			await eventually('the file', () => memory.openReaders === 1);
			await settled();
		});
		assert.deepEqual([saysGoodbye(last), host.openReaders], [false, 0]);
		assert.ok(last.length < 2_000_000, 'and does not send the rest');
	});

	it('may be over before it began', async () => {
		const { answer, client } = serving({ signal: AbortSignal.abort() });
		await assert.rejects(answer, AbortError);
		await client.end();
	});

	it('ends also where the link is gone already', async () => {
		const { client, connection, answer } = serving();
		connection.destroy();
		await rejectsWith(answer, 'CONNECTION_LOST');
		await client.end();
		await client.end();
	});

	it('does not wait for a device that takes no goodbye', async () => {
		const { client, connection } = pair();
		const stuck = (async () => {
			for (;;) {
				await connection.write(Buffer.alloc(64 * 1024));
			}
		})();
		stuck.catch(() => {});
		await settled();
		await client.end();
		assert.equal(connection.isClosed, true);
		connection.interruptWrites(new AbortError());
		await assert.rejects(stuck);
	});
});
