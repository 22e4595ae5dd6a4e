import type { DeviceInfo } from '../../contract/index.ts';
import type { AttachedDevice } from '../../device/index.ts';
import { EngineError } from '../errors.ts';

/**
 * The attached device that a person means: by its UDID, by a prefix of it that fits only one, or by its name. Case and the dash of a UDID do not
 * count.
 *
 * @param name - asks a device for its name, undefined when it does not say it in time; only used when no UDID fits.
 * @throws EngineError `DEVICE_NOT_FOUND` - details.nameless are UDIDs of those that did not say their names; `DEVICE_AMBIGUOUS` - details.candidates are UDIDs.
 */
export async function selectDevice(
	selector: string,
	devices: readonly AttachedDevice[],
	name: (device: AttachedDevice) => Promise<DeviceInfo['name']>,
): Promise<AttachedDevice> {
	const wanted = plain(selector);
	const exact = devices.find((device) => plain(device.udid) === wanted);
	if (exact !== undefined) {
		return exact;
	}
	const names = await Promise.all(devices.map(async (device) => ({ device, name: await name(device) })));
	const byName = names.filter((each) => each.name?.toLowerCase() === selector.toLowerCase()).map((each) => each.device);
	const byPrefix = wanted.length >= 2 ? devices.filter((device) => plain(device.udid).startsWith(wanted)) : [];
	// A name wins over a prefix: who calls a phone "00" means it.
	const found = byName.length > 0 ? byName : byPrefix;
	if (found.length > 1) {
		const candidates = found.map((device) => device.udid);
		throw new EngineError('DEVICE_AMBIGUOUS', `"${selector}" fits ${found.length} devices: ${candidates.join(', ')}.`, {
			details: { selector, candidates },
		});
	}
	const only = found[0];
	if (only === undefined) {
		const nameless = names.filter((each) => each.name === undefined).map((each) => each.device.udid);
		throw new EngineError('DEVICE_NOT_FOUND', `No attached device is called "${selector}" or has a UDID that begins so.`, {
			details: {
				selector,
				attached: devices.map((device) => device.udid),
				...(nameless.length === 0 ? {} : { nameless }),
			},
		});
	}
	return only;
}

function plain(text: string): string {
	return text.toLowerCase().replaceAll('-', '');
}
