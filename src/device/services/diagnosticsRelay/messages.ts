import { getArray, getBoolean, getDict, getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#diagnostics-relay. */
export const DIAGNOSTICS_RELAY_SERVICE = 'com.apple.mobile.diagnostics_relay';

/** The MobileGestalt key that tells whether the device has a passcode. Gone since iOS 17.4. */
export const GESTALT_PASSWORD_CONFIGURED = 'PasswordConfigured';

export type DiagnosticsRequest =
	| { readonly request: 'restart' | 'shutdown'; readonly waitForDisconnect: boolean }
	| { readonly request: 'sleep' | 'goodbye' }
	| { readonly request: 'mobileGestalt'; readonly keys: readonly string[] };

/** `deprecated` is what iOS 17.4 and later answer to every question about MobileGestalt. */
export type DiagnosticsReply =
	{ readonly kind: 'success'; readonly diagnostics: PlistDict | undefined } | { readonly kind: 'failure'; readonly status: string };

export interface GestaltAnswer {
	readonly isDeprecated: boolean;
	/** What the device told, by MobileGestalt key; keys that it does not know are absent. */
	readonly values: PlistDict;
}

const GESTALT_DEPRECATED = 'MobileGestaltDeprecated';

export function encodeDiagnosticsRequest(request: DiagnosticsRequest): PlistDict {
	switch (request.request) {
		case 'restart':
		case 'shutdown':
			return {
				Request: request.request === 'restart' ? 'Restart' : 'Shutdown',
				...(request.waitForDisconnect ? { WaitForDisconnect: true } : {}),
			};
		case 'sleep':
			return { Request: 'Sleep' };
		case 'goodbye':
			return { Request: 'Goodbye' };
		case 'mobileGestalt':
			return { Request: 'MobileGestalt', MobileGestaltKeys: [...request.keys] };
	}
}

/** The device's half; undefined for a request that it answers with `UnknownRequest`. */
export function readDiagnosticsRequest(message: unknown): DiagnosticsRequest | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const request = getString(message, 'Request');
	switch (request) {
		case 'Restart':
		case 'Shutdown':
			return {
				request: request === 'Restart' ? 'restart' : 'shutdown',
				waitForDisconnect: getBoolean(message, 'WaitForDisconnect') === true,
			};
		case 'Sleep':
			return { request: 'sleep' };
		case 'Goodbye':
			return { request: 'goodbye' };
		case 'MobileGestalt': {
			const keys = getArray(message, 'MobileGestaltKeys') ?? [];
			return { request: 'mobileGestalt', keys: keys.filter((key) => typeof key === 'string') };
		}
		default:
			return undefined;
	}
}

export function encodeDiagnosticsSuccess(diagnostics?: PlistDict): PlistDict {
	return diagnostics === undefined ? { Status: 'Success' } : { Status: 'Success', Diagnostics: diagnostics };
}

export function encodeDiagnosticsFailure(status: 'Failure' | 'UnknownRequest'): PlistDict {
	return { Status: status };
}

/** The answer to `mobileGestalt`; without values as iOS 17.4 and later give it. */
export function encodeGestaltAnswer(values: PlistDict | 'deprecated'): PlistDict {
	const gestalt: PlistDict = values === 'deprecated' ? { Status: GESTALT_DEPRECATED } : { ...values, Status: 'Success' };
	return encodeDiagnosticsSuccess({ MobileGestalt: gestalt });
}

/** Undefined when the message is no answer of this service. */
export function readDiagnosticsReply(message: unknown): DiagnosticsReply | undefined {
	const status = isDict(message) ? getString(message, 'Status') : undefined;
	if (!isDict(message) || status === undefined) {
		return undefined;
	}
	return status === 'Success' ? { kind: 'success', diagnostics: getDict(message, 'Diagnostics') } : { kind: 'failure', status };
}

/** Reads the diagnostics of a successful answer to `mobileGestalt`; undefined when they hold none. */
export function readGestaltAnswer(diagnostics: PlistDict | undefined): GestaltAnswer | undefined {
	const gestalt = diagnostics && getDict(diagnostics, 'MobileGestalt');
	if (gestalt === undefined) {
		return undefined;
	}
	const { Status: status, ...values } = gestalt;
	return { isDeprecated: status === GESTALT_DEPRECATED, values };
}
