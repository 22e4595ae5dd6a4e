import {
	BackupError,
	mediaKindOf,
	openDatabase,
	PHOTO_FOLDERS,
	PLACES,
	readPhotoAssets,
	readVoiceMemos,
	VOICE_MEMO_FOLDERS,
	type BackupContents,
	type ContentsEntry,
	type CopyOptions,
	type OpenDatabase,
} from '../../backup/index.ts';
import type { ExtractOrder, ExtractResult } from '../../contract/index.ts';
import { EngineError } from '../errors.ts';
import { matchingRows } from './browse.ts';
import { extractContacts, extractMessages, extractNotes } from './extractPeople.ts';
import { ExtractTarget } from './extractTarget.ts';

/**
 * Copies things out of a backup to a folder. What cannot be read is left out and named; what lies in the folder stays as it is.
 * @throws EngineError `FOLDER_UNUSABLE`, `HOST_FULL`, `WRONG_USE` (the format does not fit). BackupError. AbortError.
 */
export async function extract(
	contents: BackupContents,
	order: ExtractOrder,
	options: CopyOptions,
	onProgress: (files: number, bytes: number) => void,
): Promise<ExtractResult> {
	const target = new ExtractTarget(order.to, onProgress);
	const { format } = order;
	const allowed = FORMATS[order.what];
	if (format !== undefined && !allowed.includes(format)) {
		throw new EngineError(
			'WRONG_USE',
			`The format ${format} does not fit ${order.what}${allowed.length === 0 ? '' : `: ${allowed.join(', ')}`}.`,
		);
	}
	switch (order.what) {
		case 'files':
			return target.result(await extractFiles(contents, target, order.patterns ?? [], options.signal));
		case 'photos':
			return target.result(await extractPhotos(contents, target, options));
		case 'voice-memos':
			return target.result(await extractVoiceMemos(contents, target, options));
		case 'contacts':
			return target.result(await extractContacts(contents, target, format ?? 'vcard-3.0', options));
		case 'messages':
			return target.result(await extractMessages(contents, target, format ?? 'text', options));
		case 'notes':
			return target.result(await extractNotes(contents, target, format ?? 'text', options));
	}
}

const FORMATS: Readonly<Record<ExtractOrder['what'], readonly string[]>> = {
	files: [],
	photos: [],
	'voice-memos': [],
	contacts: ['vcard-3.0', 'vcard-4.0', 'json'],
	messages: ['text', 'json'],
	notes: ['text', 'json'],
};

async function extractFiles(
	contents: BackupContents,
	target: ExtractTarget,
	patterns: readonly string[],
	signal: AbortSignal | undefined,
): Promise<number> {
	const rows = await matchingRows(contents, patterns, signal);
	let written = 0;
	for (const row of rows) {
		const entry = contents.table.entryAt(row);
		const place = [entry.domain, ...entry.path.split('/').filter((component) => component !== '')];
		if (entry.kind === 'folder') {
			await target.folder(place);
		} else if (entry.kind === 'symlink') {
			// Where it leads is a place on the phone; here it would lead astray.
			target.skip(place.join('/'), `It is a link to ${entry.target ?? 'nothing'}.`);
		} else {
			written += (await target.write(place, contents.open(entry, signal), dateOf(entry), signal)) ? 1 : 0;
		}
	}
	return written;
}

/** Photos and videos by year and month, with the names and times that the library gives them; those that it does not list too. */
async function extractPhotos(contents: BackupContents, target: ExtractTarget, options: CopyOptions): Promise<number> {
	const known = new Map<string, { takenAt: Date | undefined; name: string | undefined }>();
	await inDatabase(contents, PLACES.photos, options, ({ tables }) => {
		for (const { path, takenAt, originalName } of readPhotoAssets(tables)) {
			known.set(path, { takenAt, name: originalName });
		}
	});
	let written = 0;
	const { table } = contents;
	for (const { domain, folder } of PHOTO_FOLDERS) {
		for (const row of table.rowsOf(domain)) {
			const path = table.isFile(row) ? table.pathAt(row) : '';
			if (!path.startsWith(folder) || mediaKindOf(path) === undefined) {
				continue;
			}
			const entry = table.entryAt(row);
			const facts = known.get(path);
			const takenAt = facts?.takenAt ?? dateOf(entry);
			const stored = path.slice(path.lastIndexOf('/') + 1);
			// The name that it had before, unless that is of another kind: an edited photo is not what its original was called.
			const original = facts?.name;
			const name = original !== undefined && extensionOf(original) === extensionOf(stored) ? original : stored;
			const [year, month] = (takenAt ?? new Date(0)).toISOString().split('-');
			const place = takenAt === undefined ? ['undated', name] : [year ?? '', `${year}-${month}`, name];
			written += (await target.write(place, contents.open(entry, options.signal), takenAt, options.signal)) ? 1 : 0;
		}
	}
	return written;
}

async function extractVoiceMemos(contents: BackupContents, target: ExtractTarget, options: CopyOptions): Promise<number> {
	const known = new Map<string, { title: string | undefined; recordedAt: Date | undefined }>();
	for (const place of PLACES.voiceMemos) {
		await inDatabase(contents, [place], options, ({ tables }) => {
			readVoiceMemos(tables).forEach(({ fileName, ...facts }) => known.set(fileName, facts));
		});
	}
	let written = 0;
	for (const { domain, folder } of VOICE_MEMO_FOLDERS) {
		for (const row of contents.table.rowsOf(domain)) {
			const path = contents.table.pathAt(row);
			if (!contents.table.isFile(row) || !path.startsWith(folder) || !/\.(?:m4a|qta|caf|wav)$/i.test(path)) {
				continue;
			}
			const entry = contents.table.entryAt(row);
			const name = path.slice(path.lastIndexOf('/') + 1);
			const facts = known.get(name);
			const titled = facts?.title === undefined ? name : `${facts.title}.${extensionOf(name)}`;
			const recordedAt = facts?.recordedAt ?? dateOf(entry);
			written += (await target.write([titled], contents.open(entry, options.signal), recordedAt, options.signal)) ? 1 : 0;
		}
	}
	return written;
}

/** Works on the first of some databases that the backup has. One that cannot be read is like none: the files are there without it. */
async function inDatabase(
	contents: BackupContents,
	places: readonly { domain: string; path: string }[],
	options: CopyOptions,
	work: (database: OpenDatabase) => void,
): Promise<void> {
	const entry = places.map(({ domain, path }) => contents.find(domain, path)).find((each) => each !== undefined);
	if (entry === undefined) {
		return;
	}
	try {
		const database = await openDatabase(contents, entry, options);
		try {
			work(database);
		} finally {
			database.dispose();
		}
	} catch (error) {
		if (!BackupError.is(error)) {
			throw error;
		}
	}
}

function extensionOf(name: string): string {
	return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

function dateOf({ modifiedAtSeconds }: ContentsEntry): Date | undefined {
	const date = new Date(modifiedAtSeconds * 1000);
	return modifiedAtSeconds <= 0 || Number.isNaN(date.getTime()) ? undefined : date;
}
