import { createHash } from 'node:crypto';
import { MiB } from '../../base/index.ts';
import { parsePlist, PlistError } from '../../plist/index.ts';
import type { BackupContents } from '../contents/backupContents.ts';
import type { ContentsEntry } from '../contents/entryTable.ts';
import { BackupError } from '../errors.ts';
import { openDatabase, type CopyOptions } from '../sqlite/openDatabase.ts';
import { plistLines } from './plistText.ts';
import { sqliteLines } from './sqliteText.ts';

/** A file of a backup as text, for an editor's comparison. */
export interface ReadableText {
	readonly kind: 'text' | 'plist' | 'sqlite' | 'binary';
	readonly text: string;
	/** There is more than is shown. */
	readonly isCut: boolean;
	readonly sizeBytes: number;
	/** Of the whole content, in hex. */
	readonly sha256: string;
}

/** Bounds of what is shown: an editor stays quick with this much. */
const MAX_TEXT_BYTES = 8 * MiB;
const MAX_PLIST_BYTES = 32 * MiB;
const BOUNDS = { maxRowsPerTable: 5000, maxLines: 100_000, maxValueChars: 2000 };

/**
 * The content of a file as text: property lists and databases as readable lines, text as it is, anything else as its size and hash.
 * What looks like one of them and cannot be read as such is told of like any other data.
 *
 * @throws BackupError `MISSING_FILE`, `DAMAGED_FILE`, `DAMAGED_RECORD`, `UNREADABLE`.
 * @throws AbortError.
 */
export async function readAsText(contents: BackupContents, entry: ContentsEntry, options: CopyOptions = {}): Promise<ReadableText> {
	const head: Uint8Array[] = [];
	const hash = createHash('sha256');
	let sizeBytes = 0;
	for await (const portion of contents.open(entry, options.signal)) {
		hash.update(portion);
		if (sizeBytes <= MAX_PLIST_BYTES) {
			head.push(portion);
		}
		sizeBytes += portion.length;
	}
	const facts = { sizeBytes, sha256: hash.digest('hex') };
	const bytes = Buffer.concat(head);
	if (bytes.toString('latin1', 0, 16) === 'SQLite format 3\0') {
		const shown = await databaseText(contents, entry, options);
		if (shown !== undefined) {
			return { ...shown, ...facts };
		}
	}
	const isWhole = bytes.length === sizeBytes;
	const lines = isWhole && looksLikePlist(bytes) ? plistText(bytes) : undefined;
	if (lines !== undefined) {
		return { kind: 'plist', text: `${lines.lines.join('\n')}\n`, isCut: lines.isCut, ...facts };
	}
	const text = textOf(bytes.subarray(0, MAX_TEXT_BYTES), sizeBytes > MAX_TEXT_BYTES);
	if (text !== undefined) {
		return { kind: 'text', text, isCut: sizeBytes > MAX_TEXT_BYTES, ...facts };
	}
	return { kind: 'binary', text: `${sizeBytes} bytes\nSHA-256 ${facts.sha256}\n`, isCut: false, ...facts };
}

async function databaseText(
	contents: BackupContents,
	entry: ContentsEntry,
	options: CopyOptions,
): Promise<Pick<ReadableText, 'kind' | 'text' | 'isCut'> | undefined> {
	try {
		const database = await openDatabase(contents, entry, options);
		try {
			const { lines, isCut } = sqliteLines(database.tables, BOUNDS);
			return { kind: 'sqlite', text: `${lines.join('\n')}\n`, isCut };
		} finally {
			database.dispose();
		}
	} catch (error) {
		if (BackupError.is(error, 'DAMAGED_FILE')) {
			return undefined;
		}
		throw error;
	}
}

function looksLikePlist(bytes: Buffer): boolean {
	const start = bytes.toString('latin1', 0, 512).trimStart();
	return start.startsWith('bplist0') || (/^(?:ï»¿)?<(?:\?xml|!DOCTYPE plist|plist)/.test(start) && start.includes('plist'));
}

function plistText(bytes: Buffer): { lines: string[]; isCut: boolean } | undefined {
	try {
		return plistLines(parsePlist(bytes, { maxBytes: MAX_PLIST_BYTES }), BOUNDS);
	} catch (error) {
		if (error instanceof PlistError) {
			return undefined;
		}
		throw error;
	}
}

/** Text is UTF-8 without controls, but for a character that the bound tore apart. */
function textOf(bytes: Buffer, isCut: boolean): string | undefined {
	const end = isCut ? lastWholeCharacter(bytes) : bytes.length;
	try {
		const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
		// eslint-disable-next-line no-control-regex
		return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? undefined : text;
	} catch {
		return undefined;
	}
}

function lastWholeCharacter(bytes: Buffer): number {
	let end = bytes.length;
	while (end > bytes.length - 4 && end > 0 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) {
		end--;
	}
	return Math.max(0, end - 1);
}
