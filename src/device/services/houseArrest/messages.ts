import { getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#house-arrest. */
export const HOUSE_ARREST_SERVICE = 'com.apple.mobile.house_arrest';

/** The whole data container (apps signed for development only), or the documents of an app with file sharing. */
export type VendTarget = 'container' | 'documents';

export interface VendRequest {
	readonly target: VendTarget;
	readonly bundleId: string;
}

/** `granted`: the same connection speaks AFC from now on. */
export type VendReply = { readonly kind: 'granted' } | { readonly kind: 'refused'; readonly error: string };

export function encodeVendRequest(request: VendRequest): PlistDict {
	return { Command: request.target === 'container' ? 'VendContainer' : 'VendDocuments', Identifier: request.bundleId };
}

/** The device's half; undefined for what is no such request. */
export function readVendRequest(message: unknown): VendRequest | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const bundleId = getString(message, 'Identifier');
	const command = getString(message, 'Command');
	if (bundleId === undefined || (command !== 'VendContainer' && command !== 'VendDocuments')) {
		return undefined;
	}
	return { target: command === 'VendContainer' ? 'container' : 'documents', bundleId };
}

export function encodeVendReply(reply: VendReply): PlistDict {
	return reply.kind === 'granted' ? { Status: 'Complete' } : { Error: reply.error };
}

export function readVendReply(message: unknown): VendReply | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const error = getString(message, 'Error');
	if (error !== undefined) {
		return { kind: 'refused', error };
	}
	return getString(message, 'Status') === 'Complete' ? { kind: 'granted' } : undefined;
}
