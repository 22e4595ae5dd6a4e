import { delay, errorText, isAbortError } from '../../base/index.ts';
import type { PreflightFinding, RestoreChoices, RestoreResult } from '../../contract/index.ts';
import { DeviceError, writeFile, type AttachedDevice, type DeviceLinkHost } from '../../device/index.ts';
import { encodeXmlPlist, parsePlist } from '../../plist/index.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import { readHostFile } from '../host/hostFiles.ts';
import type { JobContext } from './backUp.ts';
import { DeviceSession } from './deviceSession.ts';
import { applicationsOf } from './hostInfo.ts';
import type { RestorePreflight } from './preflight.ts';
import { ProgressReporter, type JobRun } from './progress.ts';

/** Where the device looks for the apps that it shall download again. Source: docs/protocol.md#restore. */
const APP_LIST_FOLDER = '/iTunesRestore';
const APP_LIST_PATH = `${APP_LIST_FOLDER}/RestoreApplications.plist`;

/** How long a device may take to go down and to come back. A phone with much data is away for minutes. */
const GOES_AWAY_WITHIN_MS = 60_000;
const COMES_BACK_WITHIN_MS = 10 * 60_000;
const LOOK_EVERY_MS = 500;

/** What the device reads in a restore. */
export interface RestoreContent {
	readonly host: DeviceLinkHost;
	/** The folder below the backup root, as the device is told; may be named like another device. */
	readonly folder: string;
	/** For messages. */
	readonly name: string;
}

export interface RestoreRequest {
	readonly device: AttachedDevice;
	readonly source: RestoreContent;
	readonly choices: RestoreChoices;
	readonly password: string | undefined;
	readonly preflight: RestorePreflight;
	/** Looks whether the device is attached, for following its restart. */
	readonly findAgain: () => Promise<AttachedDevice | undefined>;
}

/** @throws EngineError with the code of the first refusal, all of them in details.findings. */
export function refuseIfForbidden(findings: readonly PreflightFinding[]): void {
	const [first, ...others] = findings.filter((finding) => finding.severity === 'refusal');
	if (first !== undefined) {
		const details = { ...first.details, findings: [first, ...others] };
		throw new EngineError(first.code as EngineErrorCode, first.message, { details });
	}
}

/**
 * Restores a backup onto a device whose preflight was passed. The backup is only read.
 *
 * @throws DeviceError, EngineError, AbortError. A link that is lost after everything was sent is the device restarting, and success.
 */
export async function restoreDevice(request: RestoreRequest, run: JobRun, context: JobContext): Promise<RestoreResult> {
	const { device, source, choices } = request;
	const startedAt = context.clock.now();
	const progress = new ProgressReporter(run, context.clock);
	progress.enter('connecting');
	if (request.preflight.target.udid !== device.udid) {
		throw new EngineError('WRONG_USE', 'The device is not the one that was checked.');
	}
	const session = await DeviceSession.open(device, {
		...context,
		signal: run.signal,
		onPasscodePrompt: (isShown) => progress.passcodePrompt(isShown),
	});
	let appListWritten = false;
	try {
		await session.takeSyncLock();
		progress.enter('preparing');
		appListWritten = choices.reinstallApps && (await writeAppList(session, source));
		await sendBackup(request, session, progress, context);
		progress.enter('finishing');
	} catch (error) {
		if (appListWritten) {
			await session.afc
				.removeAll(APP_LIST_FOLDER)
				.catch((cause: unknown) => context.log.warn(`The list of apps stays on the device: ${errorText(cause)}`));
		}
		throw error;
	} finally {
		await session.end();
	}
	return {
		udid: device.udid,
		path: source.name,
		transferredBytes: progress.transferredBytes,
		transferredFiles: progress.transferredFiles,
		restart: choices.reboot ? await followRestart(request, run, progress, context) : 'not-asked',
		durationMs: context.clock.now() - startedAt,
	};
}

async function sendBackup(request: RestoreRequest, session: DeviceSession, progress: ProgressReporter, { log }: JobContext): Promise<void> {
	const { device, source, choices, password } = request;
	const options = {
		restoreSystemFiles: choices.systemFiles,
		preserveSettings: choices.keepSettings,
		removeItemsNotRestored: choices.removeOthers,
		preserveCameraRoll: choices.keepCameraRoll,
		reboot: choices.reboot,
		copyBackup: choices.copyFirst,
		password: request.preflight.backup.encrypted ? password : undefined,
	};
	try {
		await session.backup.restore(device.udid, source.folder, options, {
			host: source.host,
			signal: session.signal,
			log,
			onProgress: (state) => progress.link(state, 'sending'),
			onFileProblem: (file, text) =>
				progress.notice({ code: 'FILE_SKIPPED', message: 'A file could not be sent.', details: { path: file, text } }),
		});
	} catch (error) {
		const isRestarting = DeviceError.is(error, 'CONNECTION_LOST') && choices.reboot && (progress.percent ?? 0) >= 100;
		if (!isRestarting) {
			throw error;
		}
		log.info('The device cut the link after it had received everything; it is restarting.');
	}
}

/** @returns whether there was a list to write. A device that refuses it would come back without its apps, so that ends the restore. */
async function writeAppList(session: DeviceSession, source: RestoreContent): Promise<boolean> {
	const bytes = await readHostFile(source.host, source.folder, 'Info.plist');
	const applications = bytes === undefined ? undefined : applicationsOf(parsePlist(bytes));
	if (applications === undefined) {
		return false;
	}
	await session.afc.makeDirectory(APP_LIST_FOLDER, session);
	await writeFile(session.afc, APP_LIST_PATH, encodeXmlPlist(applications), session);
	return true;
}

/** Waits for the device to go and to come back. Giving up the wait changes nothing: the restore is done. */
async function followRestart(
	{ device, findAgain }: RestoreRequest,
	run: JobRun,
	progress: ProgressReporter,
	{ clock }: JobContext,
): Promise<RestoreResult['restart']> {
	progress.enter('restarting');
	const before = new Set(device.attachments.map((each) => each.muxDeviceId));
	const startedAt = clock.now();
	let isAway = false;
	while (run.signal?.aborted !== true) {
		const found = await findAgain().catch((error: unknown) => {
			if (isAbortError(error) || DeviceError.is(error)) {
				return undefined;
			}
			throw error;
		});
		if (found !== undefined && !found.attachments.some((each) => before.has(each.muxDeviceId))) {
			return 'restarted';
		}
		isAway ||= found === undefined;
		if (clock.now() - startedAt > (isAway ? COMES_BACK_WITHIN_MS : GOES_AWAY_WITHIN_MS)) {
			break;
		}
		await delay(clock, LOOK_EVERY_MS);
	}
	return 'restarting';
}
