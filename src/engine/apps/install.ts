import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as path from 'node:path';
import { MiB } from '../../base/index.ts';
import type { AppInfo, AppPackageInfo, DeviceInfo, GitFacts, InstallResult } from '../../contract/index.ts';
import { AFC_SERVICE, AfcClient, DeviceError, writeFile, type InstallationProgress, type PairedDevice } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import type { SnapshotLibrary } from '../store/library.ts';
import { describeApp, withInstallationProxy, type FoundApp } from './appInfo.ts';
import type { AppPackage } from './appPackage.ts';
import { openAppPackage } from './appPackage.ts';
import { AppProgress } from './appProgress.ts';
import { noteEvent } from './events.ts';
import { judgePackage } from './packageFacts.ts';
import { forEachAtOnce } from './pool.ts';
import { translatedForDevice } from './translated.ts';

/** Where the device looks for what it is to install. Its names are made here: nothing of the package's own names gets there. */
const STAGING_FOLDER = '/PublicStaging';

const READ_BYTES = 1 * MiB;
const FILES_AT_ONCE = 8;

/** A package and the device that it goes to. */
export interface InstallOrder {
	readonly paired: PairedDevice;
	readonly device: DeviceInfo;
	/** An .ipa file or an .app folder. */
	readonly file: string;
	readonly git?: GitFacts | undefined;
}

/**
 * Uploads a package and has the device install it; the data of an app that is there stays. Noted in the device's history.
 * @throws EngineError `PACKAGE_UNUSABLE`, `INSTALL_REFUSED` (details.deviceError, details.deviceText), `DEVICE_FULL`.
 */
export async function installApp(order: InstallOrder, library: SnapshotLibrary, run: JobRun, context: JobContext): Promise<InstallResult> {
	const startedAt = context.clock.now();
	const { paired, device, git } = order;
	const progress = new AppProgress(run, context.clock);
	progress.enter('preparing');
	const app = await openAppPackage(order.file);
	const facts = judgePackage(app, device, startedAt);
	const before = await lookUp(paired, facts.bundleId, run.signal);
	const place = `${STAGING_FOLDER}/devicelab-${randomBytes(8).toString('hex')}${app.kind === 'archive' ? '.ipa' : '.app'}`;
	const afc = new AfcClient(await paired.openService(AFC_SERVICE, { signal: run.signal }));
	try {
		await translatedForDevice(() => upload(afc, app, place, progress, run.signal));
		progress.enter('finishing');
		await askToInstall({ paired, app, facts, place, isUpgrade: before !== undefined }, progress, run.signal);
	} finally {
		await afc.removeAll(place).catch(() => {
			// The device takes the package away when it has installed it; what is left lies in a folder that it clears itself.
		});
		afc.close();
	}
	progress.enter('verifying');
	const installed = await lookUp(paired, facts.bundleId, run.signal);
	if (installed === undefined) {
		throw new EngineError('INSTALL_REFUSED', 'The device said that it had installed the app, and does not list it.', {
			details: { bundleId: facts.bundleId },
		});
	}
	const { version, build, name } = installed.info;
	await noteEvent(library, context, device.udid, 'build-installed', facts.bundleId, {
		...{ name, version, build, beforeVersion: before?.info.version, beforeBuild: before?.info.build },
		...{ commit: git?.commit, branch: git?.branch, dirty: git?.dirty, ciBuild: git?.build },
	});
	return {
		udid: device.udid,
		app: installed.info,
		...present('before', before === undefined ? undefined : versionOf(before.info)),
		uploadedBytes: progress.movedBytes,
		uploadedFiles: progress.movedFiles,
		durationMs: context.clock.now() - startedAt,
	};
}

