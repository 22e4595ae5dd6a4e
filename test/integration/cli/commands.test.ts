import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { BackupResult, CloudBackupStatus, DeviceInfo, EncryptionStatus, RestoreResult } from '../../../src/contract/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere } from './runCli.ts';

describe('Commands against a virtual phone', function () {
	this.timeout(60_000);
	const lab = useLab({ settings: { rebootMs: 50, passcode: 'immediate', iterations: 100, dpic: 1000 } });
	const temp = useTempFolder();

	async function run<T = Record<string, unknown>>(
		argv: string[],
		exit = 0,
		environment: Record<string, string> = {},
	): Promise<{ document: T; stderr: string }> {
		const io = await runHere(lab.address, [...argv, '--json'], environment);
		assert.equal(io.exit, exit, io.stderr);
		assert.equal(io.document['schemaVersion'], 1);
		return { document: io.document as T, stderr: io.stderr };
	}
	const errorOf = async (argv: string[], exit: number, environment: Record<string, string> = {}): Promise<string> =>
		(await run<{ error: { code: string } }>(argv, exit, environment)).document.error.code;

	it('list and show it, by UDID, by its start and by name', async () => {
		const { document } = await run<{ devices: DeviceInfo[] }>(['devices']);
		assert.deepEqual(
			document.devices.map(({ udid, name, trust }) => ({ udid, name, trust })),
			[{ udid: lab.udid, name: 'Lab-1', trust: 'paired' }],
		);
		for (const selector of [lab.udid, lab.udid.slice(0, 12).toLowerCase(), 'lab-1']) {
			assert.equal((await run<{ device: DeviceInfo }>(['device', selector])).document.device.udid, lab.udid);
		}
		assert.equal(await errorOf(['device', 'nobody'], 3), 'DEVICE_NOT_FOUND');
	});

	it('take its trust away and win it back', async () => {
		await run(['unpair', 'Lab-1']);
		assert.equal((await run<{ devices: DeviceInfo[] }>(['devices'])).document.devices[0]?.trust, 'not-paired');
		assert.equal(await errorOf(['backup', lab.udid, '--to', temp.path], 3), 'NOT_PAIRED');
		await lab.tell('set', 'trust=deny');
		assert.equal(await errorOf(['pair', lab.udid], 3), 'PAIRING_DENIED');
		await lab.tell('set', 'trust=pending:1');
		const { stderr } = await run(['pair', lab.udid]);
		assert.match(stderr, /tap Trust/);
		await lab.tell('set', 'trust=accept');
	});

	it('back it up, incrementally, and restore it as it was', async () => {
		const first = (await run<{ backup: BackupResult }>(['backup', 'Lab-1', '--to', temp.path])).document.backup;
		assert.deepEqual([first.full, first.encrypted, first.udid, first.path], [true, false, lab.udid, path.join(temp.path, lab.udid)]);
		await lab.tell('touch', '--files', '20', '--seed', 'a');
		const wanted = await lab.fingerprint();
		const second = (await run<{ backup: BackupResult }>(['backup', 'Lab-1', '--to', temp.path])).document.backup;
		assert.equal(second.full, false);
		assert.ok(second.transferredFiles < first.transferredFiles);
		await lab.tell('touch', '--files', '30', '--seed', 'b');
		assert.notEqual(await lab.fingerprint(), wanted);
		const plan = await run<{ preflight: { ready: boolean } }>(['restore', 'Lab-1', '--from', temp.path, '--plan']);
		assert.equal(plan.document.preflight.ready, true);
		const { restore } = (await run<{ restore: RestoreResult }>(['restore', 'Lab-1', '--from', path.join(temp.path, lab.udid), '--yes']))
			.document;
		assert.equal(restore.restart, 'restarted');
		assert.equal(await lab.fingerprint(), wanted);
	});

	it('refuse a restore that a check forbids, with --yes as well', async () => {
		await run(['backup', 'Lab-1', '--to', temp.path]);
		await lab.tell('set', 'findMy=true');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', temp.path, '--yes'], 4), 'FIND_MY_ON');
		await lab.tell('set', 'findMy=false');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', temp.path], 2), 'WRONG_USE');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', path.join(temp.path, 'none'), '--yes'], 4), 'FOLDER_UNUSABLE');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', temp.path, '--source', 'other', '--yes'], 4), 'NOT_A_BACKUP');
	});

	it('encrypt its backups, and restore them with the password only', async () => {
		assert.equal((await run<EncryptionStatus>(['encryption', 'Lab-1', 'status'])).document.encryption, 'off');
		assert.equal(await errorOf(['encryption', 'Lab-1', 'on'], 4), 'PASSWORD_REQUIRED');
		assert.equal((await run<EncryptionStatus>(['encryption', 'Lab-1', 'on'], 0, { DEVICELAB_PASSWORD: 'eins' })).document.encryption, 'on');
		assert.equal(await errorOf(['encryption', 'Lab-1', 'on'], 4, { DEVICELAB_PASSWORD: 'eins' }), 'ENCRYPTION_ALREADY_ON');
		await run(['encryption', 'Lab-1', 'change'], 0, { DEVICELAB_PASSWORD: 'eins', DEVICELAB_NEW_PASSWORD: 'zwei' });
		assert.equal((await run<{ backup: BackupResult }>(['backup', 'Lab-1', '--to', temp.path])).document.backup.encrypted, true);
		const wanted = await lab.fingerprint();
		await lab.tell('touch', '--files', '5', '--seed', 'c');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', temp.path, '--yes'], 4), 'PASSWORD_REQUIRED');
		assert.equal(await errorOf(['restore', 'Lab-1', '--from', temp.path, '--yes'], 4, { DEVICELAB_PASSWORD: 'eins' }), 'WRONG_PASSWORD');
		const typed = await runHere(lab.address, ['restore', 'Lab-1', '--from', temp.path], {}, ['eins\r', 'zwei\r', 'y\r']);
		assert.equal(typed.exit, 0, typed.stderr);
		assert.doesNotMatch(typed.stdout + typed.stderr, /eins|zwei/);
		assert.equal(await lab.fingerprint(), wanted);
		assert.equal(await errorOf(['encryption', 'Lab-1', 'off'], 4, { DEVICELAB_PASSWORD: 'drei' }), 'BACKUP_ERROR');
		assert.equal(
			(await run<EncryptionStatus>(['encryption', 'Lab-1', 'off'], 0, { DEVICELAB_PASSWORD: 'zwei' })).document.encryption,
			'off',
		);
		assert.equal(await errorOf(['encryption', 'Lab-1', 'off'], 4, { DEVICELAB_PASSWORD: 'zwei' }), 'ENCRYPTION_ALREADY_OFF');
	});

	it('turn its iCloud backup on and off', async () => {
		assert.ok(['on', 'off', 'unknown'].includes((await run<CloudBackupStatus>(['icloud', 'Lab-1', 'status'])).document.cloudBackup));
		for (const action of ['on', 'off']) {
			const { document } = await run<CloudBackupStatus & { device: string }>(['icloud', 'Lab-1', action]);
			assert.deepEqual([document.device, ['unknown', action].includes(document.cloudBackup)], [lab.udid, true]);
		}
	});

	it('say what the phone needs when nobody enters its passcode', async () => {
		await run(['backup', 'Lab-1', '--to', temp.path]);
		await lab.tell('fault', 'respond', '208');
		const { document, stderr } = await run<{ error: { code: string; details: { errorCode: number } } }>(
			['backup', 'Lab-1', '--to', temp.path],
			3,
		);
		assert.deepEqual([document.error.code, document.error.details.errorCode], ['BACKUP_ERROR', 208]);
		assert.match(stderr, /passcode was not entered/);
		assert.match(stderr, /last finished backup in the folder, if there is one, is untouched/);
		await run(['restore', 'Lab-1', '--from', temp.path, '--yes']);
	});

	it('give orders to the lab, with the digest on the last line', async () => {
		const digest = await lab.fingerprint();
		const io = await runHere(lab.address, ['virtual', 'tell', '--listen', lab.address, 'Lab-1', 'fingerprint', '--list']);
		const lines = io.stdout.trimEnd().split('\n');
		assert.ok(lines.length > 200);
		assert.equal(lines.at(-1), digest);
		assert.equal(await errorOf(['virtual', 'tell', '--listen', lab.address, 'Lab-1', 'dance'], 2), 'UNKNOWN_VERB');
		assert.equal(await errorOf(['virtual', 'tell', '--listen', lab.address, 'nobody', 'state'], 3), 'UNKNOWN_DEVICE');
		assert.equal(await errorOf(['virtual', 'tell', '--listen', '127.0.0.1:1', 'Lab-1', 'state'], 3), 'NO_LAB');
		assert.equal(await errorOf(['virtual', 'start', '--listen', '0.0.0.0:0'], 2), 'BAD_ADDRESS');
		assert.equal(await errorOf(['virtual', 'start', '--listen', lab.address], 1), 'ADDRESS_IN_USE');
	});

	it('complete its name', async () => {
		const io = await runHere(lab.address, ['__complete', '--', 'backup', 'La']);
		assert.equal(io.stdout, `Lab-1\tiPhone 15 Pro, ${lab.udid}\n`);
	});

	it('leave nothing in a folder that they could not back up into', async () => {
		await lab.tell('unplug');
		assert.equal(await errorOf(['backup', lab.udid, '--to', path.join(temp.path, 'new')], 3), 'DEVICE_NOT_FOUND');
		await lab.tell('plug');
		assert.ok(!existsSync(path.join(temp.path, 'new')));
		assert.deepEqual(readdirSync(temp.path), []);
	});
});
