import { gunzipSync } from 'node:zlib';
import { MiB } from '../../base/index.ts';
import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import { appleTime, dataOf, numberOf, textOf } from './values.ts';

/** One note. */
export interface Note {
	readonly id: number;
	readonly title: string | undefined;
	/** Undefined when the note is locked, or its text cannot be read. */
	readonly text: string | undefined;
	readonly createdAt: Date | undefined;
	readonly modifiedAt: Date | undefined;
	readonly folder: string | undefined;
	/** Encrypted with a password of its own. */
	readonly isLocked: boolean;
}

const MAX_ROWS = 1_000_000;

/**
 * All notes of a NoteStore.sqlite that are not deleted, or of the notes.sqlite of systems before iOS 9. Notes, folders and accounts share one
 * table; a note is a row with note data.
 * Source: the public documentation of apple_cloud_notes_parser.
 */
export function readNotes(db: SafeDatabase): Note[] {
	if (db.table('ZICCLOUDSYNCINGOBJECT') === undefined) {
		return readOldNotes(db);
	}
	const data = new Map<number, Uint8Array>();
	const byNote = new Map<number, number>();
	for (const row of db.rows('ZICNOTEDATA', ['Z_PK', 'ZDATA', 'ZNOTE'], { limit: MAX_ROWS, maxValueBytes: 8 * MiB })) {
		const id = numberOf(row.Z_PK ?? row.rowid);
		const bytes = dataOf(row.ZDATA);
		byNote.set(numberOf(row.ZNOTE), id);
		if (bytes !== undefined) {
			data.set(id, bytes);
		}
	}
	const notes: (Omit<Note, 'folder'> & { folderId: number })[] = [];
	const folders = new Map<number, string>();
	for (const row of db.rows('ZICCLOUDSYNCINGOBJECT', COLUMNS, { limit: MAX_ROWS })) {
		const id = numberOf(row.Z_PK ?? row.rowid);
		const folderName = textOf(row.ZTITLE2);
		if (folderName !== undefined) {
			folders.set(id, folderName);
		}
		if (!isNote(row, byNote)) {
			continue;
		}
		const isLocked = numberOf(row.ZISPASSWORDPROTECTED) === 1;
		const bytes = data.get(numberOf(row.ZNOTEDATA) || (byNote.get(id) ?? 0));
		notes.push({
			id,
			title: textOf(row.ZTITLE1),
			text: isLocked || bytes === undefined ? undefined : textOfNoteData(bytes),
			createdAt: appleTime(row.ZCREATIONDATE3) ?? appleTime(row.ZCREATIONDATE2) ?? appleTime(row.ZCREATIONDATE1),
			modifiedAt: appleTime(row.ZMODIFICATIONDATE1),
			folderId: numberOf(row.ZFOLDER),
			isLocked,
		});
	}
	return notes.map(({ folderId, ...note }) => ({ ...note, folder: folders.get(folderId) }));
}

/** How many notes there are, without reading any. */
export function countNotes(db: SafeDatabase): number {
	if (db.table('ZICCLOUDSYNCINGOBJECT') === undefined) {
		return [...db.rows('ZNOTE', ['ZDELETEDFLAG'], { limit: MAX_ROWS })].filter((row) => numberOf(row.ZDELETEDFLAG) !== 1).length;
	}
	const byNote = new Map<number, number>();
	for (const row of db.rows('ZICNOTEDATA', ['ZNOTE'], { limit: MAX_ROWS })) {
		byNote.set(numberOf(row.ZNOTE), 0);
	}
	let count = 0;
	for (const row of db.rows('ZICCLOUDSYNCINGOBJECT', ['Z_PK', 'ZNOTEDATA', 'ZMARKEDFORDELETION'], { limit: MAX_ROWS })) {
		count += isNote(row, byNote) ? 1 : 0;
	}
	return count;
}

