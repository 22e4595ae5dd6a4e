import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { BackupError, openBackup, readManifestPlist, readStatusPlist, SNAPSHOT_STATE_FINISHED } from '../../backup/index.ts';
import { errorText, type Clock, type Logger } from '../../base/index.ts';
import type { BackupResult } from '../../contract/index.ts';
import type { AttachedDevice } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { usingFolder } from '../folder/files.ts';
import { FolderRun, recoverFolder, type FreshReason } from '../folder/folderRun.ts';
import { missingPayloads } from './missingPayloads.ts';
import { DeviceSession } from './deviceSession.ts';
import { createInfoPlist } from './hostInfo.ts';
import { ProgressReporter, type JobRun } from './progress.ts';

export interface JobContext {
	readonly clock: Clock;
	readonly log: Logger;
}

/** After this much silence behind the request a device that asks for its passcode has not said so: it is assumed. */
const PASSCODE_HINT_AFTER_MS = 2000;

const FRESH_REASONS: Readonly<Record<Exclude<FreshReason, 'asked' | 'first'>, string>> = {
	unfinished: 'The backup that is there was never finished, so everything is backed up anew.',
	damaged: 'The backup that is there is damaged, so everything is backed up anew.',
};

/**
 * Backs up a device into `<folder>/<UDID>`, in the layout of Finder and iTunes. The backup that is there stays as it is until the new one is
 * finished and whole; then the new one takes its place (see FolderLayout).
 *
 * @throws DeviceError, EngineError, AbortError; in each case the earlier backup is untouched and usable.
 */
export async function backUpDevice(
	device: AttachedDevice,
	folder: string,
	full: boolean,
	run: JobRun,
	context: JobContext,
): Promise<BackupResult> {
	const startedAt = context.clock.now();
	const progress = new ProgressReporter(run, context.clock);
	progress.enter('connecting');
	const skippedFiles: string[] = [];
	if (await usingFolder(folder, () => recoverFolder(folder, device.udid))) {
		progress.notice({ code: 'RECOVERED', message: 'An earlier run that was cut off at its end was finished first.', details: {} });
	}
	const session = await DeviceSession.open(device, {
		...context,
		signal: run.signal,
		onPasscodePrompt: (isShown) => progress.passcodePrompt(isShown),
	});
	let target: FolderRun | undefined;
	let isCommitted = false;
	try {
		await session.takeSyncLock();
		const place = await FolderRun.begin(folder, device.udid, full);
		target = place;
		if (place.fresh === 'unfinished' || place.fresh === 'damaged') {
			progress.notice({ code: 'FULL_INSTEAD_OF_INCREMENTAL', message: FRESH_REASONS[place.fresh], details: { reason: place.fresh } });
		}
		progress.enter('preparing');
		await place.writeFile(
			'Info.plist',
			await createInfoPlist({
				paired: session.paired,
				afc: session.afc,
				now: new Date(context.clock.now()),
				log: context.log,
				signal: session.signal,
			}),
		);
		await askForBackup(session, place, progress, skippedFiles, context);
		progress.enter('verifying');
		await judgeRun(place, device.udid, session.signal);
		// From here on the run becomes the backup; cancelling now would only leave the renaming to the next run.
		await place.commit();
		isCommitted = true;
	} finally {
		if (!isCommitted) {
			await target?.abandon();
		}
		await session.end();
	}
	return describeBackup(path.join(folder, device.udid), {
		udid: device.udid,
		transferredBytes: progress.transferredBytes,
		transferredFiles: progress.transferredFiles,
		durationMs: context.clock.now() - startedAt,
		skippedFiles,
	});
}

async function askForBackup(
	session: DeviceSession,
	place: FolderRun,
	progress: ProgressReporter,
	skippedFiles: string[],
	{ clock, log }: JobContext,
): Promise<void> {
	// Nothing on the wire tells that the device waits for its passcode; silence is the sign (libimobiledevice issue 1380).
	let hasAnswered = false;
	const hint = clock.after(PASSCODE_HINT_AFTER_MS, () => progress.passcodePrompt(true));
	try {
		await session.backup.backUp(session.paired.device.udid, place.fresh !== undefined, {
			host: place.host,
			signal: session.signal,
			log,
			onProgress: (state) => {
				if (!hasAnswered && state.step !== 'waiting') {
					hasAnswered = true;
					hint.dispose();
					progress.passcodePrompt(false);
				}
				progress.link(state, 'receiving');
			},
			onFileProblem: (file, text) => {
				// The device asks for the status of a backup that is not there yet; that is how it learns so.
				if (!file.endsWith('Status.plist')) {
					skippedFiles.push(file);
					progress.notice({ code: 'FILE_SKIPPED', message: 'A file could not be transferred.', details: { path: file, text } });
				}
			},
			onSpaceWanted: (wantedBytes) =>
				progress.notice({ code: 'SPACE_WANTED', message: 'The device asks for more space on this computer.', details: { wantedBytes } }),
		});
	} catch (error) {
		// The device reports our full disk as an error of its own; the cause says more.
		throw place.host.firstFailure?.code === 'NO_SPACE' ? hostFull(place, error) : error;
	} finally {
		hint.dispose();
	}
}

/**
 * Only what the device finished, and what is whole, becomes the backup: a final code of 0, a finished status, and every file that the manifest
 * names (libimobiledevice issue 419).
 */
async function judgeRun(place: FolderRun, udid: string, signal: AbortSignal): Promise<void> {
	const failure = place.host.firstFailure;
	if (failure !== undefined) {
		throw failure.code === 'NO_SPACE'
			? hostFull(place, failure)
			: new EngineError('FOLDER_UNUSABLE', `The backup could not be written: ${failure.message}.`, { cause: failure });
	}
	const status = await place.readFile('Status.plist');
	const manifest = await place.readFile('Manifest.plist');
	try {
		if (status === undefined || readStatusPlist(status).snapshotState !== SNAPSHOT_STATE_FINISHED) {
			throw new EngineError('BACKUP_UNFINISHED', 'The device ended without finishing the backup.');
		}
		if (manifest === undefined) {
			throw new EngineError('BACKUP_DAMAGED', 'The device ended without sending a manifest.');
		}
		readManifestPlist(manifest);
	} catch (error) {
		throw BackupError.is(error)
			? new EngineError('BACKUP_DAMAGED', `What the device sent cannot be read: ${errorText(error)}.`, { cause: error })
			: error;
	}
	const missing = await missingPayloads(place, udid, signal);
	if (missing.count > 0) {
		throw new EngineError('BACKUP_DAMAGED', `The device finished, but ${missing.count} files that its manifest names never came.`, {
			details: { missingFiles: missing.count, examples: missing.examples },
		});
	}
}

function hostFull(place: FolderRun, cause: unknown): EngineError {
	return new EngineError('HOST_FULL', 'The disk of the backup folder is full.', {
		cause,
		details: { folder: path.dirname(place.layout.base) },
	});
}

async function describeBackup(
	backupPath: string,
	counted: Pick<BackupResult, 'udid' | 'transferredBytes' | 'transferredFiles' | 'durationMs' | 'skippedFiles'>,
): Promise<BackupResult> {
	const facts = await openBackup(backupPath);
	return {
		...counted,
		path: await fs.realpath(backupPath),
		full: facts.isFullBackup ?? false,
		encrypted: facts.isEncrypted ?? facts.claimsEncryption,
		finishedAt: (facts.date ?? new Date(0)).toISOString(),
		...(facts.iosVersion === undefined ? {} : { iosVersion: facts.iosVersion }),
	};
}
