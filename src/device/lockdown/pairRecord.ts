import { encodeXmlPlist, getData, getString, isDict, parsePlist, PlistError, type PlistDict } from '../../plist/index.ts';
import { DeviceError } from '../errors.ts';
import type { TlsIdentity } from '../transport/tls.ts';

/**
 * The keys and certificates of one trust between this host and a device. A secret as a whole: never logged, never copied into a message.
 * Certificates and keys are PEM texts.
 */
export interface PairRecord extends TlsIdentity {
	readonly hostId: string;
	readonly systemBuid: string;
	/** Absent where the muxer keeps it to itself; only pairing anew needs it. */
	readonly rootPrivateKey: string | undefined;
	/** Lets the device open its keybag for a service while its screen is locked; a secret of its own. */
	readonly escrowBag: Uint8Array | undefined;
	readonly wifiMacAddress: string | undefined;
}

/**
 * Reads a record as muxers keep it, in either form of property list.
 * @throws DeviceError `PAIR_RECORD_STALE` - it lacks what a session needs. Neither message nor details carry any of its content.
 */
export function readPairRecord(bytes: Uint8Array): PairRecord {
	const record = parseRecord(bytes);
	const required = (key: string): string => {
		const text = getString(record, key) ?? decode(getData(record, key));
		if (text === undefined || text === '') {
			throw new DeviceError('PAIR_RECORD_STALE', `The pair record of this device has no ${key}.`, { details: { missing: key } });
		}
		return text;
	};
	return {
		hostId: required('HostID'),
		systemBuid: getString(record, 'SystemBUID') ?? '',
		deviceCertificate: required('DeviceCertificate'),
		hostCertificate: required('HostCertificate'),
		hostPrivateKey: required('HostPrivateKey'),
		rootCertificate: required('RootCertificate'),
		rootPrivateKey: decode(getData(record, 'RootPrivateKey')),
		escrowBag: getData(record, 'EscrowBag'),
		wifiMacAddress: getString(record, 'WiFiMACAddress'),
	};
}

/** The record in the form that muxers and other programs of this host read: an XML property list with PEM texts as data. */
export function encodePairRecord(record: PairRecord): Uint8Array {
	const plist: PlistDict = {
		DeviceCertificate: encode(record.deviceCertificate),
		HostCertificate: encode(record.hostCertificate),
		HostID: record.hostId,
		HostPrivateKey: encode(record.hostPrivateKey),
		RootCertificate: encode(record.rootCertificate),
		SystemBUID: record.systemBuid,
	};
	if (record.rootPrivateKey !== undefined) {
		plist['RootPrivateKey'] = encode(record.rootPrivateKey);
	}
	if (record.escrowBag !== undefined) {
		plist['EscrowBag'] = record.escrowBag;
	}
	if (record.wifiMacAddress !== undefined) {
		plist['WiFiMACAddress'] = record.wifiMacAddress;
	}
	return encodeXmlPlist(plist);
}

function parseRecord(bytes: Uint8Array): PlistDict {
	try {
		const value = parsePlist(bytes);
		if (isDict(value)) {
			return value;
		}
	} catch (error) {
		if (!PlistError.is(error)) {
			throw error;
		}
	}
	throw new DeviceError('PAIR_RECORD_STALE', 'The pair record of this device is damaged.');
}

function decode(bytes: Uint8Array | undefined): string | undefined {
	return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function encode(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}
