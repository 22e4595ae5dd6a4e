import { getData, getDict, getString, isDict, type PlistDict, type PlistValue } from '../../plist/index.ts';
import type { HostCandidate } from './trust.ts';

/** What a host asks of lockdown, as the device reads it. Source: docs/protocol.md#lockdown-verbs. */
export type LockdownRequest =
	| { readonly verb: 'QueryType' | 'Goodbye' }
	| { readonly verb: 'GetValue' | 'RemoveValue'; readonly domain: string | undefined; readonly key: string | undefined }
	| {
			readonly verb: 'SetValue';
			readonly domain: string | undefined;
			readonly key: string | undefined;
			readonly value: PlistValue | undefined;
	  }
	| { readonly verb: 'Pair' | 'ValidatePair'; readonly candidate: HostCandidate | undefined }
	| { readonly verb: 'Unpair'; readonly hostId: string | undefined }
	| { readonly verb: 'StartSession'; readonly hostId: string | undefined }
	| { readonly verb: 'StopSession'; readonly sessionId: string | undefined }
	| { readonly verb: 'StartService'; readonly service: string | undefined; readonly escrowBag: Uint8Array | undefined }
	/** A verb that is not spoken here; the name is repeated in the answer. */
	| { readonly verb: 'unknown'; readonly name: string };

/** Errors that this device answers with, as they stand on the wire. Source: docs/protocol.md#lockdown-errors. */
export type LockdownErrorName =
	| 'InvalidRequest'
	| 'MissingKey'
	| 'MissingValue'
	| 'GetProhibited'
	| 'SetProhibited'
	| 'RemoveProhibited'
	| 'PasswordProtected'
	| 'UserDeniedPairing'
	| 'PairingDialogResponsePending'
	| 'PairingProhibitedOverThisConnection'
	| 'MissingHostID'
	| 'InvalidHostID'
	| 'SessionActive'
	| 'SessionInactive'
	| 'MissingSessionID'
	| 'InvalidSessionID'
	| 'MissingService'
	| 'InvalidService'
	| 'InvalidPairRecord'
	| 'MissingPairRecord'
	| 'EscrowLocked';

/** Never throws; undefined for what is no request at all. */
export function readLockdownRequest(message: PlistValue): LockdownRequest | undefined {
	const verb = isDict(message) ? getString(message, 'Request') : undefined;
	if (!isDict(message) || verb === undefined) {
		return undefined;
	}
	switch (verb) {
		case 'QueryType':
		case 'Goodbye':
			return { verb };
		case 'GetValue':
		case 'RemoveValue':
			return { verb, domain: readDomain(message), key: getString(message, 'Key') };
		case 'SetValue':
			return { verb, domain: readDomain(message), key: getString(message, 'Key'), value: message['Value'] };
		case 'Pair':
		case 'ValidatePair':
			return { verb, candidate: readCandidate(message) };
		case 'Unpair': {
			const record = getDict(message, 'PairRecord');
			return { verb, hostId: record && getString(record, 'HostID') };
		}
		case 'StartSession':
			return { verb, hostId: getString(message, 'HostID') };
		case 'StopSession':
			return { verb, sessionId: getString(message, 'SessionID') };
		case 'StartService':
			return { verb, service: getString(message, 'Service'), escrowBag: getData(message, 'EscrowBag') };
		default:
			return { verb: 'unknown', name: verb.slice(0, 64) };
	}
}

/** An answer repeats its verb. Order of keys means nothing on the wire. */
export function encodeLockdownAnswer(verb: string, content: PlistDict = {}): PlistDict {
	return { Request: verb, ...content };
}

/** An error carries no `Result`: libimobiledevice would look at that first. */
export function encodeLockdownError(verb: string, error: string): PlistDict {
	return { Request: verb, Error: error };
}

export function encodeQueryType(): PlistDict {
	return encodeLockdownAnswer('QueryType', { Type: 'com.apple.mobile.lockdown' });
}

export function encodeValueAnswer(
	verb: 'GetValue' | 'SetValue' | 'RemoveValue',
	domain: string | undefined,
	key: string | undefined,
	value?: PlistValue,
): PlistDict {
	return encodeLockdownAnswer(verb, {
		...(domain === undefined ? {} : { Domain: domain }),
		...(key === undefined ? {} : { Key: key }),
		...(value === undefined ? {} : { Value: value }),
	});
}

export function encodePairAnswer(escrowBag: Uint8Array): PlistDict {
	return encodeLockdownAnswer('Pair', { EscrowBag: escrowBag });
}

export function encodeSession(sessionId: string, enableTls: boolean): PlistDict {
	return encodeLockdownAnswer('StartSession', { SessionID: sessionId, EnableSessionSSL: enableTls });
}

/** pymobiledevice3 insists on the `Result`. */
export function encodeSessionStopped(): PlistDict {
	return encodeLockdownAnswer('StopSession', { Result: 'Success' });
}

export function encodeService(service: string, port: number, enableTls: boolean): PlistDict {
	return encodeLockdownAnswer('StartService', { Service: service, Port: port, EnableServiceSSL: enableTls });
}

/** An empty domain means the default one, as does none. */
function readDomain(message: PlistDict): string | undefined {
	const domain = getString(message, 'Domain');
	return domain === '' ? undefined : domain;
}

function readCandidate(message: PlistDict): HostCandidate | undefined {
	const record = getDict(message, 'PairRecord');
	if (record === undefined) {
		return undefined;
	}
	const text = (key: string): string | undefined => {
		const data = getData(record, key);
		return data === undefined ? undefined : new TextDecoder().decode(data);
	};
	const hostId = getString(record, 'HostID');
	const rootCertificate = text('RootCertificate');
	const hostCertificate = text('HostCertificate');
	const deviceCertificate = text('DeviceCertificate');
	if (hostId === undefined || rootCertificate === undefined || hostCertificate === undefined || deviceCertificate === undefined) {
		return undefined;
	}
	return { hostId, systemBuid: getString(record, 'SystemBUID') ?? '', rootCertificate, hostCertificate, deviceCertificate };
}
