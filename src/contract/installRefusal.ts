/** What the device's own words for a refusal come to, in the order in which they are looked for. Source: docs/protocol.md#installation-proxy. */
const WORDS = [
	['not-this-device', /0xe8008012/i],
	['no-profile', /0xe8008015/i],
	['entitlements', /0xe8008016/i],
	['expired', /0xe8008018|0xe8008011/i],
	['changed-after-signing', /0xe8008017/i],
	['signature', /0xe8008001|ApplicationVerificationFailed/],
	['other-team', /MismatchedApplicationIdentifierEntitlement/],
	['newer-ios', /DeviceOSVersionTooLow/],
	['other-device-family', /DeviceFamilyNotSupported/],
	['not-for-devices', /IncorrectArchitecture/],
	['not-unpacked', /PackageExtractionFailed/],
	['no-app-in-it', /PackageInspectionFailed|PackagePatchFailed|MissingBundle/],
	['link-leads-out', /InvalidSymlink/],
	['no-space', /Insufficient|NotEnough.*Space|ENOSPC/i],
	['forbidden', /Prohibited|PermissionDenied/],
	['too-many-apps', /maximum number of apps/i],
] as const satisfies readonly (readonly [kind: string, pattern: RegExp])[];

/** Why a device installs or removes no app. */
export type InstallRefusal = (typeof WORDS)[number][0];

/**
 * Why a device refused to install or remove an app; undefined for words that nobody has seen yet.
 * @param details - of a failure `INSTALL_REFUSED`: `deviceError` and `deviceText` are what the device said.
 */
export function installRefusal({ deviceError, deviceText }: Readonly<Record<string, unknown>>): InstallRefusal | undefined {
	const words = [deviceError, deviceText].filter((text) => typeof text === 'string').join(' ');
	return WORDS.find(([, pattern]) => pattern.test(words))?.[0];
}
