import { createHash } from 'node:crypto';
import { delay } from '../../base/index.ts';
import type { PlistDict } from '../../plist/index.ts';
import { encodeApp } from '../../device/services/installationProxy/messages.ts';
import {
	encodeBrowseBatch,
	encodeInstallationComplete,
	encodeInstallationError,
	encodeInstallationProgress,
	encodeLookupResult,
	readInstallationRequest,
	type ReceivedInstallationRequest,
} from '../../device/services/installationProxy/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import type { VirtualApp } from '../apps.ts';
import { AfcFailure } from './media/nodes.ts';
import type { ServiceContext } from './service.ts';

/** Devices send long lists in parts. */
const APPS_PER_BATCH = 10;
/** Steps of an installation, as a host shows them. */
const INSTALL_STEPS = [
	'CreatingStagingDirectory',
	'ExtractingPackage',
	'InspectingPackage',
	'VerifyingApplication',
	'CreatingContainer',
	'InstallingApplication',
	'GeneratingApplicationMap',
];
const STEP_MS = 5;

type Listing = Extract<ReceivedInstallationRequest, { command: 'browse' | 'lookup' }>;

/** Lists, installs and removes apps. Installed packages are not opened: the app is named after its file. */
export async function serveInstallationProxy(context: ServiceContext): Promise<void> {
	for (;;) {
		const request = readInstallationRequest(await readPlist(context.channel));
		switch (request?.command) {
			case 'browse':
				await browse(context, request);
				break;
			case 'lookup':
				await writePlist(context.channel, lookup(context, request));
				break;
			case 'install':
			case 'upgrade':
				await install(context, request.packagePath);
				break;
			case 'uninstall':
				await uninstall(context, request.bundleId);
				break;
			default:
				await writePlist(context.channel, encodeInstallationError('UnknownCommand', 'This command is not known.'));
		}
	}
}

async function browse({ device, channel }: ServiceContext, request: Listing): Promise<void> {
	const apps = selectApps(device.apps, request);
	for (let index = 0; index < apps.length; index += APPS_PER_BATCH) {
		const batch = apps.slice(index, index + APPS_PER_BATCH).map((app) => describe(app, request.attributes));
		await writePlist(channel, encodeBrowseBatch(batch, index, apps.length));
	}
	await writePlist(channel, encodeInstallationComplete());
}

function lookup({ device }: ServiceContext, request: Listing): PlistDict {
	const found = selectApps(device.apps, request).map((app): [string, PlistDict] => [app.bundleId, describe(app, request.attributes)]);
	return encodeLookupResult(Object.fromEntries(found));
}

function selectApps(apps: readonly VirtualApp[], { applicationType, bundleIds }: Listing): VirtualApp[] {
	return apps.filter(
		(app) =>
			(applicationType === undefined || applicationType === 'Any' || applicationType === app.applicationType) &&
			(bundleIds === undefined || bundleIds.includes(app.bundleId)),
	);
}

function describe(app: VirtualApp, attributes: readonly string[] | undefined): PlistDict {
	const container = uuidLike(app.bundleId);
	const all: PlistDict = {
		...encodeApp({
			bundleId: app.bundleId,
			displayName: app.name,
			bundleName: app.name,
			shortVersion: app.version,
			buildVersion: app.buildVersion,
			applicationType: app.applicationType,
			staticBytes: app.staticBytes,
			dynamicBytes: 0,
			signerIdentity: app.developmentSigned ? 'Apple Development: Lab Developer (FAKE000000)' : 'Apple iPhone OS Application Signing',
			container: `/private/var/mobile/Containers/Data/Application/${container}`,
			path: `/private/var/containers/Bundle/Application/${container}/${app.name.replaceAll('/', '')}.app`,
			isDemoted: false,
			...(app.fileSharing ? { fileSharingEnabled: true } : {}),
			...(app.groupIds.length === 0
				? {}
				: {
						groupContainers: Object.fromEntries(
							app.groupIds.map((id) => [id, `/private/var/mobile/Containers/Shared/AppGroup/${uuidLike(id)}`]),
						),
					}),
			// Licence and purchase are given out by name only.
			...(attributes === undefined ? {} : { sinf: app.sinf, iTunesMetadata: app.iTunesMetadata }),
		}),
		CFBundleExecutable: app.name,
		CFBundlePackageType: 'APPL',
		MinimumOSVersion: '15.0',
		Entitlements: { 'application-identifier': `FAKE000000.${app.bundleId}`, 'get-task-allow': app.developmentSigned },
		...(app.developmentSigned ? { ProfileValidated: true } : {}),
	};
	return attributes === undefined ? all : Object.fromEntries(Object.entries(all).filter(([key]) => attributes.includes(key)));
}

async function install({ device, media, channel }: ServiceContext, packagePath: string): Promise<void> {
	try {
		media.volume().info(packagePath);
	} catch (error) {
		if (!(error instanceof AfcFailure)) {
			throw error;
		}
		await writePlist(channel, encodeInstallationError('PackageInspectionFailed', `There is no package at ${packagePath}.`, -402653081));
		return;
	}
	for (const [index, step] of INSTALL_STEPS.entries()) {
		await writePlist(channel, encodeInstallationProgress(step, Math.floor((100 * index) / INSTALL_STEPS.length)));
		await delay(device.clock, STEP_MS);
	}
	const name = (packagePath.split('/').pop() ?? 'app').replace(/\.(ipa|app)$/i, '').slice(0, 100);
	const bundleId = `com.example.installed.${name.replaceAll(/[^A-Za-z0-9-]/g, '-').toLowerCase()}`;
	if (!device.apps.some((app) => app.bundleId === bundleId)) {
		device.apps.push({
			bundleId,
			name,
			version: '1.0',
			buildVersion: '1',
			applicationType: 'User',
			developmentSigned: true,
			fileSharing: false,
			icon: device.apps[0]?.icon ?? new Uint8Array(0),
			groupIds: [],
			staticBytes: 1_000_000,
		});
		await device.save();
	}
	device.notifications.post('com.apple.mobile.application_installed');
	await writePlist(channel, encodeInstallationComplete());
}

/** Taking away an app that is not there succeeds on devices too. */
async function uninstall({ device, channel }: ServiceContext, bundleId: string): Promise<void> {
	await writePlist(channel, encodeInstallationProgress('RemovingApplication', 50));
	const index = device.apps.findIndex((app) => app.bundleId === bundleId && app.applicationType === 'User');
	if (index !== -1) {
		device.apps.splice(index, 1);
		await device.save();
		device.notifications.post('com.apple.mobile.application_uninstalled');
	}
	await writePlist(channel, encodeInstallationComplete());
}

/** A made-up container name that stays the same for the same text. */
function uuidLike(text: string): string {
	const hex = createHash('sha1').update(text).digest('hex').toUpperCase();
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
