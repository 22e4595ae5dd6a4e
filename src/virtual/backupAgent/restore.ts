import { join } from 'node:path';
import {
	BackupError,
	BackupKeybag,
	readManifestPlist,
	readStatusPlist,
	type ManifestPlist,
	type UnlockedKeybag,
} from '../../backup/index.ts';
import { errorText } from '../../base/index.ts';
import type { VirtualDevice } from '../device.ts';
import type { AgentContext } from './backup.ts';
import { fetchFile, FetchedManifest } from './base.ts';
import { AgentFailure, MB_ERROR, SessionEnded } from './errors.ts';
import type { RestoreOptions } from './messages.ts';
import { RestoreReceiver } from './restoreReceiver.ts';
import { restoreRules } from './restoreRules.ts';

/**
 * Restores the backup in the host's folder: checks it, receives everything into a side folder, and leaves it there to be moved into place by
 * the next restart. Nothing on the device changes before that.
 *
 * @returns whether the device is to restart now.
 * @throws AgentFailure with the number that the host is told; what had arrived is deleted.
 */
export async function runRestore(context: AgentContext, options: RestoreOptions): Promise<{ reboot: boolean }> {
	const { device, faults } = context;
	if (device.settings.findMy) {
		throw new AgentFailure(MB_ERROR.findMyEnabled, 'Find My must be disabled before restoring');
	}
	if (device.files.restorePending || device.settings.restorePending) {
		throw new AgentFailure(MB_ERROR.restoreSideFolder, 'Error creating restore directory: File exists');
	}
	await faults.at('starting');
	const { manifest, keybag } = await openBackup(context, options.password);
	const fetched = await FetchedManifest.fetch(device, context.host, context.folder, keybag?.unwrapFileKey(manifest.manifestKey ?? NO_KEY));
	if (fetched === undefined) {
		throw new AgentFailure(MB_ERROR.invalidBackup, 'Error reading manifest');
	}
	const area = device.files.beginRestore();
	let isStaged = false;
	try {
		if ((await fetchFile(context.host, `${context.folder}/Info.plist`)) === undefined) {
			throw new AgentFailure(MB_ERROR.invalidBackup, `Error reading "${join(context.folder, 'Info.plist')}"`);
		}
		const rules = restoreRules(options);
		const receiver = new RestoreReceiver(context, fetched.db, area, keybag, rules);
		checkSpace(device, receiver.totalBytes, options);
		await receiver.run();
		await faults.at('finishing');
		device.files.stageRestore(area, rules);
		isStaged = true;
	} finally {
		fetched.dispose();
		if (!isStaged) {
			device.files.abandonRestore(area);
		}
	}
	await device.save();
	return { reboot: options.shouldReboot };
}

const NO_KEY = new Uint8Array(0);

/** Status.plist and Manifest.plist, as far as they decide whether this device can restore the backup; and the keybag when it is encrypted. */
async function openBackup(
	context: AgentContext,
	backupPassword: string | undefined,
): Promise<{ manifest: ManifestPlist; keybag: UnlockedKeybag | undefined }> {
	const { host, folder, device } = context;
	const status = await readOrRefuse(context, 'Status.plist', readStatusPlist);
	if (status.snapshotState !== 'finished') {
		throw new AgentFailure(MB_ERROR.invalidBackup, `Backup is not finished: ${String(status.snapshotState)}`);
	}
	host.progress = 1;
	const manifest = await readOrRefuse(context, 'Manifest.plist', readManifestPlist);
	if (compareVersions(manifest.device.productVersion ?? '0', device.identity.iosVersion) > 0) {
		// Unverified: the number that iOS answers with.
		throw new AgentFailure(
			MB_ERROR.invalidBackup,
			`The backup was made with iOS ${manifest.device.productVersion}, which is newer than this device's ${device.identity.iosVersion}`,
		);
	}
	if (!manifest.isEncrypted) {
		return { manifest, keybag: undefined };
	}
	if (backupPassword === undefined || manifest.backupKeybag === undefined || manifest.manifestKey === undefined) {
		throw new AgentFailure(MB_ERROR.wrongPassword, `Invalid password for backup "${folder}"`);
	}
	try {
		return { manifest, keybag: await BackupKeybag.parse(manifest.backupKeybag).unlock(backupPassword) };
	} catch (error) {
		throw BackupError.is(error, 'WRONG_PASSWORD')
			? new AgentFailure(MB_ERROR.wrongPassword, 'Invalid password', error)
			: new AgentFailure(MB_ERROR.invalidBackup, `Error opening keybag: ${errorText(error)}`, error);
	}
}

async function readOrRefuse<T>(context: AgentContext, name: string, read: (bytes: Uint8Array) => T): Promise<T> {
	const bytes = await fetchFile(context.host, `${context.folder}/${name}`);
	try {
		return read(bytes ?? NO_KEY);
	} catch (error) {
		if (SessionEnded.is(error)) {
			throw error;
		}
		throw new AgentFailure(MB_ERROR.invalidBackup, `Error reading "${name}" of the backup: ${errorText(error)}`, error);
	}
}

/** The data has to fit beside what is there, and twice when the backup is copied to the device first. */
function checkSpace(device: VirtualDevice, totalBytes: number, options: RestoreOptions): void {
	const needed = options.dontCopyBackup ? totalBytes : totalBytes * 2;
	if (device.settings.freeBytes < needed) {
		throw new AgentFailure(
			MB_ERROR.insufficientSpace,
			`Insufficient free disk space on device to restore: ${device.settings.freeBytes} < ${needed}`,
		);
	}
}

/** Compares dotted numbers part by part. */
function compareVersions(a: string, b: string): number {
	const left = a.split('.').map(Number);
	const right = b.split('.').map(Number);
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0) {
			return difference;
		}
	}
	return 0;
}
