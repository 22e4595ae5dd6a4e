import type { AppPackageInfo, DeviceInfo } from '../../contract/index.ts';
import { getArray, getBoolean, getDate, getDict, getString, isDict, parsePlist, type PlistDict } from '../../plist/index.ts';
import { EngineError } from '../errors.ts';
import { compareVersions } from '../jobs/preflight.ts';
import { present } from '../known.ts';
import type { AppPackage } from './appPackage.ts';

/**
 * Reads what a package says of itself, and refuses before anything is uploaded what the device would refuse afterwards.
 * @throws EngineError `PACKAGE_UNUSABLE`; `INSTALL_REFUSED` with the error that the device would give; `DEVICE_FULL`.
 */
export function judgePackage(app: AppPackage, device: DeviceInfo, nowMs: number): AppPackageInfo {
	const { info, profile, facts } = read(app);
	judgeFit(info, device);
	judgeProfile(profile, app, device.udid, nowMs);
	if (device.freeBytes !== undefined && app.contentBytes > device.freeBytes) {
		throw new EngineError('DEVICE_FULL', 'There is not enough free space on the device.', {
			details: { neededBytes: app.contentBytes, freeBytes: device.freeBytes },
		});
	}
	return facts;
}

/** Reads what a package says of itself. @throws EngineError `PACKAGE_UNUSABLE`. */
export function packageFacts(app: AppPackage): AppPackageInfo {
	return read(app).facts;
}

function read(app: AppPackage): { readonly info: PlistDict; readonly profile: PlistDict | undefined; readonly facts: AppPackageInfo } {
	const info = dictFrom(app.infoPlist);
	const bundleId = info === undefined ? undefined : getString(info, 'CFBundleIdentifier');
	if (info === undefined || bundleId === undefined || !/^[A-Za-z0-9._-]{1,255}$/.test(bundleId)) {
		throw new EngineError('PACKAGE_UNUSABLE', `${app.bundleName} has no Info.plist with a bundle identifier.`, {
			details: { path: app.path },
		});
	}
	const profile = app.profile === undefined ? undefined : profileFrom(app.profile);
	const facts = {
		bundleId,
		...present('name', getString(info, 'CFBundleDisplayName') ?? getString(info, 'CFBundleName')),
		...present('version', getString(info, 'CFBundleShortVersionString')),
		...present('build', getString(info, 'CFBundleVersion')),
		debuggable: getBoolean(getDict(profile, 'Entitlements'), 'get-task-allow') === true,
	};
	return { info, profile, facts };
}

function judgeFit(info: PlistDict, { iosVersion }: DeviceInfo): void {
	const platforms = getArray(info, 'CFBundleSupportedPlatforms');
	if (platforms !== undefined && !platforms.includes('iPhoneOS')) {
		throw refused('IncorrectArchitecture', `The app is built for ${platforms.map(String).join(', ').slice(0, 100)}, not for devices.`);
	}
	const least = getString(info, 'MinimumOSVersion');
	if (least !== undefined && iosVersion !== undefined && compareVersions(iosVersion, least) < 0) {
		throw refused('DeviceOSVersionTooLow', `The app needs iOS ${least}, the device runs ${iosVersion}.`);
	}
}

/** The numbers are those that devices print for the same findings. Source: docs/protocol.md#installation-proxy. */
function judgeProfile(profile: PlistDict | undefined, app: AppPackage, udid: string, nowMs: number): void {
	if (profile === undefined) {
		if (app.store === undefined) {
			throw refused('ApplicationVerificationFailed', `${app.bundleName} has no provisioning profile (0xe8008015).`);
		}
		return;
	}
	const expiresAt = getDate(profile, 'ExpirationDate');
	if (expiresAt !== undefined && expiresAt.getTime() < nowMs) {
		throw refused(
			'ApplicationVerificationFailed',
			`The provisioning profile expired on ${expiresAt.toISOString().slice(0, 10)} (0xe8008018).`,
		);
	}
	const devices = getArray(profile, 'ProvisionedDevices');
	if (devices !== undefined && !devices.some((one) => typeof one === 'string' && plain(one) === plain(udid))) {
		throw refused(
			'ApplicationVerificationFailed',
			`The provisioning profile names ${devices.length === 1 ? '1 device' : `${devices.length} devices`}, and not this one (0xe8008012).`,
		);
	}
}

function plain(udid: string): string {
	return udid.replaceAll('-', '').toLowerCase();
}

/** A profile is a signed envelope around a property list. Who signed it is the device's to judge. */
function profileFrom(envelope: Uint8Array): PlistDict | undefined {
	const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length);
	const start = bytes.indexOf('<?xml');
	const end = bytes.indexOf('</plist>');
	return start < 0 || end < start ? undefined : dictFrom(bytes.subarray(start, end + '</plist>'.length));
}

function dictFrom(bytes: Uint8Array): PlistDict | undefined {
	try {
		const value: unknown = parsePlist(bytes);
		return isDict(value) ? value : undefined;
	} catch {
		// What is no property list counts as none; what is missing in it is told by the caller.
		return undefined;
	}
}

function refused(deviceError: string, message: string): EngineError {
	return new EngineError('INSTALL_REFUSED', message, { details: { deviceError, deviceText: message, foundBefore: true } });
}
