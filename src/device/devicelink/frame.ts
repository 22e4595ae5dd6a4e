import { KiB, MiB, viewOf } from '../../base/index.ts';

/**
 * Codes of the raw blocks between a DeviceLink command and its status: `u32 BE n | u8 code | n - 1 bytes`.
 * Source: docs/protocol.md#devicelink-file-transfer.
 */
export const BLOCK_FILE_COMPLETE = 0x00;
export const BLOCK_HOST_ERROR = 0x06;
export const BLOCK_DEVICE_ERROR = 0x0b;
export const BLOCK_DATA = 0x0c;

/** `u32 BE n | u8 code`; n counts the code byte, so an empty block has n = 1. */
export const BLOCK_HEADER_BYTES = 5;

/**
 * What the host sends at a time. Larger blocks make the device's backup process run out of memory with large manifests
 * (pymobiledevice3 issues 1165 and 1857); Apple's host uses the same size.
 */
export const HOST_BLOCK_BYTES = 32 * KiB;

/** What devices send at a time. Readers accept any size up to MAX_BLOCK_BYTES, and never hold a whole block. */
export const DEVICE_BLOCK_BYTES = 256 * KiB;

/** A block is streamed through, so the bound only catches a peer that is out of step. */
export const MAX_BLOCK_BYTES = 256 * MiB;

/** Paths of a backup are some 90 bytes; libimobiledevice accepts as many. */
export const MAX_PATH_BYTES = 4096;

const utf8 = new TextEncoder();

/** The five bytes before `dataBytes` bytes of block content. */
export function encodeBlockHeader(code: number, dataBytes: number): Uint8Array {
	const header = new Uint8Array(BLOCK_HEADER_BYTES);
	viewOf(header).setUint32(0, dataBytes + 1);
	header[4] = code;
	return header;
}

/** A path record, or the end of a list when `path` is empty: `u32 BE length | UTF-8 bytes`. */
export function encodePathRecord(path: string): Uint8Array {
	const bytes = utf8.encode(path);
	const record = new Uint8Array(4 + bytes.length);
	viewOf(record).setUint32(0, bytes.length);
	record.set(bytes, 4);
	return record;
}

/** `u32 BE 0` in the place of a path ends a list of files. */
export const END_OF_FILES = new Uint8Array(4);
