import * as crypto from 'node:crypto';
import { StoreError } from '../errors.ts';
import { canonicalJson } from './canonicalJson.ts';
import { isSnapshotId, type SnapshotId } from './record.ts';

/** What people add to a snapshot, and may change. */
export interface SnapshotLabels {
	/** Unique among the snapshots of a device. */
	readonly name?: string;
	readonly note?: string;
	readonly pinned?: boolean;
}

/** What counts where labels cannot be read: they may have said that the snapshot stays. */
export const UNREADABLE_LABELS: SnapshotLabels = { pinned: true };

export const MAX_LABELS_BYTES = 64 * 1024;

const MAX_NAME_LENGTH = 200;
const MAX_NOTE_LENGTH = 10_000;

/**
 * Labels are files that never change, either: `<snapshot>.<number>.<8 hex digits of their hash>`. The highest number counts, then the highest
 * hash. So a list of names says whether what was read before still holds, and a crash between writing the new and deleting the old is harmless.
 */
export interface LabelsFile {
	readonly name: string;
	readonly snapshot: SnapshotId;
	readonly number: number;
}

/** Undefined for a file that is something else. */
export function parseLabelsName(name: string): LabelsFile | undefined {
	const match = /^([0-9a-f]{32})\.(\d{1,9})\.[0-9a-f]{8}$/.exec(name);
	const snapshot = match?.[1];
	return isSnapshotId(snapshot) ? { name, snapshot, number: Number(match?.[2]) } : undefined;
}

export function isNewer(a: LabelsFile, b: LabelsFile): boolean {
	return a.number !== b.number ? a.number > b.number : a.name > b.name;
}

export function encodeLabels(snapshot: SnapshotId, number: number, labels: SnapshotLabels): { file: LabelsFile; bytes: Buffer } {
	const bytes = Buffer.from(canonicalJson({ schemaVersion: 1, name: labels.name, note: labels.note, pinned: labels.pinned }));
	const name = `${snapshot}.${number}.${hashDigits(bytes)}`;
	return { file: { name, snapshot, number }, bytes };
}

/** @throws StoreError `STORE_DAMAGED` - the bytes are not what the file's name says. */
export function decodeLabels(bytes: Uint8Array, file: LabelsFile): SnapshotLabels {
	const isAsNamed = file.name.endsWith(`.${hashDigits(bytes)}`);
	try {
		const labels = isAsNamed ? labelsFrom(JSON.parse(Buffer.from(bytes).toString())) : undefined;
		if (labels !== undefined) {
			return labels;
		}
	} catch (error) {
		throw damaged(file, error);
	}
	throw damaged(file);
}

/** Undefined when the value does not have their shape. */
export function labelsFrom(value: unknown): SnapshotLabels | undefined {
	if (typeof value !== 'object' || value === null) {
		return undefined;
	}
	const { name, note, pinned } = value as Record<keyof SnapshotLabels, unknown>;
	return {
		...(typeof name === 'string' ? { name } : {}),
		...(typeof note === 'string' ? { note } : {}),
		...(pinned === true ? { pinned } : {}),
	};
}

/** @throws StoreError `NAME_INVALID`. */
export function checkName(name: string): string {
	const isValid =
		name.trim() === name && name !== '' && name.length <= MAX_NAME_LENGTH && !CONTROL.test(name) && !LONE_SURROGATE.test(name);
	if (!isValid) {
		throw new StoreError('NAME_INVALID', 'A name has 1 to 200 characters, none of them a control character, and no blank at its ends.');
	}
	return name;
}

/** @throws StoreError `NAME_INVALID`. */
export function checkNote(note: string): string {
	if (note.length > MAX_NOTE_LENGTH || LONE_SURROGATE.test(note)) {
		throw new StoreError('NAME_INVALID', `A note has at most ${MAX_NOTE_LENGTH} characters.`);
	}
	return note;
}

// eslint-disable-next-line no-control-regex -- these are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Half a character: it could not be written as UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function hashDigits(bytes: Uint8Array): string {
	return crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}

function damaged(file: LabelsFile, cause?: unknown): StoreError {
	return new StoreError('STORE_DAMAGED', `The name of snapshot ${file.snapshot.slice(0, 12)} cannot be read.`, {
		details: { what: 'labels', snapshot: file.snapshot },
		cause,
	});
}
