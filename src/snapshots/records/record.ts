import * as crypto from 'node:crypto';
import { isBlobId, isHex, type BlobId } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import { canonicalJson, type JsonValue } from './canonicalJson.ts';

/** 32 hex digits: the first half of the record's checksum, so that a record proves its own name. */
export type SnapshotId = string & { readonly __brand: 'SnapshotId' };

/** Plain data that the store keeps and gives back, and does not look into. */
export type Facts = { readonly [key: string]: JsonValue | undefined };

/** What whoever takes a snapshot says of it. */
export interface SnapshotFacts {
	/** `device`: a whole device; `app`: one app's container. */
	readonly kind: 'device' | 'app';
	/** The bundle id, for an app's snapshot. */
	readonly app?: string;
	readonly takenAtMs: number;
	/** Why it was taken: `manual`, `safety`, `schedule`, `task`, `import` or what else the engine knows. */
	readonly trigger: string;
	/** Name, model and system of the device at that time. */
	readonly device: Facts;
	/** Encrypted or not, full or incremental, and what else the backup's own plists say. */
	readonly backup: Facts;
	/** Commit, branch and build of the work tree in which the command ran. */
	readonly git?: Facts;
}

/** Everything about a snapshot that never changes. */
export interface SnapshotRecord extends SnapshotFacts {
	readonly id: SnapshotId;
	readonly udid: string;
	/** The snapshot that this one was made from. It may have been deleted since: see `SnapshotStore.ancestor`. */
	readonly parent: SnapshotId | undefined;
	readonly listing: BlobId;
	readonly fileCount: number;
	/** Of all files, as the device sees them. */
	readonly sizeBytes: number;
	/** What it added to the store when it was taken, compressed. */
	readonly addedBytes: number;
}

export const RECORD_SCHEMA_VERSION = 1;

export const MAX_RECORD_BYTES = 256 * 1024;

const ID_DIGITS = 32;

export function isSnapshotId(value: unknown): value is SnapshotId {
	return isHex(value, ID_DIGITS);
}

/** A UDID, or the name of what stands for a device, as the name of one folder on any system. */
export function checkUdid(udid: string): string {
	if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(udid)) {
		throw new StoreError('PATH_UNSAFE', 'This is no UDID.', { details: { udid: udid.slice(0, 100) } });
	}
	return udid;
}

/** Gives a record its id and its bytes: canonical JSON with a checksum over all the rest of it. */
export function encodeRecord(fields: Omit<SnapshotRecord, 'id'>): { record: SnapshotRecord; bytes: Buffer } {
	const body = { ...fields, schemaVersion: RECORD_SCHEMA_VERSION } as unknown as Facts;
	const checksum = checksumOf(body);
	const record = { ...fields, id: checksum.slice(0, ID_DIGITS) as SnapshotId };
	return { record, bytes: Buffer.from(canonicalJson({ ...body, checksum })) };
}

/**
 * Reads a record.
 * @param id - the name of its file.
 * @throws StoreError `STORE_DAMAGED` - it is not what was written under this name. `NEWER_FORMAT`.
 */
export function decodeRecord(bytes: Uint8Array, id: string): SnapshotRecord {
	let value: unknown;
	try {
		value = JSON.parse(Buffer.from(bytes).toString());
	} catch (error) {
		throw damaged(id, error);
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw damaged(id);
	}
	const { checksum, ...body } = value as Record<string, JsonValue>;
	// The checksum is that of any version, so that a damaged record is not taken for a newer one.
	if (typeof checksum !== 'string' || checksum !== checksumOf(body) || checksum.slice(0, ID_DIGITS) !== id) {
		throw damaged(id);
	}
	if (typeof body['schemaVersion'] === 'number' && body['schemaVersion'] > RECORD_SCHEMA_VERSION) {
		throw new StoreError('NEWER_FORMAT', 'A snapshot was recorded by a newer version.', {
			details: { what: 'snapshot', version: body['schemaVersion'], snapshot: id },
		});
	}
	const record = { ...body, id: id as SnapshotId };
	if (!isRecord(record)) {
		throw damaged(id);
	}
	return record;
}

/** The shape of a record, whatever it came from. */
export function isRecord(value: unknown): value is SnapshotRecord {
	if (typeof value !== 'object' || value === null) {
		return false;
	}
	const fields = value as Record<keyof SnapshotRecord | 'schemaVersion', unknown>;
	return (
		fields.schemaVersion === RECORD_SCHEMA_VERSION &&
		isSnapshotId(fields.id) &&
		typeof fields.udid === 'string' &&
		(fields.parent === undefined || isSnapshotId(fields.parent)) &&
		(fields.kind === 'device' || fields.kind === 'app') &&
		(fields.app === undefined || typeof fields.app === 'string') &&
		isBlobId(fields.listing) &&
		typeof fields.trigger === 'string' &&
		// In plain steps: a list of ten thousand is checked with each command.
		Number.isSafeInteger(fields.takenAtMs) &&
		Number.isSafeInteger(fields.fileCount) &&
		Number.isSafeInteger(fields.sizeBytes) &&
		Number.isSafeInteger(fields.addedBytes) &&
		isFacts(fields.device) &&
		isFacts(fields.backup) &&
		(fields.git === undefined || isFacts(fields.git))
	);
}

function isFacts(value: unknown): value is Facts {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checksumOf(body: Facts): string {
	return crypto.createHash('sha256').update(canonicalJson(body)).digest('hex');
}

function damaged(id: string, cause?: unknown): StoreError {
	return new StoreError('STORE_DAMAGED', `The record of snapshot ${id.slice(0, 12)} is damaged.`, {
		details: { what: 'snapshot', snapshot: id },
		cause,
	});
}
