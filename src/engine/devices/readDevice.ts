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

/** Before a device is worked with it may take its time: it may be waking up. */
const READ_WITHIN_MS = 15_000;

/**
 * What a device says of itself now: all of it when this host is paired, the little that it tells strangers otherwise.
 * Never throws for what one device does; a device that went away in between shows its UDID only, and so does one that does not answer.
 *
 * @param options.timeoutMs - for all of it together.
 */
export async function readDevice(device: AttachedDevice, log: Logger, options: ReadOptions = {}): Promise<DeviceInfo> {
	return (await tryReadDevice(device, log, options)).info;
}

/**
 * The same for a device that is about to be worked with.
 * @throws DeviceError `TIMED_OUT`, `DEVICE_NOT_FOUND` and others - it says nothing of itself, so work would only fail later.
 */
export async function readDeviceForWork(device: AttachedDevice, log: Logger, options: ReadOptions = {}): Promise<DeviceInfo> {
	const { info, failure } = await tryReadDevice(device, log, options);
	if (failure !== undefined) {
		throw failure;
	}
	return info;
}

async function tryReadDevice(
	device: AttachedDevice,
	log: Logger,
	options: ReadOptions,
): Promise<{ readonly info: DeviceInfo; readonly failure?: Error }> {
	const reading = within(options);
	const known: { trust: TrustState; locked?: boolean } = { trust: 'paired' };
	const failed = (error: unknown): void => {
		options.signal?.throwIfAborted();
		log.debug(`The device could not be read whole: ${errorText(error)}`);
	};
	try {
		const record = await findPairRecord(device, reading);
		if (record === undefined) {
			known.trust = 'not-paired';
		} else {
			const paired = new PairedDevice(device, record);
			return { info: await paired.withSession((lockdown) => readPaired(device, lockdown, reading), reading) };
		}
	} catch (error) {
		failed(error);
		if (DeviceError.is(error, 'PAIR_RECORD_STALE', 'CERTIFICATE_MISMATCH')) {
			known.trust = 'stale';
		}
		if (DeviceError.is(error, 'DEVICE_LOCKED')) {
			known.locked = true;
		}
	}
	try {
		return { info: { ...(await readStranger(device, known.trust, reading)), ...known } };
	} catch (error) {
		failed(error);
		const isGone = DeviceError.is(error, 'DEVICE_NOT_FOUND', 'MUX_UNAVAILABLE');
		const failure = DeviceError.is(error)
			? error
			: new DeviceError('TIMED_OUT', 'The device does not answer.', { details: { udid: device.udid }, cause: error });
		return { info: { ...attachment(device, known.trust), ...known, ...(isGone ? {} : { answer: 'none' }) }, failure };
	}
}

/** What a device is called, also without trust. @returns undefined where it does not say so in time. */
export async function readDeviceName(device: AttachedDevice, options: ReadOptions): Promise<string | undefined> {
	const reading = within(options);
	try {
		const name = await withLockdown(device, (lockdown) => lockdown.getValue(undefined, 'DeviceName', reading), reading);
		return typeof name === 'string' ? name : undefined;
	} catch {
		// One that is gone, or hangs, is none that could be meant.
		options.signal?.throwIfAborted();
		return undefined;
	}
}

/** A device that has been asked and has not answered yet; its trust is not known then, and taken for the usual. */
export function awaitedDevice(device: AttachedDevice): DeviceInfo {
	return { ...attachment(device, 'paired'), answer: 'awaited' };
}

/** The values of a domain that a session gives out, by their wire names: for Info.plist and for the card of a device. */
export async function readDomain(lockdown: LockdownClient, domain: string | undefined, options: ReadOptions = {}): Promise<PlistDict> {
	const value = await lockdown.getValue(domain, undefined, options);
	return isDict(value) ? value : {};
}

/** One deadline for several requests: each alone could take as long as all may. */
function within({ signal, timeoutMs = READ_WITHIN_MS }: ReadOptions): ReadOptions {
	const late = AbortSignal.timeout(timeoutMs);
	return { timeoutMs, signal: signal === undefined ? late : AbortSignal.any([signal, late]) };
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
