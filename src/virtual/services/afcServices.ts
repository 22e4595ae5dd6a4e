import type { AfcDeviceInfo } from '../../device/afc/fileInfo/messages.ts';
import { encodeVendReply, readVendRequest, type VendRequest } from '../../device/services/houseArrest/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import { serveAfc } from './afc/server.ts';
import type { ServiceContext } from './service.ts';

/** The media folder. */
export function serveMediaAfc({ device, media, channel }: ServiceContext): Promise<void> {
	return serveAfc(channel, media.volume(), () => deviceInfoOf(device));
}

/** One request for an app's container, and AFC in it from then on. */
export async function serveHouseArrest({ device, media, channel }: ServiceContext): Promise<void> {
	const request = readVendRequest(await readPlist(channel));
	const error = request === undefined ? 'InvalidCommand' : refusalOf(device, request);
	if (request === undefined || error !== undefined) {
		await writePlist(channel, encodeVendReply({ kind: 'refused', error: error ?? 'InvalidCommand' }));
		return;
	}
	await writePlist(channel, encodeVendReply({ kind: 'granted' }));
	try {
		await serveAfc(channel, media.container(request.bundleId, request.target), () => deviceInfoOf(device));
	} finally {
		if (media.containers.settle(request.bundleId)) {
			await device.save();
		}
	}
}

/** Apps from the App Store show their documents when they say so, and nothing else to anybody. */
function refusalOf(device: VirtualDevice, { bundleId, target }: VendRequest): string | undefined {
	const app = device.apps.find((one) => one.bundleId === bundleId);
	if (app === undefined) {
		return 'ApplicationLookupFailed';
	}
	const isAllowed = app.developmentSigned || (target === 'documents' && app.fileSharing);
	return isAllowed ? undefined : 'InstallationLookupFailed';
}

function deviceInfoOf(device: VirtualDevice): AfcDeviceInfo {
	const { totalBytes, freeBytes } = device.settings;
	return { model: device.identity.productType, totalBytes, freeBytes, blockBytes: 4096 };
}
