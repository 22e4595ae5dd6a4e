import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposable, errorText, KiB, MiB, throwIfAborted } from '../../base/index.ts';
import { readControlFile, unreadable } from '../backupFolder.ts';
import { BackupError } from '../errors.ts';
import { FileDecryptor, type PaddingKind } from '../fileCipher.ts';
import { BackupKeybag, classOfFileKey, type UnlockedKeybag } from '../keybag.ts';
import { openEncryptedManifestDb, openManifestDb, readManifestDbHeader, type ManifestDb } from '../manifestDb.ts';
import type { ManifestEntry, ManifestRowProblem } from '../manifestEntry.ts';
import { readMbdb } from '../manifestMbdb.ts';
import { readManifestPlist, type ManifestPlist } from '../manifestPlist.ts';
import type { MbFile } from '../mbFile.ts';
import { openBackup, type BackupFacts } from '../openBackup.ts';
import { EntryTable, type ContentsEntry } from './entryTable.ts';
import type { KeyCache } from './keyCache.ts';
import type { PayloadSource } from './payloadSource.ts';

/** How a backup is opened for reading. */
export interface OpenContentsOptions {
	/** Holds Info.plist, Manifest.plist, Status.plist and Manifest.db or Manifest.mbdb: the backup's own folder, or a copy of these. */
	readonly controlFolder: string;
	readonly payloads: PayloadSource;
	/** Of an encrypted backup; a secret. */
	readonly backupPassword?: string | undefined;
	readonly keys: KeyCache;
	readonly signal?: AbortSignal | undefined;
	readonly tempFolder?: string | undefined;
}

/** Rows between two looks at the signal. */
const ROWS_PER_TURN = 5000;

/** Some ten times the largest that were seen. */
const MAX_MBDB_BYTES = 512 * MiB;

/** What the end of an encrypted file is judged by, and one block. */
const END_BYTES = 4 * KiB + 16;

/** Problems that are kept with their details; all are counted. */
const MAX_PROBLEMS = 1000;

/**
 * A backup that is open for reading: its entries, and their contents in the clear. Dispose it: a decrypted manifest lives until then.
 *
 * Memory: some 120 bytes a row. Contents are decrypted as they are read, in constant memory.
 */
export class BackupContents extends Disposable {
	readonly facts: BackupFacts;
	readonly table: EntryTable;
	readonly manifest: ManifestPlist | undefined;
	readonly payloads: PayloadSource;
	/** Where the control files lie. */
	readonly controlFolder: string;
	readonly #keybag: UnlockedKeybag | undefined;
	readonly #record: (entry: ContentsEntry) => MbFile | undefined;
	readonly #problems: ManifestRowProblem[];
	readonly #problemCount: number;
	#stored: Float64Array | undefined;

	private constructor(parts: {
		facts: BackupFacts;
		table: EntryTable;
		manifest: ManifestPlist | undefined;
		options: OpenContentsOptions;
		keybag: UnlockedKeybag | undefined;
		record: (entry: ContentsEntry) => MbFile | undefined;
		problems: { kept: ManifestRowProblem[]; count: number };
		owned: Disposable | undefined;
	}) {
		super();
		this.facts = parts.facts;
		this.table = parts.table;
		this.manifest = parts.manifest;
		this.payloads = parts.options.payloads;
		this.controlFolder = parts.options.controlFolder;
		this.#keybag = parts.keybag;
		this.#record = parts.record;
		this.#problems = parts.problems.kept;
		this.#problemCount = parts.problems.count;
		if (parts.owned !== undefined) {
			this.register(parts.owned);
		}
	}

