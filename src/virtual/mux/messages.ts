import { getData, getNumber, getString, isDict, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { swapPort } from '../../device/usbmux/frame.ts';
import type { MuxTransport } from '../../device/usbmux/messages.ts';

/** What a client asks of the muxer, as the muxer reads it. Source: docs/protocol.md#usbmux. */
export type MuxRequest =
	| { readonly kind: 'listDevices' | 'readBuid' | 'listListeners' }
	| { readonly kind: 'listen' }
	| { readonly kind: 'connect'; readonly muxDeviceId: number; readonly port: number }
	| { readonly kind: 'readPairRecord' | 'deletePairRecord'; readonly udid: string }
	| { readonly kind: 'savePairRecord'; readonly udid: string; readonly record: Uint8Array; readonly muxDeviceId: number | undefined }
	/** An order to this lab; no other muxer knows it. */
	| { readonly kind: 'control'; readonly message: PlistDict }
	/** `result` is what the open-source daemon answers. */
	| { readonly kind: 'invalid'; readonly result: number };

/** The `MessageType` of orders to a virtual lab. */
export const CONTROL_MESSAGE_TYPE = 'DeviceLabVirtual';

/** Answers about pair records are errno values: EINVAL. */
export const MUX_RESULT_INVALID_ARGUMENT = 22;

/** Never throws: what cannot be read comes back as `invalid`. */
export function readMuxRequest(message: PlistValue): MuxRequest {
	if (!isDict(message)) {
		return { kind: 'invalid', result: 1 };
	}
	const udid = getString(message, 'PairRecordID');
	const muxDeviceId = getNumber(message, 'DeviceID');
	switch (getString(message, 'MessageType')) {
		case 'ListDevices':
			return { kind: 'listDevices' };
		case 'Listen':
			return { kind: 'listen' };
		case 'ReadBUID':
			return { kind: 'readBuid' };
		case 'ListListeners':
			return { kind: 'listListeners' };
		case 'Connect': {
			const swapped = getNumber(message, 'PortNumber');
			return swapped === undefined || muxDeviceId === undefined
				? { kind: 'invalid', result: 1 }
				: { kind: 'connect', muxDeviceId, port: swapPort(swapped & 0xffff) };
		}
		case 'ReadPairRecord':
			return udid === undefined ? { kind: 'invalid', result: MUX_RESULT_INVALID_ARGUMENT } : { kind: 'readPairRecord', udid };
		case 'DeletePairRecord':
			return udid === undefined ? { kind: 'invalid', result: MUX_RESULT_INVALID_ARGUMENT } : { kind: 'deletePairRecord', udid };
		case 'SavePairRecord': {
			const record = getData(message, 'PairRecordData');
			return udid === undefined || record === undefined
				? { kind: 'invalid', result: MUX_RESULT_INVALID_ARGUMENT }
				: { kind: 'savePairRecord', udid, record, muxDeviceId };
		}
		case CONTROL_MESSAGE_TYPE:
			return { kind: 'control', message };
		default:
			return { kind: 'invalid', result: 1 };
	}
}

/** One attachment of a device, as clients are told about it. */
export interface AttachmentFacts {
	readonly muxDeviceId: number;
	readonly udid: string;
	readonly transport: MuxTransport;
	/** Wi-Fi only: MAC address, for the Bonjour name. */
	readonly wifiAddress: string;
}

/** An `Attached` event, and the form of an element of the device list. */
export function encodeAttached(facts: AttachmentFacts): PlistDict {
	return {
		MessageType: 'Attached',
		DeviceID: facts.muxDeviceId,
		Properties: facts.transport === 'usb' ? usbProperties(facts) : networkProperties(facts),
	};
}

export function encodeDetached(muxDeviceId: number): PlistDict {
	return { MessageType: 'Detached', DeviceID: muxDeviceId };
}

export function encodePaired(muxDeviceId: number): PlistDict {
	return { MessageType: 'Paired', DeviceID: muxDeviceId };
}

export function encodeResult(number: number): PlistDict {
	return { MessageType: 'Result', Number: number };
}

/** Data answers carry no `MessageType` at the top: libusbmuxd takes one for something else. */
export function encodeDeviceList(attachments: readonly AttachmentFacts[]): PlistDict {
	return { DeviceList: attachments.map(encodeAttached) };
}

export function encodeBuid(buid: string): PlistDict {
	return { BUID: buid };
}

export function encodePairRecordAnswer(record: Uint8Array): PlistDict {
	return { PairRecordData: record };
}

/** Who listens, by the name it gave itself. */
export interface ListenerFacts {
	readonly programName: string;
	readonly bundleId: string;
	readonly id: number;
}

export function encodeListenerList(listeners: readonly ListenerFacts[]): PlistDict {
	return {
		ListenerList: listeners.map((listener) => ({
			Blacklisted: false,
			BundleID: listener.bundleId,
			ConnType: 0,
			'ID String': `${listener.id}-${listener.programName}`,
			ProgName: listener.programName,
			kLibUSBMuxVersion: 3,
		})),
	};
}

export function readListener(message: PlistValue, id: number): ListenerFacts {
	const dict = isDict(message) ? message : {};
	return { programName: getString(dict, 'ProgName') ?? '', bundleId: getString(dict, 'BundleID') ?? '', id };
}

/** A body of the binary protocol's reply: packet type 1 with one number. */
export const MUX_BINARY_RESULT = 1;

function usbProperties(facts: AttachmentFacts): PlistDict {
	return {
		ConnectionSpeed: 480_000_000,
		ConnectionType: 'USB',
		DeviceID: facts.muxDeviceId,
		LocationID: (1 << 16) | facts.muxDeviceId,
		ProductID: 0x12a8,
		SerialNumber: facts.udid,
	};
}

function networkProperties(facts: AttachmentFacts): PlistDict {
	return {
		ConnectionType: 'Network',
		DeviceID: facts.muxDeviceId,
		EscapedFullServiceName: `${facts.wifiAddress}@fe80::1._apple-mobdev2._tcp.local.`,
		InterfaceIndex: 1,
		NetworkAddress: loopbackSockaddr(),
		SerialNumber: facts.udid,
	};
}

/** `sockaddr_storage` as Linux lays it out: family IPv4, port 0, 127.0.0.1. The lab answers `Connect` for it, nothing listens at the address. */
function loopbackSockaddr(): Uint8Array {
	const address = new Uint8Array(128);
	address.set([0x02, 0x00, 0x00, 0x00, 127, 0, 0, 1]);
	return address;
}
