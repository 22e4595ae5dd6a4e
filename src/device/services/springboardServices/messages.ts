import { getData, getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#springboardservices. */
export const SPRINGBOARD_SERVICE = 'com.apple.springboardservices';

/** `unsupported` stands for the commands of this service that are not spoken here. */
export type SpringboardRequest = { readonly command: 'iconPng'; readonly bundleId: string } | { readonly command: 'unsupported' };

/** Asks for the icon of an app. */
export function encodeIconRequest(bundleId: string): PlistDict {
	return { command: 'getIconPNGData', bundleId };
}

/** The device's half; undefined when the message is no request at all. */
export function readSpringboardRequest(message: unknown): SpringboardRequest | undefined {
	const command = isDict(message) ? getString(message, 'command') : undefined;
	if (!isDict(message) || command === undefined) {
		return undefined;
	}
	const bundleId = getString(message, 'bundleId');
	return command === 'getIconPNGData' && bundleId !== undefined ? { command: 'iconPng', bundleId } : { command: 'unsupported' };
}

export function encodeIconAnswer(png: Uint8Array): PlistDict {
	return { pngData: png };
}

/** The PNG of an answer; undefined when the device has none for this app. */
export function readIconAnswer(answer: PlistDict): Uint8Array | undefined {
	const png = getData(answer, 'pngData');
	return png === undefined || png.length === 0 ? undefined : png;
}
