import { delay, errorText } from '../../base/index.ts';
import type { PlistDict } from '../../plist/index.ts';
import {
	encodeDiagnosticsFailure,
	encodeDiagnosticsSuccess,
	encodeGestaltAnswer,
	GESTALT_PASSWORD_CONFIGURED,
	readDiagnosticsRequest,
} from '../../device/services/diagnosticsRelay/messages.ts';
import { encodeHeartbeat } from '../../device/services/heartbeat/messages.ts';
import { encodeIconAnswer, readSpringboardRequest } from '../../device/services/springboardServices/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import type { ServiceContext } from './service.ts';

/** How long a device takes from accepting a restart to going down, so that the answer arrives. */
const RESTART_DELAY_MS = 100;
const HEARTBEAT_SECONDS = 10;

/** Restart, MobileGestalt and the polite end. Shutting down is a restart here: nobody could press the button. */
export async function serveDiagnosticsRelay({ device, channel }: ServiceContext): Promise<void> {
	let restartsWhenLeft = false;
	const restart = (): void => {
		device.reboot().catch((error: unknown) => device.log.error(`A restart failed: ${errorText(error)}`));
	};
	try {
		for (;;) {
			const request = readDiagnosticsRequest(await readPlist(channel));
			switch (request?.request) {
				case 'restart':
				case 'shutdown':
					await writePlist(channel, encodeDiagnosticsSuccess());
					restartsWhenLeft = request.waitForDisconnect;
					if (!restartsWhenLeft) {
						await delay(device.clock, RESTART_DELAY_MS);
						restart();
						return;
					}
					break;
				case 'mobileGestalt':
					await writePlist(channel, encodeGestaltAnswer(gestalt(device, request.keys)));
					break;
				case 'sleep':
					await writePlist(channel, encodeDiagnosticsSuccess());
					break;
				case 'goodbye':
					await writePlist(channel, encodeDiagnosticsSuccess());
					return;
				default:
					await writePlist(channel, encodeDiagnosticsFailure('UnknownRequest'));
			}
		}
	} finally {
		if (restartsWhenLeft) {
			await delay(device.clock, RESTART_DELAY_MS);
			restart();
		}
	}
}

/** iOS 17.4 and later no longer answer questions about MobileGestalt. */
function gestalt(device: VirtualDevice, keys: readonly string[]): PlistDict | 'deprecated' {
	const [major = 0, minor = 0] = device.identity.iosVersion.split('.').map(Number);
	if (major > 17 || (major === 17 && minor >= 4)) {
		return 'deprecated';
	}
	const values: PlistDict = {
		[GESTALT_PASSWORD_CONFIGURED]: device.settings.passcode !== 'none',
		ProductType: device.identity.productType,
		ProductVersion: device.identity.iosVersion,
		UniqueDeviceID: device.identity.udid,
	};
	return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}

/** Icons of apps; other commands get an empty answer. */
export async function serveSpringboard({ device, channel }: ServiceContext): Promise<void> {
	for (;;) {
		const request = readSpringboardRequest(await readPlist(channel));
		const app = request?.command === 'iconPng' ? device.apps.find((one) => one.bundleId === request.bundleId) : undefined;
		await writePlist(channel, app === undefined ? {} : encodeIconAnswer(app.icon));
	}
}

/** Asks at intervals, and expects an answer to each question. */
export async function serveHeartbeat({ device, channel }: ServiceContext): Promise<void> {
	for (;;) {
		await writePlist(channel, encodeHeartbeat({ kind: 'marco', intervalSeconds: HEARTBEAT_SECONDS }));
		await readPlist(channel);
		await delay(device.clock, HEARTBEAT_SECONDS * 1000);
		if (channel.closed) {
			return;
		}
	}
}
