import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { encodeStatusPlist, SUPERVISION_PLACE } from '../../../../src/backup/index.ts';
import type { DeviceInfo, RestoreChoices } from '../../../../src/contract/index.ts';
import { EngineError } from '../../../../src/engine/errors.ts';
import { compareVersions, findRestoreSource, preflightRestore } from '../../../../src/engine/jobs/preflight.ts';
import { encodeXmlPlist } from '../../../../src/plist/index.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { buildBackup, USUAL_CONTENT } from '../../backup/buildBackup.ts';

const UDID = '00008030-000000000000TEST';

const target = (facts: Partial<DeviceInfo> = {}): DeviceInfo => ({
	udid: UDID,
	transport: 'usb',
	transports: ['usb'],
	muxer: '127.0.0.1:1',
	trust: 'paired',
	encryption: 'off',
	findMy: 'off',
	supervised: 'off',
	wifiSync: 'off',
	iosVersion: '18.0',
	...facts,
});

const choices: RestoreChoices = {
	keepSettings: false,
	systemFiles: true,
	removeOthers: true,
	keepCameraRoll: false,
	reboot: true,
	copyFirst: false,
	reinstallApps: true,
};

describe('Preflight of a restore', () => {
	const temp = useTempFolder();

	async function codes(facts: Partial<DeviceInfo>, severity: 'refusal' | 'warning', more: Partial<RestoreChoices> = {}): Promise<string[]> {
		const folder = path.join(temp.path, UDID);
		fs.mkdirSync(folder, { recursive: true });
		fs.writeFileSync(path.join(folder, 'Status.plist'), encodeStatusPlist({ snapshotState: 'uploading' }));
		const source = await findRestoreSource(temp.path, undefined, UDID);
		const { findings } = await preflightRestore(target(facts), source, { ...choices, ...more }, undefined);
		return findings.filter((finding) => finding.severity === severity).map((finding) => finding.code);
	}

	it('refuses a backup that was never finished', async () => {
		assert.deepEqual(await codes({}, 'refusal'), ['BACKUP_UNFINISHED']);
	});

	it('names everything that stands in the way, not only the first', async () => {
		assert.deepEqual(await codes({ findMy: 'on', transport: 'network', batteryPercent: 5, charging: false }, 'refusal'), [
			'BACKUP_UNFINISHED',
			'FIND_MY_ON',
			'CABLE_NEEDED',
			'BATTERY_LOW',
		]);
	});

	it('warns of what the device does not say, and of systems that reset more', async () => {
		assert.deepEqual(
			await codes({ findMy: 'unknown', supervised: 'on', iosVersion: '26.4', batteryPercent: 20 }, 'warning', { reboot: false }),
			['BATTERY_LOW', 'FIND_MY_UNKNOWN', 'SUPERVISED', 'MAY_RESET_MORE', 'NO_RESTART'],
		);
	});

	it('refuses where supervision differs, as it was recorded or as the backup itself tells', async () => {
		const folder = path.join(temp.path, UDID);
		const judge = async (supervised: DeviceInfo['supervised'], recorded: boolean | undefined, own?: boolean): Promise<string[]> => {
			const { domain, path: place } = SUPERVISION_PLACE;
			const content = own === undefined ? USUAL_CONTENT : { [`${domain}:${place}`]: encodeXmlPlist({ IsSupervised: own }) };
			fs.rmSync(folder, { recursive: true, force: true });
			await buildBackup(folder, { content });
			const source = { path: folder, ...(recorded === undefined ? {} : { supervised: recorded, contentBytes: 1 }) };
			const { findings } = await preflightRestore(target({ supervised, iosVersion: '26.4' }), source, choices, undefined);
			return findings.filter(({ code }) => code.startsWith('SUPERVIS')).map(({ code, severity }) => `${code} ${severity}`);
		};
		assert.deepEqual(await judge('on', false), ['SUPERVISION_DIFFERS refusal']);
		assert.deepEqual(await judge('off', true), ['SUPERVISION_DIFFERS refusal']);
		assert.deepEqual(await judge('off', undefined, true), ['SUPERVISION_DIFFERS refusal']);
		assert.deepEqual(await judge('on', true), ['SUPERVISED warning']);
		assert.deepEqual(await judge('on', undefined), ['SUPERVISED warning']);
		assert.deepEqual(await judge('off', false), []);
		assert.deepEqual(await judge('unknown', true), []);
	});

	it('takes the folder of one backup as well as the root of many', async () => {
		const folder = path.join(temp.path, UDID);
		fs.mkdirSync(folder);
		fs.writeFileSync(path.join(folder, 'Status.plist'), encodeStatusPlist({ snapshotState: 'finished' }));
		const byRoot = await findRestoreSource(temp.path, undefined, UDID);
		const itself = await findRestoreSource(folder, undefined, 'another-device');
		assert.deepEqual(itself, byRoot);
	});

	it('says what lies there instead of the backup that was meant', async () => {
		fs.mkdirSync(path.join(temp.path, 'another-device'));
		await assert.rejects(findRestoreSource(temp.path, undefined, UDID), (error) => {
			assert.ok(EngineError.is(error, 'NOT_A_BACKUP'));
			assert.deepEqual(error.details['found'], ['another-device']);
			return true;
		});
	});

	it('tells an interrupted first backup from none', async () => {
		fs.mkdirSync(path.join(temp.path, `${UDID}.devicelab-partial`));
		await assert.rejects(findRestoreSource(temp.path, undefined, UDID), (error) => EngineError.is(error, 'BACKUP_UNFINISHED'));
	});

	for (const [a, b, sign] of [
		['17.5', '17.5', 0],
		['17.5', '17.5.1', -1],
		['18.0', '17.9.9', 1],
		['26.10', '26.4', 1],
		['9.3.5', '10.0', -1],
	] as const) {
		it(`orders ${a} and ${b}`, () => assert.equal(Math.sign(compareVersions(a, b)), sign));
	}
});
