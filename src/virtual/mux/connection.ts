import { viewOf, type IDisposable, type Logger } from '../../base/index.ts';
import { parsePlist, type PlistDict, type PlistValue } from '../../plist/index.ts';
import {
	decodeMuxHeader,
	encodeMuxPacket,
	MAX_MUX_PACKET_BYTES,
	MUX_HEADER_BYTES,
	MUX_PLIST_MESSAGE,
	MUX_PLIST_VERSION,
} from '../../device/usbmux/frame.ts';
import {
	MUX_RESULT_BAD_COMMAND,
	MUX_RESULT_BAD_DEVICE,
	MUX_RESULT_BAD_VERSION,
	MUX_RESULT_CONNECTION_REFUSED,
	MUX_RESULT_OK,
} from '../../device/usbmux/messages.ts';
import { BadMessage } from '../channel.ts';
import type { StreamChannel } from '../link/streamChannel.ts';
import type { Attachments, AttachmentEvent } from './attachments.ts';
import {
	encodeAttached,
	encodeBuid,
	encodeDetached,
	encodeDeviceList,
	encodeListenerList,
	encodePaired,
	encodePairRecordAnswer,
	encodeResult,
	MUX_BINARY_RESULT,
	MUX_RESULT_INVALID_ARGUMENT,
	readListener,
	readMuxRequest,
	type ListenerFacts,
	type MuxRequest,
} from './messages.ts';
import type { PairRecords } from './pairRecords.ts';

/** What a muxer serves its clients from. */
export interface MuxServices {
	readonly buid: string;
	readonly attachments: Attachments;
	readonly pairRecords: PairRecords;
	readonly listeners: Map<object, ListenerFacts>;
	readonly log: Logger;
	/** Resolves when the pairing that the lab makes itself for this device, if it does, is there. */
	readonly whenPaired: (udid: string) => Promise<void>;
	/** Obeys an order, with answers sent through `answer`. */
	readonly control: (message: PlistDict, answer: (reply: PlistDict) => Promise<void>) => Promise<void>;
	/** Packets to clients go out in pieces of so many bytes; undefined for whole. */
	readonly pieceBytes: () => number | undefined;
}

/** One client's connection to the muxer: any number of requests, until it becomes an event stream or a pipe to a device. */
export class MuxConnection {
	readonly #channel: StreamChannel;
	readonly #services: MuxServices;
	#isListening = false;
	#subscription: IDisposable | undefined;
	/** The last packet that goes out in pieces. */
	#pieces: Promise<void> = Promise.resolve();

	constructor(channel: StreamChannel, services: MuxServices) {
		this.#channel = channel;
		this.#services = services;
	}

	/**
	 * Serves until the client goes away, or until the connection was handed to a device and that is done.
	 * @throws ChannelClosed, BadMessage - the caller closes the channel.
	 */
	async serve(): Promise<void> {
		try {
			while (!(await this.#serveRequest())) {
				// The next request on the same connection.
			}
		} finally {
			this.#subscription?.dispose();
			this.#services.listeners.delete(this);
		}
	}

	/** @returns true when the connection was handed over and is used up. */
	async #serveRequest(): Promise<boolean> {
		const header = decodeMuxHeader(await this.#channel.read(MUX_HEADER_BYTES));
		if (header.lengthBytes < MUX_HEADER_BYTES || header.lengthBytes > MAX_MUX_PACKET_BYTES) {
			throw new BadMessage(`A client announced a packet of ${header.lengthBytes} bytes.`);
		}
		const body = await this.#channel.read(header.lengthBytes - MUX_HEADER_BYTES);
		if (header.version !== MUX_PLIST_VERSION) {
			await this.#channel.write(binaryResult(header.version, header.tag, MUX_RESULT_BAD_VERSION));
			return false;
		}
		const message = header.message === MUX_PLIST_MESSAGE ? parseBody(body) : null;
		const request = message === null ? ({ kind: 'invalid', result: MUX_RESULT_BAD_COMMAND } as const) : readMuxRequest(message);
		if (this.#isListening) {
			await this.#answer(header.tag, encodeResult(MUX_RESULT_BAD_COMMAND));
			return false;
		}
		if (request.kind === 'connect') {
			return this.#connect(header.tag, request.muxDeviceId, request.port);
		}
		if (request.kind === 'listen') {
			await this.#listen(header.tag, readListener(message ?? '', this.#services.listeners.size + 1));
		} else if (request.kind === 'control') {
			await this.#services.control(request.message, (reply) => this.#answer(header.tag, reply));
		} else {
			await this.#answer(header.tag, await this.#replyTo(request));
		}
		return false;
	}

	async #replyTo(request: Exclude<MuxRequest, { kind: 'connect' | 'listen' | 'control' }>): Promise<PlistDict> {
		const { attachments, pairRecords, buid, listeners } = this.#services;
		switch (request.kind) {
			case 'listDevices':
				return encodeDeviceList(attachments.all);
			case 'readBuid':
				return encodeBuid(buid);
			case 'listListeners':
				return encodeListenerList([...listeners.values()]);
			case 'readPairRecord': {
				await this.#services.whenPaired(request.udid);
				const record = pairRecords.read(request.udid);
				return record === undefined ? encodeResult(MUX_RESULT_BAD_DEVICE) : encodePairRecordAnswer(record);
			}
			case 'savePairRecord': {
				const isSaved = await pairRecords.save(request.udid, request.record);
				if (isSaved && request.muxDeviceId !== undefined) {
					attachments.announcePairing(request.muxDeviceId);
				}
				return encodeResult(isSaved ? MUX_RESULT_OK : MUX_RESULT_INVALID_ARGUMENT);
			}
			case 'deletePairRecord':
				await this.#services.whenPaired(request.udid);
				return encodeResult((await pairRecords.delete(request.udid)) ? MUX_RESULT_OK : MUX_RESULT_BAD_DEVICE);
			case 'invalid':
				return encodeResult(request.result);
		}
	}

