import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { BackupError, openBackup, readManifestPlist, readStatusPlist, SNAPSHOT_STATE_FINISHED } from '../../backup/index.ts';
import { errorText, type Clock, type Logger } from '../../base/index.ts';
import type { BackupResult } from '../../contract/index.ts';
import type { AttachedDevice } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { usingFolder } from '../folder/files.ts';
import { FolderRun, recoverFolder } from '../folder/folderRun.ts';
import { readHostFile, writeHostFile } from '../host/hostFiles.ts';
import type { BackupTarget, FreshReason } from './backupTarget.ts';
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

/** What a finished run amounts to, before it has become anything. */
export interface FinishedRun {
	readonly transferredBytes: number;
	readonly transferredFiles: number;
	readonly skippedFiles: readonly string[];
	readonly session: DeviceSession;
	readonly startedAt: number;
}

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
	if (await usingFolder(folder, () => recoverFolder(folder, device.udid))) {
		run.onNotice?.({ code: 'RECOVERED', message: 'An earlier run that was cut off at its end was finished first.', details: {} });
	}
	const counted = await runBackup(
		device,
		() => FolderRun.begin(folder, device.udid, full),
		run,
		context,
		async (place, { session: _session, startedAt, ...counts }) => {
			await place.commit();
			return { ...counts, durationMs: context.clock.now() - startedAt };
		},
	);
	return describeBackup(path.join(folder, device.udid), { udid: device.udid, ...counted });
}

/**
 * Runs a backup into any target: session, sync lock, Info.plist, the device's own work, and the judgement whether what came is whole.
 *
 * @param begin - opens the target, once the device's lock is held.
 * @param keep - makes the finished run what it shall be; from here on it is not cancelled any more. When it throws, the run is abandoned.
 */
export async function runBackup<Target extends BackupTarget, Result>(
	device: AttachedDevice,
	begin: () => Promise<Target>,
	run: JobRun,
	context: JobContext,
	keep: (target: Target, finished: FinishedRun) => Promise<Result>,
): Promise<Result> {
	const startedAt = context.clock.now();
	const progress = new ProgressReporter(run, context.clock);
	progress.enter('connecting');
	const skippedFiles: string[] = [];
	const session = await DeviceSession.open(device, {
		...context,
		signal: run.signal,
		onPasscodePrompt: (isShown) => progress.passcodePrompt(isShown),
	});
	let target: Target | undefined;
	let isKept = false;
	try {
		await session.takeSyncLock();
		target = await begin();
		if (target.fresh === 'unfinished' || target.fresh === 'damaged') {
			progress.notice({ code: 'FULL_INSTEAD_OF_INCREMENTAL', message: FRESH_REASONS[target.fresh], details: { reason: target.fresh } });
		}
		progress.enter('preparing');
		const { paired, afc, signal } = session;
		const info = await createInfoPlist({ paired, afc, now: new Date(context.clock.now()), log: context.log, signal });
		await writeHostFile(target.host, device.udid, 'Info.plist', info);
		await askForBackup(session, target, progress, skippedFiles, context);
		progress.enter('verifying');
		await judgeRun(target, device.udid, signal);
		const { transferredBytes, transferredFiles } = progress;
		const result = await keep(target, { transferredBytes, transferredFiles, skippedFiles, session, startedAt });
		isKept = true;
		return result;
	} finally {
		if (!isKept) {
			await target?.abandon();
		}
		await session.end();
	}
}

async function askForBackup(
	session: DeviceSession,
	place: BackupTarget,
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
async function judgeRun(place: BackupTarget, udid: string, signal: AbortSignal): Promise<void> {
	const failure = place.host.firstFailure;
	if (failure !== undefined) {
		throw failure.code === 'NO_SPACE'
			? hostFull(place, failure)
			: new EngineError('FOLDER_UNUSABLE', `The backup could not be written: ${failure.message}.`, { cause: failure });
	}
	const status = await readHostFile(place.host, udid, 'Status.plist');
	const manifest = await readHostFile(place.host, udid, 'Manifest.plist');
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

function hostFull(place: BackupTarget, cause: unknown): EngineError {
	return new EngineError('HOST_FULL', 'The disk of the backup folder is full.', {
		cause,
		details: { folder: place.place },
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
