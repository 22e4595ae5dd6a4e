import { getBoolean, getData, getDict, getNumber, getString, isDict, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { DeviceError, protocolViolation, type DeviceErrorCode } from '../errors.ts';
import { PAIRING_PROTOCOL_VERSION } from './frame.ts';
import type { PairRecord } from './pairRecord.ts';

/** What this program calls itself in each request. */
const LABEL = 'devicelab';

export interface ServiceDescriptor {
	readonly service: string;
	readonly port: number;
	readonly enableTls: boolean;
}

export interface SessionDescriptor {
	readonly sessionId: string;
	readonly enableTls: boolean;
}

export function queryTypeRequest(): PlistDict {
	return { Label: LABEL, Request: 'QueryType' };
}

/** Without `key` the whole domain is asked for; without `domain` the default one. */
export function getValueRequest(domain: string | undefined, key: string | undefined): PlistDict {
	return { Label: LABEL, Request: 'GetValue', ...optional('Domain', domain), ...optional('Key', key) };
}

export function setValueRequest(domain: string | undefined, key: string, value: PlistValue): PlistDict {
	return { Label: LABEL, Request: 'SetValue', ...optional('Domain', domain), Key: key, Value: value };
}

/** Private keys stay here: only certificates and names are sent. */
export function pairRequest(verb: 'Pair' | 'ValidatePair', record: PairRecord): PlistDict {
	return {
		Label: LABEL,
		Request: verb,
		ProtocolVersion: PAIRING_PROTOCOL_VERSION,
		PairRecord: {
			DeviceCertificate: utf8(record.deviceCertificate),
			HostCertificate: utf8(record.hostCertificate),
			RootCertificate: utf8(record.rootCertificate),
			HostID: record.hostId,
			SystemBUID: record.systemBuid,
		},
		PairingOptions: { ExtendedPairingErrors: true },
	};
}

/** The host's name is enough for the device to forget it. */
export function unpairRequest(hostId: string): PlistDict {
	return { Label: LABEL, Request: 'Unpair', ProtocolVersion: PAIRING_PROTOCOL_VERSION, PairRecord: { HostID: hostId } };
}

export function startSessionRequest(record: PairRecord): PlistDict {
	return { Label: LABEL, Request: 'StartSession', HostID: record.hostId, SystemBUID: record.systemBuid };
}

export function stopSessionRequest(sessionId: string): PlistDict {
	return { Label: LABEL, Request: 'StopSession', SessionID: sessionId };
}

export function startServiceRequest(service: string, escrowBag: Uint8Array | undefined): PlistDict {
	return { Label: LABEL, Request: 'StartService', Service: service, ...(escrowBag === undefined ? {} : { EscrowBag: escrowBag }) };
}

/**
 * Checks an answer for its verb and for an error. Answers without `Request` occur; `Unpair` is answered as `ValidatePair`.
 * @throws DeviceError with the code that the device's error means, and the error itself in details.deviceError.
 */
export function readAnswer(answer: PlistValue, verb: string): PlistDict {
	if (!isDict(answer)) {
		throw protocolViolation(`The device answered ${verb} with something that is no dictionary.`);
	}
	const answered = getString(answer, 'Request');
	if (answered !== undefined && answered !== verb && !(verb === 'Unpair' && answered === 'ValidatePair')) {
		throw protocolViolation(`The device answered ${answered} instead of ${verb}.`);
	}
	const error = getString(answer, 'Error') ?? (getString(answer, 'Result') === 'Failure' ? 'Failure' : undefined);
	if (error !== undefined) {
		throw lockdownError(verb, error);
	}
	return answer;
}

export function readValue(answer: PlistDict): PlistValue | undefined {
	return answer['Value'];
}

export function readQueryType(answer: PlistDict): string | undefined {
	return getString(answer, 'Type');
}

/** The escrow bag of a successful `Pair`; old systems give none. */
export function readEscrowBag(answer: PlistDict): Uint8Array | undefined {
	return getData(answer, 'EscrowBag') ?? getData(getDict(answer, 'ExtendedResponse') ?? {}, 'EscrowBag');
}

export function readSession(answer: PlistDict): SessionDescriptor {
	const sessionId = getString(answer, 'SessionID');
	if (sessionId === undefined) {
		throw protocolViolation('The device started a session without a number.');
	}
	return { sessionId, enableTls: getBoolean(answer, 'EnableSessionSSL') ?? false };
}

export function readService(answer: PlistDict, service: string): ServiceDescriptor {
	const port = getNumber(answer, 'Port');
	if (port === undefined || !(port > 0 && port < 65536)) {
		throw protocolViolation(`The device started ${service} without a usable port.`, { service });
	}
	return { service, port, enableTls: getBoolean(answer, 'EnableServiceSSL') ?? false };
}

/** Names of errors on the wire, and what they mean here. Source: docs/protocol.md#lockdown-errors. */
const ERROR_CODES: Readonly<Record<string, DeviceErrorCode>> = {
	PasswordProtected: 'DEVICE_LOCKED',
	EscrowLocked: 'DEVICE_LOCKED',
	PairingDialogResponsePending: 'PAIRING_PENDING',
	UserDeniedPairing: 'PAIRING_DENIED',
	PairingProhibitedOverThisConnection: 'PAIRING_PROHIBITED',
	MCProtected: 'PAIRING_PROHIBITED',
	MCChallengeRequired: 'PAIRING_PROHIBITED',
	InvalidHostID: 'PAIR_RECORD_STALE',
	InvalidPairRecord: 'PAIR_RECORD_STALE',
	MissingPairRecord: 'PAIR_RECORD_STALE',
	InvalidService: 'SERVICE_UNAVAILABLE',
	MissingService: 'SERVICE_UNAVAILABLE',
	ServiceProhibited: 'SERVICE_UNAVAILABLE',
	ServiceLimit: 'SERVICE_UNAVAILABLE',
	MissingValue: 'VALUE_UNAVAILABLE',
	MissingKey: 'VALUE_UNAVAILABLE',
	GetProhibited: 'VALUE_UNAVAILABLE',
};

function lockdownError(verb: string, deviceError: string): DeviceError {
	// The name comes from outside: `constructor` must not find what every object has.
	const code = (Object.hasOwn(ERROR_CODES, deviceError) ? ERROR_CODES[deviceError] : undefined) ?? 'DEVICE_REFUSED';
	return new DeviceError(code, `The device refused ${verb}: ${deviceError}.`, { details: { deviceError, verb } });
}

function optional(key: string, value: string | undefined): PlistDict {
	return value === undefined ? {} : { [key]: value };
}

function utf8(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}
