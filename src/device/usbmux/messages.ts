import { getArray, getData, getDict, getNumber, getString, isDict, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { protocolViolation } from '../errors.ts';
import { swapPort } from './frame.ts';

/** Result numbers of the muxer. In answers about pair records 2 means that there is no such record. Source: docs/protocol.md#usbmux. */
export const MUX_RESULT_OK = 0;
export const MUX_RESULT_BAD_COMMAND = 1;
export const MUX_RESULT_BAD_DEVICE = 2;
export const MUX_RESULT_CONNECTION_REFUSED = 3;
export const MUX_RESULT_BAD_VERSION = 6;

export type MuxTransport = 'usb' | 'network';

/** One attachment of a device to a muxer. A device on cable and Wi-Fi has two. */
export interface MuxDeviceEntry {
	/** The muxer's number of this attachment, above 0; another one after each re-plug. */
	readonly muxDeviceId: number;
	readonly udid: string;
	readonly transport: MuxTransport;
}

/** What a muxer tells a listener. */
export type MuxEvent =
	| { readonly kind: 'attached'; readonly entry: MuxDeviceEntry }
	| { readonly kind: 'detached'; readonly muxDeviceId: number }
	| { readonly kind: 'paired'; readonly muxDeviceId: number };

/** What this program calls itself; some daemons show it in their list of listeners. */
const CLIENT_KEYS = { ClientVersionString: 'ios-device-lab', ProgName: 'devicelab', kLibUSBMuxVersion: 3 } as const;

export function listDevicesRequest(): PlistDict {
	return { MessageType: 'ListDevices', ...CLIENT_KEYS };
}

export function listenRequest(): PlistDict {
	return { MessageType: 'Listen', ...CLIENT_KEYS };
}

export function connectRequest(muxDeviceId: number, port: number): PlistDict {
	return { MessageType: 'Connect', ...CLIENT_KEYS, DeviceID: muxDeviceId, PortNumber: swapPort(port) };
}

export function readBuidRequest(): PlistDict {
	return { MessageType: 'ReadBUID', ...CLIENT_KEYS };
}

export function readPairRecordRequest(udid: string): PlistDict {
	return { MessageType: 'ReadPairRecord', ...CLIENT_KEYS, PairRecordID: udid };
}

export function savePairRecordRequest(udid: string, record: Uint8Array, muxDeviceId: number | undefined): PlistDict {
	const request: PlistDict = { MessageType: 'SavePairRecord', ...CLIENT_KEYS, PairRecordID: udid, PairRecordData: record };
	return muxDeviceId === undefined ? request : { ...request, DeviceID: muxDeviceId };
}

export function deletePairRecordRequest(udid: string): PlistDict {
	return { MessageType: 'DeletePairRecord', ...CLIENT_KEYS, PairRecordID: udid };
}

/** The number of a `Result` answer, or undefined when the answer carries data instead. */
export function readResult(answer: PlistValue): number | undefined {
	return isDict(answer) && getString(answer, 'MessageType') === 'Result' ? (getNumber(answer, 'Number') ?? -1) : undefined;
}

/** The entries of a `ListDevices` answer. One that cannot be read is left out, so that a single odd device does not hide the others. */
export function readDeviceList(answer: PlistValue): MuxDeviceEntry[] {
	const list = isDict(answer) ? getArray(answer, 'DeviceList') : undefined;
	if (list === undefined) {
		throw protocolViolation('The muxer did not answer with a list of devices.');
	}
	return list.map(readDeviceEntry).filter((entry) => entry !== undefined);
}

export function readBuid(answer: PlistValue): string | undefined {
	return isDict(answer) ? getString(answer, 'BUID') : undefined;
}

export function readPairRecordData(answer: PlistValue): Uint8Array | undefined {
	return isDict(answer) ? getData(answer, 'PairRecordData') : undefined;
}

/** An event on a listening connection; undefined for one that is not known or cannot be read. */
export function readMuxEvent(message: PlistValue): MuxEvent | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const kind = getString(message, 'MessageType');
	if (kind === 'Attached') {
		const entry = readDeviceEntry(message);
		return entry === undefined ? undefined : { kind: 'attached', entry };
	}
	const muxDeviceId = getNumber(message, 'DeviceID');
	if (muxDeviceId === undefined) {
		return undefined;
	}
	return kind === 'Detached' ? { kind: 'detached', muxDeviceId } : kind === 'Paired' ? { kind: 'paired', muxDeviceId } : undefined;
}

function readDeviceEntry(value: PlistValue): MuxDeviceEntry | undefined {
	const properties = isDict(value) ? getDict(value, 'Properties') : undefined;
	if (properties === undefined || !isDict(value)) {
		return undefined;
	}
	const muxDeviceId = getNumber(value, 'DeviceID') ?? getNumber(properties, 'DeviceID');
	const serialNumber = getString(properties, 'SerialNumber');
	if (muxDeviceId === undefined || serialNumber === undefined || serialNumber === '') {
		return undefined;
	}
	const transport = getString(properties, 'ConnectionType') === 'Network' ? 'network' : 'usb';
	return { muxDeviceId, udid: canonicalUdid(serialNumber), transport };
}

/**
 * The UDID in the form that lockdown reports and that names pair records and backup folders: USB descriptors of newer devices lack the
 * dash after the eighth character (libimobiledevice issue 711).
 */
export function canonicalUdid(serialNumber: string): string {
	return /^[0-9A-Fa-f]{24}$/.test(serialNumber) ? `${serialNumber.slice(0, 8)}-${serialNumber.slice(8)}` : serialNumber;
}