	async #connect(tag: number, muxDeviceId: number, port: number): Promise<boolean> {
		const attachment = this.#services.attachments.find(muxDeviceId);
		if (attachment === undefined) {
			await this.#answer(tag, encodeResult(MUX_RESULT_BAD_DEVICE));
			return false;
		}
		const serve = attachment.target.open(port, attachment.transport);
		if (serve === undefined) {
			await this.#answer(tag, encodeResult(MUX_RESULT_CONNECTION_REFUSED));
			return false;
		}
		await this.#answer(tag, encodeResult(MUX_RESULT_OK));
		await serve(this.#channel);
		return true;
	}

	async #listen(tag: number, listener: ListenerFacts): Promise<void> {
		const { attachments, listeners } = this.#services;
		this.#isListening = true;
		listeners.set(this, listener);
		this.#subscription = attachments.onDidChange((event) => {
			this.#answer(0, encodeEvent(event)).catch(() => {
				// The listener is gone; its read loop ends the connection.
			});
		});
		// Order matters: subscribed first, so that nothing attached in between is missed; written in one turn, so that nothing overtakes the result.
		const present = attachments.all;
		await Promise.all([
			this.#answer(tag, encodeResult(MUX_RESULT_OK)),
			...present.map((attachment) => this.#answer(0, encodeAttached(attachment))),
		]);
	}

	/** Packets of events and answers never mix: each is one write, and pieces are queued in order. */
	async #answer(tag: number, body: PlistDict): Promise<void> {
		const packet = encodeMuxPacket(tag, body);
		const pieceBytes = this.#services.pieceBytes();
		if (pieceBytes === undefined) {
			return this.#channel.write(packet);
		}
		return this.#inPieces(packet, pieceBytes);
	}

	#inPieces(packet: Uint8Array, pieceBytes: number): Promise<void> {
		const sent = this.#pieces.then(async () => {
			for (let offset = 0; offset < packet.length; offset += pieceBytes) {
				await this.#channel.write(packet.subarray(offset, offset + pieceBytes));
				await new Promise((resolve) => setImmediate(resolve));
			}
		});
		this.#pieces = sent.catch(() => {
			// Whoever waits for this packet learns of it; the next one fails by itself.
		});
		return sent;
	}
}

function encodeEvent(event: AttachmentEvent): PlistDict {
	switch (event.kind) {
		case 'attached':
			return encodeAttached(event.attachment);
		case 'detached':
			return encodeDetached(event.muxDeviceId);
		case 'paired':
			return encodePaired(event.muxDeviceId);
	}
}

function parseBody(body: Uint8Array): PlistValue {
	try {
		return parsePlist(body);
	} catch (error) {
		throw new BadMessage('A packet to the muxer holds no property list.', error);
	}
}

/** `u32 length | u32 version | u32 message | u32 tag | u32 result`, little-endian. */
function binaryResult(version: number, tag: number, result: number): Uint8Array {
	const packet = new Uint8Array(MUX_HEADER_BYTES + 4);
	const view = viewOf(packet);
	[packet.length, version, MUX_BINARY_RESULT, tag, result].forEach((value, index) => view.setUint32(4 * index, value, true));
	return packet;
}
