import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import type { RestoreChoices } from '../../../src/contract/index.ts';
import { Engine, systemClock } from '../../../src/engine/index.ts';
import { runProgram } from '../../support/foreignProcess.ts';
import { pythonPath, requireProgram, requirePython, type Requirement } from '../../support/requirements.ts';
import type { TestLab } from '../../support/virtualLab.ts';

/** One client of the device, ours or other people's, as a person would use it. Each method fails when the client does. */
export interface Driver {
	readonly name: string;
	readonly requirement: Requirement;
	backUp(lab: TestLab, folder: string): Promise<void>;
	/** Restores all of it, settings included, and waits until the device has restarted. */
	restore(lab: TestLab, folder: string, password?: string): Promise<void>;
	turnEncryptionOn(lab: TestLab, password: string): Promise<void>;
	turnEncryptionOff(lab: TestLab, password: string): Promise<void>;
	changePassword(lab: TestLab, oldPassword: string, newPassword: string): Promise<void>;
}

/** What Finder's "Restore Backup" means. */
export const WHOLE_DEVICE: RestoreChoices = {
	keepSettings: false,
	systemFiles: true,
	removeOthers: true,
	keepCameraRoll: false,
	reboot: true,
	copyFirst: false,
	reinstallApps: true,
};

/** @param storeFolder - where snapshots go; backups into plain folders need none. */
export async function withEngine<T>(lab: TestLab, use: (engine: Engine) => Promise<T>, storeFolder = '/dev/null/none'): Promise<T> {
	const engine = new Engine({ muxers: [lab.address], storeFolder, clock: systemClock, log: silentLogger });
	try {
		return await use(engine);
	} finally {
		engine.dispose();
	}
}

const devicelab: Driver = {
	name: 'devicelab',
	requirement: { missing: undefined },
	async backUp(lab, folder) {
		await withEngine(lab, (engine) => engine.backUp({ device: lab.udid, folder }, {}));
	},
	async restore(lab, folder, password) {
		const result = await withEngine(lab, (engine) => engine.restore({ device: lab.udid, folder, password, choices: WHOLE_DEVICE }, {}));
		assert.equal(result.restart, 'restarted');
	},
	async turnEncryptionOn(lab, password) {
		await withEngine(lab, (engine) => engine.changeEncryption({ device: lab.udid, newPassword: password }, {}));
	},
	async turnEncryptionOff(lab, password) {
		await withEngine(lab, (engine) => engine.changeEncryption({ device: lab.udid, oldPassword: password }, {}));
	},
	async changePassword(lab, oldPassword, newPassword) {
		await withEngine(lab, (engine) => engine.changeEncryption({ device: lab.udid, oldPassword, newPassword }, {}));
	},
};

/** A program that finds the lab as it would find a muxer, and keeps its own files in a home of its own. */
function foreign(name: string, requirement: Requirement, prefix: readonly [string, ...string[]], commands: ForeignCommands): Driver {
	let home: string | undefined;
	const run = async (lab: TestLab, ...args: string[]): Promise<void> => {
		home ??= mkdtempSync(join(tmpdir(), 'devicelab-home-'));
		const ended = await runProgram([...prefix, ...args], { USBMUXD_SOCKET_ADDRESS: lab.address, HOME: home, XDG_CONFIG_HOME: home });
		assert.equal(ended.code, 0, `${name} ${args.join(' ')} ended with ${ended.code}:\n${ended.output.slice(-2000)}`);
	};
	return {
		name,
		requirement,
		backUp: (lab, folder) => run(lab, ...commands.backUp(lab.udid, folder)),
		async restore(lab, folder, password) {
			const before = await lab.attachment();
			await run(lab, ...commands.restore(lab.udid, folder, password));
			await lab.restarted(before);
		},
		turnEncryptionOn: (lab, password) => run(lab, ...commands.encryption(lab.udid, 'on', password)),
		turnEncryptionOff: (lab, password) => run(lab, ...commands.encryption(lab.udid, 'off', password)),
		changePassword: (lab, oldPassword, newPassword) => run(lab, ...commands.changePassword(lab.udid, oldPassword, newPassword)),
	};
}

interface ForeignCommands {
	backUp(udid: string, folder: string): string[];
	restore(udid: string, folder: string, password?: string): string[];
	encryption(udid: string, state: 'on' | 'off', password: string): string[];
	changePassword(udid: string, oldPassword: string, newPassword: string): string[];
}

const idevicebackup2 = foreign('idevicebackup2', requireProgram('idevicebackup2'), ['idevicebackup2'], {
	backUp: (udid, folder) => ['-u', udid, 'backup', folder],
	restore: (udid, folder, password) => [
		'-u',
		udid,
		'restore',
		'--system',
		'--settings',
		'--remove',
		...(password === undefined ? [] : ['--password', password]),
		folder,
	],
	encryption: (udid, state, password) => ['-u', udid, 'encryption', state, password, tmpdir()],
	changePassword: (udid, oldPassword, newPassword) => ['-u', udid, 'changepw', oldPassword, newPassword, tmpdir()],
});

const pymobiledevice3 = foreign('pymobiledevice3', requirePython('pymobiledevice3'), [pythonPath(), '-m', 'pymobiledevice3', 'backup2'], {
	backUp: (udid, folder) => ['backup', '--udid', udid, folder],
	// Its option for settings has the opposite meaning of what it says.
	restore: (udid, folder, password) => [
		'restore',
		'--udid',
		udid,
		'--system',
		'--no-settings',
		'--remove',
		...(password === undefined ? [] : ['--password', password]),
		folder,
	],
	encryption: (udid, state, password) => ['encryption', '--udid', udid, state, password],
	changePassword: (udid, oldPassword, newPassword) => ['change-password', '--udid', udid, oldPassword, newPassword],
});

export const DRIVERS: readonly Driver[] = [devicelab, idevicebackup2, pymobiledevice3];
