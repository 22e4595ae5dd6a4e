import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import {
	BackupError,
	checkBackup,
	openBackup,
	unlockBackup,
	type BackupFacts,
	type BackupHealth,
	type UnlockedBackup,
} from '../../backup/index.ts';
import { errorText } from '../../base/index.ts';
import type { DeviceInfo, ErrorCode, PreflightFinding, RestoreChoices } from '../../contract/index.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import { exists, usingFolder } from '../folder/files.ts';
import { hasInterruptedRun, recoverFolder } from '../folder/folderRun.ts';

/** A backup that is to be restored: one folder below a root. */
export interface RestoreSource {
	readonly root: string;
	readonly folder: string;
	readonly path: string;
}

/** Everything that is known before a restore, and what speaks against it. */
export interface RestorePreflight {
	readonly target: DeviceInfo;
	readonly backup: {
		readonly path: string;
		readonly deviceName?: string;
		readonly udid?: string;
		readonly iosVersion?: string;
		readonly encrypted: boolean;
		readonly finishedAt?: string;
		readonly contentBytes?: number;
		readonly files?: number;
	};
	readonly findings: readonly PreflightFinding[];
}

/** Below this a restore, which takes minutes and restarts the phone, is not begun without a charger. */
const REFUSED_BATTERY_PERCENT = 10;
const WARNED_BATTERY_PERCENT = 30;

/** From here on restores are reported to reset more than before (libimobiledevice issue 1746, pymobiledevice3 issue 1574). */
const RESETS_MORE_SINCE = '26.4';

/**
 * Finds the backup that a person means: `folder` is the root that holds one folder per device, or the backup itself.
 * A commit that was cut off is finished first. @throws EngineError `NOT_A_BACKUP` - details.found lists what the folder holds instead.
 */