	/**
	 * Opens a backup. An interrupted one is opened as well, with what its manifest has.
	 *
	 * @throws BackupError `NOT_A_BACKUP`, `BACKUP_UNFINISHED` (there is no manifest yet), `PASSWORD_NEEDED`, `WRONG_PASSWORD`, `DAMAGED_MANIFEST`,
	 *   `BAD_KEYBAG`, `KDF_TOO_COSTLY`, `UNSUPPORTED_BACKUP` (iOS 10.0 encrypted its rows in a way of its own), `UNREADABLE`.
	 * @throws AbortError.
	 */
	static async open(options: OpenContentsOptions): Promise<BackupContents> {
		const { controlFolder: folder, signal } = options;
		const facts = await openBackup(folder);
		const hasDb = (facts.controlSizes['Manifest.db'] ?? 0) > 0;
		if (!hasDb && facts.controlSizes['Manifest.mbdb'] === undefined) {
			const irregular = facts.damaged.find(({ file }) => file === 'Manifest.db' || file === 'Manifest.mbdb');
			if (irregular !== undefined) {
				throw new BackupError('DAMAGED_MANIFEST', irregular.message, { details: { file: irregular.file } });
			}
			const isNone = facts.state === 'not-a-backup';
			throw new BackupError(isNone ? 'NOT_A_BACKUP' : 'BACKUP_UNFINISHED', 'The folder holds no manifest of a backup.', {
				details: { state: facts.state },
			});
		}
		const manifest = await readManifest(facts, folder);
		const keybag = await unlockIfEncrypted(manifest, facts, options);
		const table = new EntryTable();
		const problems = { kept: [] as ManifestRowProblem[], count: 0 };
		const note = (problem: ManifestRowProblem): void => {
			problems.count++;
			if (problems.kept.length < MAX_PROBLEMS) {
				problems.kept.push(problem);
			}
		};
		if (!hasDb) {
			const files = new Map<number, MbFile>();
			for (const entry of readMbdb(await readMbdbFile(folder), note)) {
				files.set(table.count, entry.file);
				table.add(entry);
			}
			table.seal();
			const record = ({ row }: ContentsEntry): MbFile | undefined => files.get(row);
			return new BackupContents({ facts, table, manifest, options, keybag, record, problems, owned: undefined });
		}
		const db = await openDb(folder, manifest, keybag, options);
		try {
			await fill(table, db.entries(note), signal);
			if (table.count === 0 && problems.count > 0 && manifest?.isEncrypted === true && manifest.manifestKey === undefined) {
				throw new BackupError(
					'UNSUPPORTED_BACKUP',
					'Encrypted backups of iOS 10.0 are not supported: their rows are encrypted one by one.',
				);
			}
			table.seal();
			const record = ({ fileId }: ContentsEntry): MbFile | undefined => db.entry(fileId)?.file;
			return new BackupContents({ facts, table, manifest, options, keybag, record, problems, owned: db });
		} catch (error) {
			db.dispose();
			throw error;
		}
	}

	/** Rows of the manifest that were left out, at most a thousand of them. */
	get problems(): readonly ManifestRowProblem[] {
		return this.#problems;
	}

	get problemCount(): number {
		return this.#problemCount;
	}

	get isEncrypted(): boolean {
		return this.#keybag !== undefined;
	}

	/** @throws BackupError `WRONG_PASSWORD` - it does not open this backup. AbortError. */
	async checkPassword(backupPassword: string, keys: KeyCache, signal?: AbortSignal): Promise<void> {
		if (this.manifest !== undefined) {
			await unlockManifest(this.manifest, backupPassword, keys, signal);
		}
	}

	/** The entry of a domain and path; undefined when there is none. */
	find(domain: string, path: string): ContentsEntry | undefined {
		const row = this.table.rowAt(domain, path);
		return row === undefined ? undefined : this.table.entryAt(row);
	}

	/**
	 * Stored lengths of all files by row, -1 where the content is not there. Read once, and kept.
	 * @throws AbortError.
	 */
	async storedSizes(signal?: AbortSignal): Promise<Float64Array> {
		if (this.#stored === undefined) {
			const sizes = new Float64Array(this.table.count).fill(-1);
			await this.payloads.eachSize((fileId, sizeBytes) => {
				const row = this.table.rowOf(fileId);
				if (row !== undefined) {
					sizes[row] = sizeBytes;
				}
			}, signal);
			this.#stored = sizes;
		}
		return this.#stored;
	}

	/** Stored length of one file; undefined when its content is not there. */
	async storedBytesOf(entry: ContentsEntry): Promise<number | undefined> {
		if (this.#stored !== undefined) {
			const known = this.#stored[entry.row] ?? -1;
			return known < 0 ? undefined : known;
		}
		return this.payloads.sizeOf(entry.fileId);
	}

