import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readStatusPlist } from '../../../../src/backup/index.ts';
import type { VirtualDevice } from '../../../../src/virtual/device.ts';
import { createDevice, hostRequest, removeTemporaryFolders, temporaryFolder, UDID, writeInfo, type HostRun } from './support.ts';

describe('Faults of the backup agent', () => {
	afterEach(removeTemporaryFolders);

	async function backup(fault: string, args: readonly string[] = []): Promise<{ run: HostRun; device: VirtualDevice; folder: string }> {
		const device = await createDevice();
		const root = join(temporaryFolder(), 'backups');
		writeInfo(root);
		device.faults.arm(fault, args);
		const run = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.deepEqual(device.faults.list(), [], 'the fault has struck');
		return { run, device, folder: join(root, UDID) };
	}

	it('end a backup with any error code in any phase', async () => {
		for (const phase of ['starting', 'scanning', 'uploading', 'moving', 'removing', 'finishing']) {
			const { run } = await backup('respond', ['104', phase]);
			assert.equal(run.errorCode, 104, phase);
			assert.match(run.description ?? '', /Multiple errors uploading files \(MBErrorDomain\/104\)/);
		}
		assert.match((await backup('respond', ['1', 'uploading', 'My', 'text'])).run.description ?? '', /^My text/);
	});

	it('that a host can ignore leave the backup successful', async () => {
		for (const fault of ['ping', 'unknown-command', 'empty-download']) {
			assert.equal((await backup(fault)).run.errorCode, 0, fault);
		}
		for (const kind of ['not-array', 'empty-array', 'number', 'no-plist']) {
			assert.equal((await backup('odd-message', [kind])).run.errorCode, 0, kind);
		}
		assert.equal((await backup('pause', ['100000', 'scanning'])).run.errorCode, 0);
	});

	it('that end the connection leave no finished status', async () => {
		for (const [fault, ...args] of [
			['disconnect'],
			['cut', 'moving'],
			['cut-upload', '100000'],
			['oversized', 'frame'],
			['oversized', 'path'],
		] as const) {
			const device = await createDevice();
			const root = temporaryFolder();
			writeInfo(root);
			device.faults.arm(fault, args);
			const run = await Promise.race([hostRequest(device, root, { MessageName: 'Backup' }).catch(() => undefined)]);
			assert.equal(run?.errorCode, undefined, fault);
			const status = join(root, UDID, 'Status.plist');
			assert.ok(!existsSync(status) || readStatusPlist(readFileSync(status)).snapshotState !== 'finished', fault);
		}
	});

	it('end a file with a device error, with or without data before', async () => {
		for (const kind of ['none', 'data']) {
			const { run } = await backup('device-error', [kind]);
			assert.equal(run.errorCode, 0);
			assert.deepEqual(run.deviceErrors, ['Input/output error (5)']);
		}
	});

	it('report success although something is missing', async () => {
		const missing = await backup('missing-payload', ['3']);
		assert.equal(missing.run.errorCode, 0);
		assert.equal((await hostRequest(missing.device, dirname(missing.folder), { MessageName: 'Restore', Options: {} })).errorCode, 205);
		const unfinished = await backup('unfinished-status');
		assert.equal(unfinished.run.errorCode, 0);
		assert.equal(readStatusPlist(readFileSync(join(unfinished.folder, 'Status.plist'))).snapshotState, 'removing');
		const whole = statSync(join(missing.folder, 'Manifest.db')).size;
		const cut = await backup('truncated-manifest', ['db']);
		assert.equal(cut.run.errorCode, 0);
		assert.ok(statSync(join(cut.folder, 'Manifest.db')).size < whole);
	});

	it('name hostile paths in every command', async () => {
		const device = await createDevice();
		const outer = temporaryFolder();
		const root = join(outer, 'a', 'b');
		writeInfo(root);
		const named: string[] = [];
		for (const command of ['list', 'remove', 'create']) {
			for (const kind of ['dotdot', 'other-udid', 'dot', 'root']) {
				device.faults.arm('hostile-path', [command, kind]);
				mkdirSync(join(root, '00000000-0000000000000000'), { recursive: true });
				const run = await hostRequest(device, root, { MessageName: 'Backup' });
				assert.equal(run.errorCode, 0);
				named.push(...run.log.filter((line) => line.includes('hostile-file')));
			}
		}
		assert.equal(named.length, 12);
	});

	it('know none of the versions of the host', async () => {
		const device = await createDevice();
		device.faults.arm('hello-error');
		assert.equal((await hostRequest(device, temporaryFolder(), { MessageName: 'Backup' })).description, 'hello');
	});
});
