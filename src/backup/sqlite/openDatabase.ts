import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Disposable, toDisposable } from '../../base/index.ts';
import type { BackupContents } from '../contents/backupContents.ts';
import type { ContentsEntry } from '../contents/entryTable.ts';
import { replayWal } from './walReplay.ts';
import { SafeDatabase } from './safeDatabase.ts';

/** Where private copies go, and how the work is stopped. */
export interface CopyOptions {
	readonly tempFolder?: string | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** A database of a backup in a private copy, which `dispose` removes. */
export class OpenDatabase extends Disposable {
	readonly tables: SafeDatabase;

	/** For openDatabase. */
	constructor(path: string, folder: string) {
		super();
		this.register(toDisposable(() => rmSync(folder, { recursive: true, force: true })));
		try {
			this.tables = this.register(new SafeDatabase(path));
		} catch (error) {
			this.dispose();
			throw error;
		}
	}
}

/**
 * Opens a database that a backup holds, with what its write-ahead log adds when the backup has one beside it.
 * @throws BackupError `DAMAGED_FILE` - no database, or a damaged one; `MISSING_FILE`, `DAMAGED_RECORD`, `UNREADABLE`.
 * @throws AbortError.
 */
export async function openDatabase(contents: BackupContents, entry: ContentsEntry, options: CopyOptions = {}): Promise<OpenDatabase> {
	const folder = await mkdtemp(join(options.tempFolder ?? tmpdir(), 'database-'));
	try {
		const copy = join(folder, 'database');
		await pipeline(contents.open(entry, options.signal), createWriteStream(copy, { mode: 0o600 }));
		const log = contents.find(entry.domain, `${entry.path}-wal`);
		const hasLog = log !== undefined && ((await contents.storedBytesOf(log)) ?? 0) > 0;
		if (hasLog) {
			await pipeline(contents.open(log, options.signal), createWriteStream(`${copy}-wal`, { mode: 0o600 }));
		}
		replayWal(copy, hasLog ? `${copy}-wal` : undefined);
		return new OpenDatabase(copy, folder);
	} catch (error) {
		rmSync(folder, { recursive: true, force: true });
		throw error;
	}
}