export async function findRestoreSource(folder: string, source: string | undefined, udid: string): Promise<RestoreSource> {
	return usingFolder(folder, async () => {
		const absolute = path.resolve(folder);
		const isBackupItself =
			source === undefined &&
			((await exists(path.join(absolute, 'Manifest.plist'))) || (await exists(path.join(absolute, 'Status.plist'))));
		const root = isBackupItself ? path.dirname(absolute) : absolute;
		const name = isBackupItself ? path.basename(absolute) : (source ?? udid);
		await recoverFolder(root, name);
		const place = path.join(root, name);
		if (!(await exists(place))) {
			if (await hasInterruptedRun(root, name)) {
				throw new EngineError('BACKUP_UNFINISHED', `The only backup of ${name} in ${absolute} was interrupted before it was finished.`, {
					details: { folder: absolute },
				});
			}
			const found = (await fs.readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
			throw new EngineError('NOT_A_BACKUP', `There is no backup of ${name} in ${absolute}.`, {
				details: { folder: absolute, found: found.slice(0, 20) },
			});
		}
		return { root, folder: name, path: place };
	});
}

/** What is judged: a backup's folder, or the control files of a snapshot, whose content the store answers for. */
export interface JudgedBackup {
	readonly path: string;
	/** Of all content, where it is known to be there; otherwise the content is looked for. */
	readonly contentBytes?: number;
	/** Whether the device was supervised, where that was recorded; otherwise the backup is asked. */
	readonly supervised?: boolean | undefined;
}

/** Judges a restore without touching the device. Everything that speaks against it is a finding; only what cannot be read at all is thrown. */
export async function preflightRestore(
	target: DeviceInfo,
	source: JudgedBackup,
	choices: RestoreChoices,
	password: string | undefined,
	signal?: AbortSignal,
): Promise<RestorePreflight> {
	const facts = await openBackup(source.path);
	const findings: PreflightFinding[] = [];
	const refuse = (code: EngineErrorCode, message: string, details: Record<string, unknown> = {}): void =>
		void findings.push({ code: code satisfies ErrorCode, severity: 'refusal', message, details });
	const warn = (code: string, message: string, details: Record<string, unknown> = {}): void =>
		void findings.push({ code, severity: 'warning', message, details });

	let health: BackupHealth | undefined;
	const stateRefusal = refusalOfState(facts);
	if (stateRefusal !== undefined) {
		refuse(stateRefusal.code, stateRefusal.message);
	} else {
		const unlocked = await unlock(facts, password, refuse, signal);
		if (unlocked !== 'refused' && source.contentBytes === undefined) {
			health = await checkBackup(source.path, {
				...(unlocked === undefined ? {} : { unlocked }),
				...(signal === undefined ? {} : { signal }),
			});
			judgeHealth(health, refuse, warn);
		}
	}
	judgeDevice(target, facts, source.supervised ?? health?.isSupervised, refuse, warn);
	const contentBytes = source.contentBytes ?? (health?.isManifestRead === true ? health.counts.contentBytes : undefined);
	const neededBytes = (contentBytes ?? 0) * (choices.copyFirst ? 2 : 1);
	if (target.freeBytes !== undefined && neededBytes > target.freeBytes) {
		refuse('DEVICE_FULL', 'The device has not enough free space for this backup.', { neededBytes, freeBytes: target.freeBytes });
	}
	if (!choices.reboot) {
		warn('NO_RESTART', 'Nothing of the backup appears on the device before it is restarted.');
	}
	return {
		target,
		backup: {
			path: source.path,
			encrypted: facts.isEncrypted ?? facts.claimsEncryption,
			...(facts.deviceName === undefined ? {} : { deviceName: facts.deviceName }),
			...(facts.udid === undefined ? {} : { udid: facts.udid }),
			...(facts.iosVersion === undefined ? {} : { iosVersion: facts.iosVersion }),
			...(facts.date === undefined ? {} : { finishedAt: facts.date.toISOString() }),
			...(contentBytes === undefined ? {} : { contentBytes, files: health?.counts.files ?? 0 }),
		},
		findings,
	};
}

type Refuse = (code: EngineErrorCode, message: string, details?: Record<string, unknown>) => void;
type Warn = (code: string, message: string, details?: Record<string, unknown>) => void;

function refusalOfState(facts: BackupFacts): { code: EngineErrorCode; message: string } | undefined {
	switch (facts.state) {
		case 'complete':
			return undefined;
		case 'interrupted':
			return { code: 'BACKUP_UNFINISHED', message: 'This backup was interrupted before it was finished.' };
		case 'old-format':
			return { code: 'BACKUP_UNSUPPORTED', message: 'This backup is of iOS 9 or older.' };
		case 'started':
			return { code: 'BACKUP_UNFINISHED', message: 'This backup was begun and holds nothing yet.' };
		case 'not-a-backup':
			return { code: 'NOT_A_BACKUP', message: 'This folder holds no backup.' };
	}
}

/** The password is tried here, where a wrong one costs seconds, and not on the device, where it costs minutes. */
async function unlock(
	facts: BackupFacts,
	password: string | undefined,
	refuse: Refuse,
	signal?: AbortSignal,
): Promise<UnlockedBackup | undefined | 'refused'> {
	if (facts.isEncrypted !== true) {
		return undefined;
	}
	if (password === undefined) {
		refuse('PASSWORD_REQUIRED', 'This backup is encrypted; its password is needed.');
		return 'refused';
	}
	try {
		return await unlockBackup(facts.folder, password, signal);
	} catch (error) {
		if (BackupError.is(error, 'WRONG_PASSWORD')) {
			refuse('WRONG_PASSWORD', 'This is not the password of this backup.');
			return 'refused';
		}
		if (BackupError.is(error)) {
			refuse('BACKUP_DAMAGED', `The keys of this backup cannot be read: ${errorText(error)}`);
			return 'refused';
		}
		throw error;
	}
}

function judgeHealth(health: BackupHealth, refuse: Refuse, warn: Warn): void {
	for (const { kind, count, examples } of health.faults) {
		refuse('BACKUP_DAMAGED', `The backup is damaged: ${kind.replaceAll('-', ' ')} (${count}).`, { kind, count, examples });
	}
	for (const { kind, count } of health.warnings) {
		// Databases that were in use while they were backed up always differ in size; saying so would only worry people.
		if (kind === 'unreadable-rows' || kind === 'foreign-file-ids') {
			warn('BACKUP_ODD', `The backup has oddities that were seen in good ones: ${kind.replaceAll('-', ' ')} (${count}).`, { kind, count });
		}
	}
}

function judgeDevice(target: DeviceInfo, facts: BackupFacts, wasSupervised: boolean | undefined, refuse: Refuse, warn: Warn): void {
	if (target.findMy === 'on') {
		refuse('FIND_MY_ON', 'Find My is on; iOS restores no backup until it is turned off on the device.');
	}
	if (facts.iosVersion !== undefined && target.iosVersion !== undefined && compareVersions(target.iosVersion, facts.iosVersion) < 0) {
		refuse('IOS_TOO_OLD', `The backup is of iOS ${facts.iosVersion}, the device runs ${target.iosVersion}.`, {
			backup: facts.iosVersion,
			device: target.iosVersion,
		});
	}
	if (target.transport === 'network') {
		refuse('CABLE_NEEDED', 'A restore needs the cable: over Wi-Fi it can be cut off in the middle.');
	}
	if (target.batteryPercent !== undefined && target.charging !== true) {
		if (target.batteryPercent < REFUSED_BATTERY_PERCENT) {
			refuse('BATTERY_LOW', `The battery is at ${target.batteryPercent} % and not charging.`, { batteryPercent: target.batteryPercent });
		} else if (target.batteryPercent < WARNED_BATTERY_PERCENT) {
			warn('BATTERY_LOW', `The battery is at ${target.batteryPercent} % and not charging.`, { batteryPercent: target.batteryPercent });
		}
	}
	if (target.findMy === 'unknown') {
		warn('FIND_MY_UNKNOWN', 'The device does not say whether Find My is on; if it is, iOS refuses the restore.');
	}
	if (facts.udid !== undefined && facts.udid !== target.udid) {
		warn('OTHER_DEVICE', `The backup is of another device${facts.deviceName === undefined ? '' : ` ("${facts.deviceName}")`}.`, {
			backupUdid: facts.udid,
		});
	}
	if (facts.productType !== undefined && target.productType !== undefined && family(facts.productType) !== family(target.productType)) {
		warn('OTHER_KIND', `The backup is of another kind of device (${facts.productType}).`);
	}
	judgeSupervision(target, wasSupervised, refuse, warn);
	if (target.iosVersion !== undefined && compareVersions(target.iosVersion, RESETS_MORE_SINCE) >= 0) {
		warn('MAY_RESET_MORE', `Restores on iOS ${target.iosVersion} are reported to reset more of the device than before.`);
	}
}

/** @param wasSupervised - the device of the backup; undefined when nothing tells. */
function judgeSupervision(target: DeviceInfo, wasSupervised: boolean | undefined, refuse: Refuse, warn: Warn): void {
	if (wasSupervised !== undefined && target.supervised !== 'unknown' && wasSupervised !== (target.supervised === 'on')) {
		refuse(
			'SUPERVISION_DIFFERS',
			wasSupervised
				? 'The backup is of a supervised device, and this one is not supervised.'
				: 'The device is supervised, and the backup is of one that was not.',
			{ backup: wasSupervised, device: target.supervised === 'on' },
		);
	} else if (target.supervised === 'on') {
		warn(
			'SUPERVISED',
			'The device is supervised; it accepts backups of supervised devices only, and its management profile may have to be installed again.',
		);
	}
}

function family(productType: string): string {
	return productType.replace(/\d.*$/, '');
}

/** Orders versions such as `17.5` and `17.5.1`; below 0 when `a` is older. */
export function compareVersions(a: string, b: string): number {
	const left = a.split('.').map(Number);
	const right = b.split('.').map(Number);
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0 && !Number.isNaN(difference)) {
			return difference;
		}
	}
	return 0;
}
