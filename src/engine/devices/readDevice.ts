import { errorText, type Logger } from '../../base/index.ts';
import type { DeviceInfo, TrustState } from '../../contract/index.ts';
import {
	DeviceError,
	findPairRecord,
	formatMuxAddress,
	PairedDevice,
	transportOf,
	withLockdown,
	type AttachedDevice,
	type LockdownClient,
	type ReadOptions,
} from '../../device/index.ts';
import { getBoolean, getNumber, getString, isDict, type PlistDict } from '../../plist/index.ts';
import { known, present } from '../known.ts';
import { modelName } from './models.ts';

/** A device in a list must not hold up the others. */
const READ_TIMEOUT_MS = 15_000;

/**
 * What a device says of itself now: all of it when this host is paired, the little that it tells strangers otherwise.
 * Never throws for what one device does; a device that went away in between shows its UDID only.
 */
export async function readDevice(device: AttachedDevice, log: Logger, options: ReadOptions = {}): Promise<DeviceInfo> {
	const reading = { timeoutMs: READ_TIMEOUT_MS, ...options };
	try {
		const record = await findPairRecord(device, reading);
		if (record === undefined) {
			return await readStranger(device, 'not-paired', reading);
		}
		const paired = new PairedDevice(device, record);
		return await paired.withSession((lockdown) => readPaired(device, lockdown, reading), reading);
	} catch (error) {
		options.signal?.throwIfAborted();
		log.debug(`The device could not be read whole: ${errorText(error)}`);
		const trust: TrustState = DeviceError.is(error, 'PAIR_RECORD_STALE', 'CERTIFICATE_MISMATCH') ? 'stale' : 'paired';
		const locked = DeviceError.is(error, 'DEVICE_LOCKED') ? { locked: true } : {};
		return readStranger(device, trust, reading).then(
			(info) => ({ ...info, ...locked }),
			() => ({ ...attachment(device, trust), ...locked }),
		);
	}
}

/** The values of a domain that a session gives out, by their wire names: for Info.plist and for the card of a device. */
export async function readDomain(lockdown: LockdownClient, domain: string | undefined, options: ReadOptions = {}): Promise<PlistDict> {
	const value = await lockdown.getValue(domain, undefined, options);
	return isDict(value) ? value : {};
}

async function readStranger(device: AttachedDevice, trust: TrustState, options: ReadOptions): Promise<DeviceInfo> {
	const values = await withLockdown(device, (lockdown) => readDomain(lockdown, undefined, options), options);
	return { ...attachment(device, trust), ...identity(values) };
}

async function readPaired(device: AttachedDevice, lockdown: LockdownClient, options: ReadOptions): Promise<DeviceInfo> {
	const values = await readDomain(lockdown, undefined, options);
	const battery = await readDomain(lockdown, 'com.apple.mobile.battery', options);
	const disk = await readDomain(lockdown, 'com.apple.disk_usage', options);
	const wireless = await readDomain(lockdown, 'com.apple.mobile.wireless_lockdown', options);
	const backup = await readDomain(lockdown, 'com.apple.mobile.backup', options);
	const findMy = await readDomain(lockdown, 'com.apple.fmip', options);
	const management = await readDomain(lockdown, 'com.apple.mobile.chaperone', options);
	return {
		...attachment(device, 'paired'),
		...identity(values),
		...present('locked', getBoolean(values, 'PasswordProtected')),
		...present('batteryPercent', getNumber(battery, 'BatteryCurrentCapacity')),
		...present('charging', getBoolean(battery, 'BatteryIsCharging')),
		...present('onPower', getBoolean(battery, 'ExternalConnected')),
		...present('totalBytes', getNumber(disk, 'TotalDiskCapacity') ?? getNumber(disk, 'TotalDataCapacity')),
		...present('freeBytes', getNumber(disk, 'AmountDataAvailable') ?? getNumber(disk, 'TotalDataAvailable')),
		// The one key of its domain that devices leave out while it is off.
		encryption: getBoolean(backup, 'WillEncrypt') === true ? 'on' : 'off',
		findMy: known(getBoolean(findMy, 'IsAssociated')),
		supervised: known(getBoolean(management, 'DeviceIsChaperoned')),
		wifiSync: known(getBoolean(wireless, 'EnableWifiConnections')),
	};
}

function attachment(device: AttachedDevice, trust: TrustState): DeviceInfo {
	return {
		udid: device.udid,
		transport: transportOf(device),
		transports: [...new Set(device.attachments.map((each) => each.transport))],
		muxer: formatMuxAddress(device.attachments[0].mux.address),
		trust,
		encryption: 'unknown',
		findMy: 'unknown',
		supervised: 'unknown',
		wifiSync: 'unknown',
	};
}

function identity(values: PlistDict): Partial<DeviceInfo> {
	const productType = getString(values, 'ProductType');
	return {
		...present('name', getString(values, 'DeviceName')),
		...present('productType', productType),
		...present('model', productType === undefined ? undefined : modelName(productType)),
		...present('iosVersion', getString(values, 'ProductVersion')),
		...present('buildVersion', getString(values, 'BuildVersion')),
	};
}