	/**
	 * How long the content of a file is, without reading it: from what is stored, never from the manifest alone. Undefined when the content is not
	 * there.
	 *
	 * An encrypted file ends in 1 to 16 bytes of padding, so that the stored length says in which block the content ends. The recorded size is
	 * taken when it lies in that block: of a file that grew or shrank by less than a block it is up to 15 bytes off, and what `open` gives is right.
	 * When it does not, the last block says how much of it is padding.
	 */
	async sizeOf(entry: ContentsEntry): Promise<number | undefined> {
		const stored = await this.storedBytesOf(entry);
		if (stored === undefined || !this.isEncrypted || stored === 0 || sizesAgree(stored, entry.recordedBytes)) {
			return stored === undefined || !this.isEncrypted || stored === 0 ? stored : entry.recordedBytes;
		}
		return (await this.#sizeByPadding(entry, stored)) ?? stored;
	}

	/** The size as `sizeOf` would say it, without any reading: right but for files that changed during the backup, at most 16 bytes off then. */
	likelySizeOf(row: number, stored: number): number {
		return this.isEncrypted && stored > 0 && sizesAgree(stored, this.table.sizeAt(row)) ? this.table.sizeAt(row) : stored;
	}

	/**
	 * The content of a file in the clear, in portions.
	 *
	 * @param onPadding - told how an encrypted file ended; `odd` deserves a warning.
	 * @throws BackupError `MISSING_FILE`, `DAMAGED_FILE`, `DAMAGED_RECORD` (no usable key), `UNREADABLE`.
	 * @throws AbortError.
	 */
	async *open(entry: ContentsEntry, signal?: AbortSignal, onPadding?: (padding: PaddingKind) => void): AsyncGenerator<Uint8Array> {
		const key = this.#keyOf(entry);
		const decryptor = key === undefined ? undefined : new FileDecryptor(key, entry.recordedBytes);
		for await (const portion of this.payloads.open(entry.fileId, decryptor === undefined ? undefined : 'at-once')) {
			throwIfAborted(signal);
			const plain = decryptor === undefined ? portion : decryptor.update(portion);
			if (plain.length > 0) {
				yield plain;
			}
		}
		const rest = decryptor?.final();
		if (rest !== undefined && rest.length > 0) {
			yield rest;
		}
		if (decryptor !== undefined) {
			onPadding?.(decryptor.padding);
		}
	}

	/**
	 * The whole content of a file in memory.
	 * @param maxBytes - a longer one is cut there, so that a hostile backup cannot fill the memory.
	 */
	async read(entry: ContentsEntry, maxBytes: number, signal?: AbortSignal): Promise<{ bytes: Buffer; isCut: boolean }> {
		const portions: Uint8Array[] = [];
		let total = 0;
		for await (const portion of this.open(entry, signal)) {
			portions.push(portion);
			total += portion.length;
			if (total > maxBytes) {
				break;
			}
		}
		const bytes = Buffer.concat(portions);
		return { bytes: bytes.subarray(0, maxBytes), isCut: bytes.length > maxBytes };
	}

	/** Whether the backup has a key that opens a file of this class; true where nothing is encrypted. */
	hasKeyFor(entry: ContentsEntry): boolean {
		try {
			return this.#keybag === undefined || this.#keyOf(entry) !== undefined || entry.recordedBytes === 0 || entry.protectionClass === 0;
		} catch (error) {
			if (BackupError.is(error, 'DAMAGED_RECORD')) {
				return false;
			}
			throw error;
		}
	}

	/** Undefined for a file that is stored in the clear. */
	#keyOf(entry: ContentsEntry): Uint8Array | undefined {
		if (this.#keybag === undefined) {
			return undefined;
		}
		const wrapped = this.#record(entry)?.encryptionKey;
		if (wrapped !== undefined) {
			return this.#keybag.unwrapFileKey(wrapped);
		}
		if (entry.protectionClass !== 0 && entry.recordedBytes > 0) {
			throw new BackupError('DAMAGED_RECORD', 'A file of an encrypted backup has no key.', { details: { fileId: entry.fileId } });
		}
		return undefined;
	}

