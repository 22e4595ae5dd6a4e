import type { BackupContents } from '../contents/backupContents.ts';
import { countCalendarItems, countReminders } from '../data/library.ts';
import { countNotes } from '../data/notes.ts';
import { PLACES, REMINDER_FOLDERS, VOICE_MEMO_FOLDERS } from '../data/places.ts';
import type { CopyOptions } from '../sqlite/openDatabase.ts';
import { readStorage, type StoragePart } from './appStorage.ts';
import { HoldingCounter } from './holdingCounter.ts';
import { omissionsOf, type Omission } from './omissions.ts';

/** What people look for in a backup, in the order in which it is told. */
export const HOLDING_KINDS = [
	'photos',
	'videos',
	'messages',
	'attachments',
	'contacts',
	'calls',
	'notes',
	'events',
	'reminders',
	'voice-memos',
	'health-records',
	'keychain-items',
] as const;
export type HoldingKind = (typeof HOLDING_KINDS)[number];

/**
 * How much a backup holds of one kind.
 *
 * `held`: `count` says how many. `absent`: nothing in the backup is of this kind. `unreadable`: it is there, but its number could not be told;
 * `why` says what went wrong.
 */
export interface Holding {
	readonly kind: HoldingKind;
	readonly state: 'held' | 'absent' | 'unreadable';
	readonly count: number;
	/** Of the files that hold it; undefined where one file holds many kinds. */
	readonly sizeBytes: number | undefined;
	readonly why: string | undefined;
}

/** What a backup holds and what it leaves out. Numbers only: nothing of anybody's life. */
export interface Coverage {
	readonly isEncrypted: boolean;
	readonly fileCount: number;
	/** Of all files that are there, in the clear. */
	readonly sizeBytes: number;
	/** Files that the manifest names and that are not there. */
	readonly missingFiles: number;
	/** Rows of the manifest that could not be used. */
	readonly unreadableRows: number;
	readonly holdings: readonly Holding[];
	/** Apps and parts of the system, largest first. */
	readonly storage: readonly StoragePart[];
	readonly omissions: readonly Omission[];
}

/**
 * Counts what a backup holds, from its manifest and the databases in it.
 * @throws AbortError. What is wrong with one database is said of its own kinds, and ends nothing.
 */
export async function readCoverage(contents: BackupContents, options: CopyOptions = {}): Promise<Coverage> {
	const sizes = await contents.storedSizes(options.signal);
	const { table } = contents;
	const totals = { fileCount: 0, sizeBytes: 0, missingFiles: 0 };
	for (let row = 0; row < table.count; row++) {
		const stored = sizes[row] ?? -1;
		if (table.isFile(row)) {
			totals.fileCount += stored >= 0 ? 1 : 0;
			totals.missingFiles += stored >= 0 ? 0 : 1;
			totals.sizeBytes += stored >= 0 ? contents.likelySizeOf(row, stored) : 0;
		}
	}
	const counter = new HoldingCounter(contents, sizes, options);
	const media = counter.media();
	const cloudOnly = await counter.cloudOnlyAssets();
	const holdings = [
		media.photos,
		media.videos,
		await counter.inDatabase('messages', PLACES.messages, (db) => db.count('message'), ['message']),
		counter.filesBelow('attachments', [{ domain: 'MediaDomain', folder: 'Library/SMS/Attachments/' }]),
		await counter.inDatabase('contacts', PLACES.contacts, (db) => db.count('ABPerson'), ['ABPerson']),
		await counter.inDatabase('calls', PLACES.calls, (db) => db.count('ZCALLRECORD') + db.count('call'), ['ZCALLRECORD', 'call']),
		await counter.inDatabase('notes', PLACES.notes, countNotes, ['ZICCLOUDSYNCINGOBJECT', 'ZNOTE']),
		await counter.inDatabase('events', PLACES.calendar, (db) => countCalendarItems(db).events, ['CalendarItem']),
		added(
			await counter.inDatabase('reminders', PLACES.calendar, (db) => countCalendarItems(db).reminders, ['CalendarItem']),
			await counter.inDatabasesBelow('reminders', REMINDER_FOLDERS, countReminders, ['ZREMCDREMINDER', 'ZREMCDOBJECT']),
		),
		counter.filesBelow('voice-memos', VOICE_MEMO_FOLDERS, /\.(?:m4a|qta|caf|wav)$/i),
		await counter.inDatabase('health-records', PLACES.health, (db) => db.count('samples'), ['samples']),
		await counter.keychain(),
	];
	return {
		isEncrypted: contents.isEncrypted,
		...totals,
		unreadableRows: contents.problemCount,
		holdings,
		storage: await readStorage(contents, options.signal),
		omissions: omissionsOf(contents, cloudOnly),
	};
}

/** What is kept in two places; when one of them cannot be told, the whole cannot. */
function added(first: Holding, second: Holding): Holding {
	const unknown = [first, second].find(({ state }) => state === 'unreadable');
	const state = first.state === 'held' || second.state === 'held' ? 'held' : 'absent';
	return unknown ?? { ...first, state, count: first.count + second.count };
}