/** Removes an app with all its data. Noted in the device's history. @throws EngineError `INSTALL_REFUSED`. */
export async function uninstallApp(
	{ paired, device, app }: { readonly paired: PairedDevice; readonly device: DeviceInfo; readonly app: FoundApp },
	library: SnapshotLibrary,
	run: JobRun,
	context: JobContext,
): Promise<AppInfo> {
	const { bundleId, name, version, build } = app.info;
	if (app.info.kind === 'system') {
		throw new EngineError('INSTALL_REFUSED', `${name ?? bundleId} belongs to the system.`, {
			details: { deviceError: 'UninstallProhibited' },
		});
	}
	const progress = new AppProgress(run, context.clock);
	progress.enter('finishing');
	await translatedRefusal(() =>
		withInstallationProxy(paired, run.signal, (proxy) => proxy.uninstall(bundleId, { signal: run.signal, onProgress: tell(progress) })),
	);
	await noteEvent(library, context, device.udid, 'app-removed', bundleId, { name, version, build });
	return app.info;
}

async function upload(
	afc: AfcClient,
	app: AppPackage,
	place: string,
	progress: AppProgress,
	signal: AbortSignal | undefined,
): Promise<void> {
	progress.expect(app.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
	progress.enter('transferring');
	await afc.makeDirectory(app.kind === 'archive' ? STAGING_FOLDER : place, { signal });
	await forEachAtOnce(app.folders, FILES_AT_ONCE, (folder) => afc.makeDirectory(`${place}/${folder}`, { signal }));
	await forEachAtOnce(app.files, FILES_AT_ONCE, async (file) => {
		const source = createReadStream(path.join(app.path, file.path), { highWaterMark: READ_BYTES });
		const target = file.path === '' ? place : `${place}/${file.path}`;
		await writeFile(afc, target, counted(source as AsyncIterable<Uint8Array>, progress), { signal });
		progress.movedFile();
	});
	for (const { path: inside, target } of app.links) {
		await afc.link('symbolic', target, `${place}/${inside}`, { signal });
	}
}

async function* counted(source: AsyncIterable<Uint8Array>, progress: AppProgress): AsyncGenerator<Uint8Array> {
	for await (const chunk of source) {
		yield chunk;
		progress.moved(chunk.length);
	}
}

async function askToInstall(
	request: { paired: PairedDevice; app: AppPackage; facts: AppPackageInfo; place: string; isUpgrade: boolean },
	progress: AppProgress,
	signal: AbortSignal | undefined,
): Promise<void> {
	const { paired, app, facts, place, isUpgrade } = request;
	// The service counts paths from the AFC root, without the slash.
	const packagePath = place.slice(1);
	const options = {
		bundleId: facts.bundleId,
		...(app.kind === 'folder' ? { packageType: 'Developer' as const } : {}),
		...(app.store === undefined ? {} : { sinf: app.store.sinf, iTunesMetadata: app.store.metadata }),
	};
	await translatedRefusal(() =>
		withInstallationProxy(paired, signal, (proxy) =>
			proxy[isUpgrade ? 'upgrade' : 'install'](packagePath, options, { signal, onProgress: tell(progress) }),
		),
	);
}

function tell(progress: AppProgress): (said: InstallationProgress) => void {
	return ({ percent }) => {
		if (percent !== undefined) {
			progress.percent(percent);
		}
	};
}

async function lookUp(paired: PairedDevice, bundleId: string, signal: AbortSignal | undefined): Promise<FoundApp | undefined> {
	const attributes = [
		'bundleId',
		'displayName',
		'bundleName',
		'shortVersion',
		'buildVersion',
		'applicationType',
		'debuggable',
		'signerIdentity',
		'fileSharingEnabled',
	] as const;
	const apps = await withInstallationProxy(paired, signal, (proxy) => proxy.lookup({ bundleIds: [bundleId], attributes }, { signal }));
	const found = apps.find((app) => app.bundleId === bundleId);
	return found === undefined ? undefined : describeApp(found);
}

function versionOf({ version, build }: AppInfo): NonNullable<InstallResult['before']> {
	return { ...present('version', version), ...present('build', build) };
}

/** What the device says no with, as this room's own. */
async function translatedRefusal<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (DeviceError.is(error, 'DEVICE_REFUSED')) {
			const { deviceText, deviceError } = error.details;
			const said = typeof deviceText === 'string' ? deviceText : String(deviceError);
			throw new EngineError('INSTALL_REFUSED', said, { cause: error, details: error.details });
		}
		throw error;
	}
}
