import { createHash } from 'node:crypto';
import type { PlistDict } from '../../plist/index.ts';
import { ATTRIBUTE_KEYS, encodeApp } from '../../device/services/installationProxy/messages.ts';
import {
	encodeBrowseBatch,
	encodeInstallationComplete,
	encodeInstallationError,
	encodeLookupResult,
	readInstallationRequest,
	type ReceivedInstallationRequest,
} from '../../device/services/installationProxy/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import { executableOf, type VirtualApp } from '../apps.ts';
import { install, uninstall } from './packages/install.ts';
import { teamOf } from './packages/inspect.ts';
import type { DeviceMedia } from './media/media.ts';
import type { ServiceContext } from './service.ts';

/** Devices send long lists in parts. */
const APPS_PER_BATCH = 10;
type Listing = Extract<ReceivedInstallationRequest, { command: 'browse' | 'lookup' }>;

/** Lists, installs and removes apps. */
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
				await install(context, request.packagePath, request.command);
				break;
			case 'uninstall':
				await uninstall(context, request.bundleId);
				break;
			default:
				await writePlist(context.channel, encodeInstallationError('UnknownCommand', 'This command is not known.'));
		}
	}
}

async function browse({ device, media, channel }: ServiceContext, request: Listing): Promise<void> {
	const apps = selectApps(device.apps, request);
	for (let index = 0; index < apps.length; index += APPS_PER_BATCH) {
		const batch = apps.slice(index, index + APPS_PER_BATCH).map((app) => describe(app, request.attributes, media));
		await writePlist(channel, encodeBrowseBatch(batch, index, apps.length));
	}
	await writePlist(channel, encodeInstallationComplete());
}

function lookup({ device, media }: ServiceContext, request: Listing): PlistDict {
	const found = selectApps(device.apps, request).map((app): [string, PlistDict] => [
		app.bundleId,
		describe(app, request.attributes, media),
	]);
	return encodeLookupResult(Object.fromEntries(found));
}

function selectApps(apps: readonly VirtualApp[], { applicationType, bundleIds }: Listing): VirtualApp[] {
	return apps.filter(
		(app) =>
			(applicationType === undefined || applicationType === 'Any' || applicationType === app.applicationType) &&
			(bundleIds === undefined || bundleIds.includes(app.bundleId)),
	);
}

function describe(app: VirtualApp, attributes: readonly string[] | undefined, media: DeviceMedia): PlistDict {
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
			// Adding up a container takes as long here as there: only who asks waits for it.
			...(attributes?.includes(ATTRIBUTE_KEYS.dynamicBytes) === true ? { dynamicBytes: media.containers.sizeBytes(app.bundleId) } : {}),
			signerIdentity: app.developmentSigned ? 'Apple Development: Lab Developer (FAKE000000)' : 'Apple iPhone OS Application Signing',
			container: `/private/var/mobile/Containers/Data/Application/${container}`,
			path: `/private/var/containers/Bundle/Application/${container}/${app.name.replaceAll('/', '')}.app`,
			isDemoted: false,
			executable: executableOf(app),
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
		CFBundlePackageType: 'APPL',
		MinimumOSVersion: '15.0',
		Entitlements: { 'application-identifier': `${teamOf(app)}.${app.bundleId}`, 'get-task-allow': app.developmentSigned },
		...(app.developmentSigned ? { ProfileValidated: true } : {}),
	};
	return attributes === undefined ? all : Object.fromEntries(Object.entries(all).filter(([key]) => attributes.includes(key)));
}

/** A made-up container name that stays the same for the same text. */
function uuidLike(text: string): string {
	const hex = createHash('sha1').update(text).digest('hex').toUpperCase();
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