/** Notes before iOS 9: plain tables, with the text as HTML. Source: the schema as recorded by iphonebackuptools. */
function readOldNotes(db: SafeDatabase): Note[] {
	const bodies = new Map<number, string>();
	for (const row of db.rows('ZNOTEBODY', ['ZOWNER', 'ZCONTENT'], { limit: MAX_ROWS, maxValueBytes: 8 * MiB })) {
		bodies.set(numberOf(row.ZOWNER), textOf(row.ZCONTENT) ?? '');
	}
	const columns = ['Z_PK', 'ZTITLE', 'ZCREATIONDATE', 'ZMODIFICATIONDATE', 'ZDELETEDFLAG'] as const;
	return [...db.rows('ZNOTE', columns, { limit: MAX_ROWS })].flatMap((row) => {
		const id = numberOf(row.Z_PK ?? row.rowid);
		const body = bodies.get(id);
		return numberOf(row.ZDELETEDFLAG) === 1
			? []
			: {
					id,
					title: textOf(row.ZTITLE),
					text: body === undefined ? undefined : textOfHtml(body),
					createdAt: appleTime(row.ZCREATIONDATE),
					modifiedAt: appleTime(row.ZMODIFICATIONDATE),
					folder: undefined,
					isLocked: false,
				};
	});
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** What a note's simple HTML shows, for reading only: nothing here makes it safe as HTML again. */
function textOfHtml(html: string): string {
	return html
		.replace(/<(?:br|\/div|\/p|\/li)\b[^>]{0,1000}>/gi, '\n')
		.replace(/<[^>]{0,1000}>/g, '')
		.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
			if (name !== undefined) {
				return ENTITIES[name.toLowerCase()] ?? whole;
			}
			const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
			return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
		})
		.trimEnd();
}

const COLUMNS = [
	'Z_PK',
	'ZTITLE1',
	'ZTITLE2',
	'ZNOTEDATA',
	'ZFOLDER',
	'ZCREATIONDATE1',
	'ZCREATIONDATE2',
	'ZCREATIONDATE3',
	'ZMODIFICATIONDATE1',
	'ZISPASSWORDPROTECTED',
	'ZMARKEDFORDELETION',
] as const;

type Cell = Parameters<typeof numberOf>[0];

/** @param byNote - notes that note data names: the way back, where a schema has only that one. */
function isNote(row: { Z_PK?: Cell; ZNOTEDATA?: Cell; ZMARKEDFORDELETION?: Cell }, byNote: ReadonlyMap<number, number>): boolean {
	return (numberOf(row.ZNOTEDATA) > 0 || byNote.has(numberOf(row.Z_PK) || -1)) && numberOf(row.ZMARKEDFORDELETION) !== 1;
}

/** What a note may unpack to: a few megabytes of text are a book. */
const MAX_NOTE_BYTES = 32 * MiB;

/**
 * The text of a note: gzip around protocol buffers, in which field 2 is the document, its field 3 the note, and its field 2 the text.
 * @returns undefined when the data has another shape.
 */
export function textOfNoteData(bytes: Uint8Array): string | undefined {
	let plain: Uint8Array;
	try {
		plain = gunzipSync(bytes, { maxOutputLength: MAX_NOTE_BYTES });
	} catch {
		// Encrypted, cut, or far too large: the note is told of without its text.
		return undefined;
	}
	const document = field(plain, 2);
	const note = document === undefined ? undefined : field(document, 3);
	const text = note === undefined ? undefined : field(note, 2);
	return text === undefined ? undefined : new TextDecoder().decode(text);
}

const WIRE_VARINT = 0;
const WIRE_FIXED_64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED_32 = 5;

/** The first field with this number that holds bytes. Source: the encoding guide of protocol buffers. */
function field(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let shift = 0; shift < 10 && at < bytes.length; shift++) {
			const byte = bytes[at++] ?? 0;
			value += (byte & 0x7f) * 2 ** (7 * shift);
			if (byte < 0x80) {
				return value;
			}
		}
		return Number.NaN;
	};
	while (at < bytes.length) {
		const tag = varint();
		switch (tag % 8) {
			case WIRE_VARINT:
				varint();
				break;
			case WIRE_FIXED_64:
				at += 8;
				break;
			case WIRE_FIXED_32:
				at += 4;
				break;
			case WIRE_BYTES: {
				const length = varint();
				if (!(length <= bytes.length - at)) {
					return undefined;
				}
				if (Math.floor(tag / 8) === wanted) {
					return bytes.subarray(at, at + length);
				}
				at += length;
				break;
			}
			default:
				return undefined;
		}
	}
	return undefined;
}
