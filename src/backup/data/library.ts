import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import { appleTime, numberOf, textOf } from './values.ts';

/** A photo or video of Photos.sqlite. */
export interface PhotoAsset {
	/** Below CameraRollDomain. */
	readonly path: string;
	readonly isVideo: boolean;
	readonly takenAt: Date | undefined;
	/** The name that it had when it came to the phone. */
	readonly originalName: string | undefined;
}

const MAX_ROWS = 5_000_000;

/** The library's photos and videos that are not in the trash. `ZGENERICASSET` before iOS 14, `ZASSET` since. */
export function* readPhotoAssets(db: SafeDatabase): Generator<PhotoAsset, void, undefined> {
	const names = new Map<number, string>();
	for (const row of db.rows('ZADDITIONALASSETATTRIBUTES', ['ZASSET', 'ZORIGINALFILENAME'], { limit: MAX_ROWS })) {
		const name = textOf(row.ZORIGINALFILENAME);
		if (name !== undefined) {
			names.set(numberOf(row.ZASSET), name);
		}
	}
	const table = db.table('ZASSET') === undefined ? 'ZGENERICASSET' : 'ZASSET';
	const columns = ['Z_PK', 'ZDIRECTORY', 'ZFILENAME', 'ZDATECREATED', 'ZKIND', 'ZTRASHEDSTATE'] as const;
	for (const row of db.rows(table, columns, { limit: MAX_ROWS })) {
		const [folder, name] = [textOf(row.ZDIRECTORY), textOf(row.ZFILENAME)];
		if (folder !== undefined && name !== undefined && numberOf(row.ZTRASHEDSTATE) === 0) {
			yield {
				path: `Media/${folder}/${name}`,
				isVideo: numberOf(row.ZKIND) === 1 || isVideoName(name),
				takenAt: appleTime(row.ZDATECREATED),
				originalName: names.get(numberOf(row.Z_PK ?? row.rowid)),
			};
		}
	}
}

/** Whether a name in DCIM is of a photo, a video, or of neither, as edits and sidecars are. */
export function mediaKindOf(name: string): 'photo' | 'video' | undefined {
	const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
	return PHOTO_EXTENSIONS.has(extension) ? 'photo' : VIDEO_EXTENSIONS.has(extension) ? 'video' : undefined;
}

const PHOTO_EXTENSIONS: ReadonlySet<string> = new Set([
	'heic',
	'heif',
	'jpg',
	'jpeg',
	'png',
	'gif',
	'tif',
	'tiff',
	'dng',
	'webp',
	'bmp',
	'avif',
	'jxl',
]);
const VIDEO_EXTENSIONS: ReadonlySet<string> = new Set(['mov', 'mp4', 'm4v', '3gp', 'avi']);

function isVideoName(name: string): boolean {
	return mediaKindOf(name) === 'video';
}

/** One voice memo of CloudRecordings.db or Recordings.db. */
export interface VoiceMemo {
	/** The file's own name. */
	readonly fileName: string;
	readonly title: string | undefined;
	readonly recordedAt: Date | undefined;
}

/** The recordings that the app lists. `ZRECORDING` before iOS 12, `ZCLOUDRECORDING` since; titles moved between columns. */
export function readVoiceMemos(db: SafeDatabase): VoiceMemo[] {
	const table = db.table('ZCLOUDRECORDING') === undefined ? 'ZRECORDING' : 'ZCLOUDRECORDING';
	const rows = db.rows(table, ['ZPATH', 'ZCUSTOMLABEL', 'ZCUSTOMLABELFORSORTING', 'ZENCRYPTEDTITLE', 'ZDATE'], { limit: MAX_ROWS });
	return [...rows].flatMap((row) => {
		const path = textOf(row.ZPATH);
		return path === undefined
			? []
			: [
					{
						fileName: path.slice(path.lastIndexOf('/') + 1),
						title: textOf(row.ZENCRYPTEDTITLE) ?? textOf(row.ZCUSTOMLABELFORSORTING) ?? textOf(row.ZCUSTOMLABEL),
						recordedAt: appleTime(row.ZDATE),
					},
				];
	});
}

/** Events and reminders of a Calendar.sqlitedb: `entity_type` 2 and 3; databases without that column hold events only. */
export function countCalendarItems(db: SafeDatabase): { events: number; reminders: number } {
	let [events, reminders] = [0, 0];
	const hasType = db.table('CalendarItem')?.columns.some((column) => column.toLowerCase() === 'entity_type') === true;
	for (const row of db.rows('CalendarItem', ['entity_type'], { limit: MAX_ROWS })) {
		const isReminder = hasType && numberOf(row.entity_type) === 3;
		events += isReminder ? 0 : 1;
		reminders += isReminder ? 1 : 0;
	}
	return { events, reminders };
}

/**
 * Reminders of a store of their own that are not deleted: a table of reminders since iOS 16, before it one for objects of every kind, in which
 * the number that stands for a reminder differs from system to system.
 */
export function countReminders(db: SafeDatabase): number {
	const isSingle = db.table('ZREMCDREMINDER') === undefined;
	const kind = isSingle
		? [...db.rows('Z_PRIMARYKEY', ['Z_ENT', 'Z_NAME'])].find((row) => row.Z_NAME === 'REMCDReminder')?.Z_ENT
		: undefined;
	let count = 0;
	for (const row of db.rows(isSingle ? 'ZREMCDOBJECT' : 'ZREMCDREMINDER', ['Z_ENT', 'ZMARKEDFORDELETION'], { limit: MAX_ROWS })) {
		const isReminder = !isSingle || (kind !== undefined && numberOf(row.Z_ENT) === numberOf(kind));
		count += isReminder && numberOf(row.ZMARKEDFORDELETION) !== 1 ? 1 : 0;
	}
	return count;
}