	async #sizeByPadding(entry: ContentsEntry, stored: number): Promise<number | undefined> {
		const end = stored % 16 === 0 ? await this.payloads.readEnd(entry.fileId, stored, END_BYTES) : undefined;
		const key = end === undefined ? undefined : this.#keyOf(entry);
		if (end === undefined || key === undefined) {
			return undefined;
		}
		// The first of these blocks decrypts to rubbish without the one before it, and is no part of what the decryptor judges.
		const skipped = stored - end.length;
		const decryptor = new FileDecryptor(key, entry.recordedBytes < skipped ? undefined : entry.recordedBytes - skipped);
		const plain = Buffer.concat([decryptor.update(end), decryptor.final()]);
		return skipped + plain.length;
	}
}

/** PKCS#7 adds 1 to 16 bytes. */
function sizesAgree(stored: number, recorded: number): boolean {
	return stored === recorded - (recorded % 16) + 16;
}

async function readManifest(facts: BackupFacts, folder: string): Promise<ManifestPlist | undefined> {
	if (facts.controlSizes['Manifest.plist'] === undefined || facts.damaged.some(({ file }) => file === 'Manifest.plist')) {
		return undefined;
	}
	return readManifestPlist(await readControlFile(folder, 'Manifest.plist'));
}

async function unlockIfEncrypted(
	manifest: ManifestPlist | undefined,
	facts: BackupFacts,
	{ backupPassword, keys, signal }: OpenContentsOptions,
): Promise<UnlockedKeybag | undefined> {
	// A plain database means that somebody decrypted the whole tree, but for the first of iOS 10, which encrypted files alone.
	const isEncrypted = facts.isEncrypted === true || (facts.state === 'old-format' && manifest?.isEncrypted === true);
	if (manifest === undefined || !isEncrypted) {
		return undefined;
	}
	return unlockManifest(manifest, backupPassword, keys, signal);
}

async function unlockManifest(
	manifest: ManifestPlist,
	backupPassword: string | undefined,
	keys: KeyCache,
	signal: AbortSignal | undefined,
): Promise<UnlockedKeybag> {
	if (manifest.backupKeybag === undefined) {
		throw new BackupError('BAD_KEYBAG', 'Manifest.plist has no keybag.');
	}
	const keybag = BackupKeybag.parse(manifest.backupKeybag);
	if (keybag.derivation === undefined) {
		throw new BackupError('BAD_KEYBAG', 'This keybag has no salt: no password opens it.');
	}
	if (backupPassword === undefined) {
		throw new BackupError('PASSWORD_NEEDED', 'This backup is encrypted: its password is needed to read it.');
	}
	const neededClass = manifest.manifestKey === undefined ? undefined : classOfFileKey(manifest.manifestKey);
	return keybag.unlockWithKey(await keys.derive(backupPassword, keybag.derivation, signal), neededClass);
}

async function openDb(
	folder: string,
	manifest: ManifestPlist | undefined,
	keybag: UnlockedKeybag | undefined,
	{ tempFolder, signal }: OpenContentsOptions,
): Promise<ManifestDb> {
	const path = join(folder, 'Manifest.db');
	const options = { ...(tempFolder === undefined ? {} : { tempFolder }), ...(signal === undefined ? {} : { signal }) };
	if ((await readManifestDbHeader(path)) === 'sqlite' || keybag === undefined || manifest?.manifestKey === undefined) {
		return openManifestDb(path, options);
	}
	return openEncryptedManifestDb(path, keybag.unwrapFileKey(manifest.manifestKey), options);
}

async function readMbdbFile(folder: string): Promise<Uint8Array> {
	const path = join(folder, 'Manifest.mbdb');
	try {
		if ((await stat(path)).size > MAX_MBDB_BYTES) {
			throw new BackupError('DAMAGED_MANIFEST', 'Manifest.mbdb is too large.', { details: { file: 'Manifest.mbdb' } });
		}
		const file = await open(path, 'r');
		try {
			return await file.readFile();
		} finally {
			await file.close();
		}
	} catch (error) {
		throw BackupError.is(error) ? error : unreadable(path, errorText(error));
	}
}

async function fill(table: EntryTable, entries: Iterable<ManifestEntry>, signal: AbortSignal | undefined): Promise<void> {
	for (const entry of entries) {
		table.add(entry);
		if (table.count % ROWS_PER_TURN === 0) {
			await new Promise((resolve) => setImmediate(resolve));
			throwIfAborted(signal);
		}
	}
}
