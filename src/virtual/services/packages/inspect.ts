import { getArray, getBoolean, getDate, getDict, getString, isDict, parsePlist, PlistError, type PlistDict } from '../../../plist/index.ts';
import type { VirtualApp } from '../../apps.ts';
import type { VirtualDevice } from '../../device.ts';
import { InstallFailure, type BundleFiles } from './package.ts';

/** What the signature check says; the numbers are those that iOS prints. Source: docs/protocol.md#installation-proxy. */
const SIGNATURE = {
	noProfile: ['0xe8008015', 'A valid provisioning profile for this executable was not found.'],
	otherDevices: ['0xe8008012', 'This provisioning profile cannot be installed on this device.'],
	wrongEntitlements: ['0xe8008016', 'The executable was signed with invalid entitlements.'],
	expired: ['0xe8008018', 'The identity used to sign the executable is no longer valid.'],
} as const;

/** Family numbers of `UIDeviceFamily`. */
const IPHONE = 1;
const IPAD = 2;

/** Looks at a package as a device does before it installs it. @throws InstallFailure with the service's own error. */
export function inspect(bundle: BundleFiles, device: VirtualDevice): Omit<VirtualApp, 'icon' | 'groupIds'> {
	const info = plistIn(bundle, 'Info.plist');
	const bundleId = info === undefined ? undefined : getString(info, 'CFBundleIdentifier');
	if (info === undefined || bundleId === undefined || !/^[A-Za-z0-9.-]{1,155}$/.test(bundleId)) {
		throw new InstallFailure('PackageInspectionFailed', 'The package has no Info.plist with a bundle identifier.');
	}
	const executable = getString(info, 'CFBundleExecutable');
	if (executable === undefined || executable.includes('/') || bundle.read(executable) === undefined) {
		throw new InstallFailure('PackageInspectionFailed', `The bundle has no executable called ${String(executable)}.`);
	}
	checkFit(info, device);
	const signature = readSignature(bundle, bundleId, device);
	const installed = device.apps.find((app) => app.bundleId === bundleId);
	if (installed !== undefined && teamOf(installed) !== signature.team) {
		throw new InstallFailure(
			'MismatchedApplicationIdentifierEntitlement',
			`Upgrade's application-identifier entitlement string (${signature.team}.${bundleId}) does not match installed application's application-identifier string (${teamOf(installed)}.${bundleId}); rejecting upgrade.`,
		);
	}
	return {
		bundleId,
		name: getString(info, 'CFBundleDisplayName') ?? getString(info, 'CFBundleName') ?? bundle.name.replace(/\.app$/, ''),
		version: getString(info, 'CFBundleShortVersionString') ?? '1.0',
		buildVersion: getString(info, 'CFBundleVersion') ?? '1',
		applicationType: 'User',
		developmentSigned: signature.development,
		fileSharing: getBoolean(info, 'UIFileSharingEnabled') === true,
		staticBytes: bundle.sizeBytes,
		team: signature.team,
		executable,
	};
}

/** The team that an app is signed by. */
export function teamOf(app: VirtualApp): string {
	return app.team ?? (app.developmentSigned ? 'FAKE000000' : 'FAKESTORE0');
}

function checkFit(info: PlistDict, device: VirtualDevice): void {
	const platforms = getArray(info, 'CFBundleSupportedPlatforms');
	if (platforms !== undefined && !platforms.includes('iPhoneOS')) {
		throw new InstallFailure('IncorrectArchitecture', 'The app is built for another platform.');
	}
	const least = getString(info, 'MinimumOSVersion');
	const { iosVersion, productType } = device.identity;
	if (least !== undefined && isOlder(iosVersion, least)) {
		throw new InstallFailure('DeviceOSVersionTooLow', `The system version is lower than the minimum OS version: ${iosVersion} < ${least}.`);
	}
	const families = getArray(info, 'UIDeviceFamily');
	const own = productType.startsWith('iPad') ? [IPAD, IPHONE] : [IPHONE];
	if (families !== undefined && !own.some((family) => families.some((one) => Number(one) === family))) {
		throw new InstallFailure('DeviceFamilyNotSupported', 'This app does not support this kind of device.');
	}
}

function readSignature(bundle: BundleFiles, bundleId: string, device: VirtualDevice): { development: boolean; team: string } {
	const envelope = bundle.read('embedded.mobileprovision');
	if (envelope === undefined) {
		if (bundle.hasLicence) {
			return { development: false, team: 'FAKESTORE0' };
		}
		throw notVerified('noProfile', bundle.name);
	}
	// A profile is a property list within a signature; the signature itself is not looked at here.
	const text = new TextDecoder('latin1').decode(envelope);
	const start = text.indexOf('<?xml');
	const end = text.indexOf('</plist>');
	const profile = start < 0 || end < start ? undefined : dictFrom(envelope.subarray(start, end + '</plist>'.length));
	if (profile === undefined) {
		throw notVerified('noProfile', bundle.name);
	}
	const expiresAt = getDate(profile, 'ExpirationDate');
	if (expiresAt !== undefined && expiresAt.getTime() < device.clock.now()) {
		throw notVerified('expired', bundle.name);
	}
	const devices = getArray(profile, 'ProvisionedDevices');
	if (devices !== undefined && !devices.includes(device.udid)) {
		throw notVerified('otherDevices', bundle.name);
	}
	const entitlements = getDict(profile, 'Entitlements') ?? {};
	const [team = '', ...rest] = (getString(entitlements, 'application-identifier') ?? '').split('.');
	const allowed = rest.join('.');
	if (team === '' || !(allowed === bundleId || (allowed.endsWith('*') && bundleId.startsWith(allowed.slice(0, -1))))) {
		throw notVerified('wrongEntitlements', bundle.name);
	}
	return { development: getBoolean(entitlements, 'get-task-allow') === true, team };
}

function notVerified(kind: keyof typeof SIGNATURE, name: string): InstallFailure {
	const [code, text] = SIGNATURE[kind];
	const what = kind === 'otherDevices' ? `Failed to install embedded profile for ${name}` : `Failed to verify code signature of ${name}`;
	return new InstallFailure('ApplicationVerificationFailed', `${what} : ${code} (${text})`, Number(code) - 2 ** 32);
}

function plistIn(bundle: BundleFiles, path: string): PlistDict | undefined {
	const bytes = bundle.read(path);
	return bytes === undefined ? undefined : dictFrom(bytes);
}

/** What is no dictionary, or no property list at all, counts as none. */
function dictFrom(bytes: Uint8Array): PlistDict | undefined {
	try {
		const value: unknown = parsePlist(bytes);
		return isDict(value) ? value : undefined;
	} catch (error) {
		if (PlistError.is(error)) {
			return undefined;
		}
		throw error;
	}
}

function isOlder(version: string, than: string): boolean {
	const [left, right] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0) {
			return difference < 0;
		}
	}
	return false;
}
