import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortError, throwIfAborted } from '../base/index.ts';
import { Findings, MAX_EXAMPLES, type BackupFaultKind, type BackupHealth, type BackupWarningKind } from './backupHealth.ts';
import { FileIdTable } from './contents/fileIdTable.ts';
import type { KeyCache } from './contents/keyCache.ts';
import { FolderPayloads, type PayloadSource } from './contents/payloadSource.ts';
import { BackupError } from './errors.ts';
import { fileIdOf } from './fileId.ts';
import { classOfFileKey } from './keybag.ts';
import type { ManifestDb } from './manifestDb.ts';
import type { ManifestEntry, ManifestRowProblem } from './manifestEntry.ts';
import { openBackup, type BackupFacts } from './openBackup.ts';
import { PayloadIndex } from './payloadIndex.ts';
import { readSupervision } from './supervision.ts';
import { judgeBackupKeys, openBackupManifest, unlockBackup, type UnlockedBackup } from './unlockBackup.ts';

/** How much is looked at. */
export interface CheckBackupOptions {
	/** Opens an encrypted backup; without it only the control files are judged. Ignored when `unlocked` is given. */
	readonly backupPassword?: string;
	readonly unlocked?: UnlockedBackup;
	/** What was derived from passwords before. */
	readonly keys?: KeyCache;
	/**
	 * `presence`: the content of every file exists, by listing folders. `lengths`: its length is possible as well.
	 * `contents`: its bytes match the digest, for the files that have one. Each includes the ones before it.
	 */
	readonly depth?: 'presence' | 'lengths' | 'contents';
	/** For the decrypted manifest; see ManifestDbOptions. */
	readonly tempFolder?: string;
	/** Where the content lies, when `folder` only has the control files. */
	readonly payloads?: PayloadSource;
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: { phase: 'rows' | 'folders'; done: number; total: number }) => void;
}

/**
 * Judges whether a backup can be restored, without a device. Writes nothing into its folder; memory stays small for any number of files.
 *
 * @throws BackupError `WRONG_PASSWORD`, `UNREADABLE`, and what unlockBackup throws: everything else becomes a finding.
 * @throws AbortError.
 */
export async function checkBackup(folder: string, options: CheckBackupOptions = {}): Promise<BackupHealth> {
	const facts = await openBackup(folder);
	const check = new BackupCheck(facts, options);
	check.judgeControlFiles();
	if (facts.state === 'complete') {
		await check.judgeManifest();
	}
	return check.health;
}

/** Rows between two breaths of the event loop. */
const ROWS_PER_TURN = 250;

class BackupCheck {
	readonly #facts: BackupFacts;
	readonly #options: CheckBackupOptions;
	readonly #faults = new Findings<BackupFaultKind>();
	readonly #warnings = new Findings<BackupWarningKind>();
	readonly #counts = { files: 0, folders: 0, symlinks: 0, contentBytes: 0 };
	readonly #promised = new PayloadIndex();
	readonly #payloads: PayloadSource;
	/** What is stored where there is no folder to look into; there, asking for one file means to search for it. */
	#stored: { readonly ids: FileIdTable; readonly sizes: readonly number[] } | undefined;
	#isManifestRead = false;
	#isSupervised: boolean | undefined;

	constructor(facts: BackupFacts, options: CheckBackupOptions) {
		this.#facts = facts;
		this.#payloads = options.payloads ?? new FolderPayloads(facts.folder);
		this.#options = options;
	}

	get health(): BackupHealth {
		return {
			facts: this.#facts,
			isRestorable: this.#isManifestRead && this.#faults.all.length === 0,
			isManifestRead: this.#isManifestRead,
			isSupervised: this.#isSupervised,
			faults: this.#faults.all,
			warnings: this.#warnings.all,
			counts: { ...this.#counts },
		};
	}

	judgeControlFiles(): void {
		const { state, damaged, claimsEncryption, isEncrypted } = this.#facts;
		if (state === 'not-a-backup' || state === 'old-format') {
			this.#faults.add(state);
		} else if (state !== 'complete') {
			this.#faults.add('unfinished');
		}
		for (const { file, message } of damaged) {
			this.#faults.add('damaged-control-file', { relativePath: file, reason: message });
		}
		if (state === 'complete' && claimsEncryption !== isEncrypted) {
			this.#faults.add('encryption-mismatch');
		}
	}

	async judgeManifest(): Promise<void> {
		const unlocked = await this.#unlock();
		if (this.#facts.isEncrypted === true && unlocked === undefined) {
			return;
		}
		let manifest: ManifestDb | undefined;
		try {
			manifest = await openBackupManifest(this.#facts.folder, unlocked, this.#options);
			await this.#readRows(manifest, unlocked);
			this.#isSupervised = await readSupervision(manifest, this.#facts.isEncrypted === true ? unlocked : undefined, this.#payloads);
			await this.#compareFolders(manifest);
		} catch (error) {
			if (!BackupError.is(error, 'DAMAGED_MANIFEST', 'DAMAGED_FILE')) {
				throw error;
			}
			this.#faults.add('damaged-manifest', { reason: error.message });
		} finally {
			manifest?.dispose();
		}
	}

	async #unlock(): Promise<UnlockedBackup | undefined> {
		const { backupPassword, unlocked, keys, signal } = this.#options;
		if (this.#facts.isEncrypted !== true || unlocked !== undefined) {
			return unlocked;
		}
		try {
			if (backupPassword !== undefined) {
				return await unlockBackup(this.#facts.folder, backupPassword, signal, keys);
			}
			await judgeBackupKeys(this.#facts.folder);
		} catch (error) {
			if (!BackupError.is(error, 'BAD_KEYBAG', 'KDF_TOO_COSTLY', 'DAMAGED_RECORD', 'UNSUPPORTED_BACKUP')) {
				throw error;
			}
			this.#faults.add('damaged-control-file', { relativePath: 'Manifest.plist', reason: error.message });
		}
		return undefined;
	}

	async #readRows(manifest: ManifestDb, unlocked: UnlockedBackup | undefined): Promise<void> {
		const { depth, payloads } = this.#options;
		if (depth !== undefined && depth !== 'presence' && payloads !== undefined && payloads.folder === undefined) {
			this.#stored = await this.#listStored(payloads);
		}
		const total = manifest.entryCount;
		let done = 0;
		for (const entry of manifest.entries((problem) => this.#noteProblem(problem))) {
			this.#noteEntry(entry, unlocked);
			if (entry.kind === 'file' && this.#options.depth !== undefined && this.#options.depth !== 'presence') {
				await this.#judgePayload(entry, this.#options.depth);
			}
			done++;
			if (done % ROWS_PER_TURN === 0) {
				this.#options.onProgress?.({ phase: 'rows', done, total });
				await this.#breathe();
			}
		}
		if (done === 0) {
			this.#faults.add('damaged-manifest', { reason: 'Manifest.db has no readable rows.' });
		}
		this.#isManifestRead = true;
		this.#options.onProgress?.({ phase: 'rows', done: total, total });
	}

	#noteProblem(problem: ManifestRowProblem): void {
		const isUnsafe = problem.reason === 'bad-file-id' || problem.reason === 'bad-domain' || problem.reason === 'bad-path';
		if (isUnsafe) {
			this.#faults.add('unsafe-rows', problem);
		} else {
			this.#warnings.add('unreadable-rows', problem);
		}
	}

	#noteEntry(entry: ManifestEntry, unlocked: UnlockedBackup | undefined): void {
		if (entry.fileId !== fileIdOf(entry.domain, entry.relativePath)) {
			this.#warnings.add('foreign-file-ids', nameOf(entry));
		}
		if (entry.kind !== 'file') {
			this.#counts[entry.kind === 'folder' ? 'folders' : 'symlinks']++;
			return;
		}
		this.#counts.files++;
		this.#counts.contentBytes += entry.file.sizeBytes;
		this.#promised.add(entry.fileId);
		if (unlocked !== undefined && this.#facts.isEncrypted === true && !hasKey(entry, unlocked, this.#options.depth === 'contents')) {
			this.#faults.add('missing-keys', nameOf(entry));
		}
	}

	async #listStored(payloads: PayloadSource): Promise<{ ids: FileIdTable; sizes: readonly number[] }> {
		const [ids, sizes] = [new FileIdTable(), [] as number[]];
		await payloads.eachSize((fileId, sizeBytes) => {
			ids.push(fileId);
			sizes.push(sizeBytes);
		}, this.#options.signal);
		ids.seal();
		return { ids, sizes };
	}

	async #storedSizeOf(fileId: string): Promise<number | undefined> {
		if (this.#stored === undefined) {
			return this.#payloads.sizeOf(fileId);
		}
		const number = this.#stored.ids.find(fileId);
		return number === undefined ? undefined : this.#stored.sizes[number];
	}

	async #judgePayload(entry: ManifestEntry, depth: 'lengths' | 'contents'): Promise<void> {
		const stored = await this.#storedSizeOf(entry.fileId);
		if (stored === undefined) {
			// The comparison of folders reports it.
			return;
		}
		const { sizeBytes, digest } = entry.file;
		if (this.#facts.isEncrypted !== true) {
			if (stored !== sizeBytes) {
				this.#warnings.add('sizes-differ', nameOf(entry));
			}
		} else if (entry.file.encryptionKey === undefined) {
			// Stored in the clear, as files without a class are; whether it should have a key is judged with its row.
			if (stored !== sizeBytes) {
				this.#warnings.add('sizes-differ', nameOf(entry));
			}
		} else if (stored % 16 !== 0) {
			this.#faults.add('bad-lengths', nameOf(entry));
		} else if (stored !== sizeBytes - (sizeBytes % 16) + 16 && stored !== sizeBytes) {
			this.#warnings.add('sizes-differ', nameOf(entry));
		}
		// Digests are of the bytes as the device sent them: those of a tree that somebody decrypted say nothing about it.
		const isDecrypted = this.#facts.claimsEncryption && this.#facts.isEncrypted === false;
		if (depth === 'contents' && !isDecrypted && digest !== undefined && !(await this.#hashOf(entry.fileId)).equals(digest)) {
			this.#faults.add('bad-contents', nameOf(entry));
		}
	}

	async #compareFolders(manifest: ManifestDb): Promise<void> {
		this.#promised.seal();
		await this.#notePresent();
		let examples = 0;
		for (const fileId of this.#promised.missing()) {
			// Looking a row up again costs more than counting it, and a whole hash folder can be missing.
			const entry = examples < MAX_EXAMPLES ? manifest.entry(fileId) : undefined;
			examples++;
			this.#faults.add('missing-files', entry === undefined ? { fileId } : nameOf(entry));
		}
		if (this.#promised.extraFiles > 0) {
			this.#warnings.add('extra-files', undefined, this.#promised.extraFiles);
		}
	}

	async #notePresent(): Promise<void> {
		const { prefixes } = PayloadIndex;
		const { onProgress, payloads, signal } = this.#options;
		if (payloads !== undefined && payloads.folder === undefined) {
			await payloads.eachSize((fileId) => this.#promised.notePresent(fileId), signal);
			onProgress?.({ phase: 'folders', done: prefixes.length, total: prefixes.length });
			return;
		}
		for (const [index, prefix] of prefixes.entries()) {
			await this.#promised.noteFolder(payloads?.folder ?? this.#facts.folder, prefix);
			onProgress?.({ phase: 'folders', done: index + 1, total: prefixes.length });
			await this.#breathe();
		}
	}

	async #hashOf(fileId: string): Promise<Buffer> {
		const hash = createHash('sha1');
		for await (const portion of this.#payloads.open(fileId, 'at-once')) {
			throwIfAborted(this.#options.signal);
			hash.update(portion);
		}
		return hash.digest();
	}

	async #breathe(): Promise<void> {
		await nextTurn();
		if (this.#options.signal?.aborted === true) {
			throw new AbortError();
		}
	}
}

/**
 * A file of zero length may be stored without encryption, and needs no key then.
 * @param thorough - unwraps the key too, which takes most of the time of a check of many rows.
 */
function hasKey(entry: ManifestEntry, unlocked: UnlockedBackup, thorough: boolean): boolean {
	const { encryptionKey, sizeBytes, protectionClass } = entry.file;
	if (encryptionKey === undefined) {
		return sizeBytes === 0 || protectionClass === 0;
	}
	try {
		if (thorough) {
			unlocked.keybag.unwrapFileKey(encryptionKey);
		}
		return unlocked.keybag.classKey(classOfFileKey(encryptionKey)) !== undefined;
	} catch (error) {
		if (BackupError.is(error, 'DAMAGED_RECORD')) {
			return false;
		}
		throw error;
	}
}

function nameOf(entry: ManifestEntry): { fileId: string; domain: string; relativePath: string } {
	return { fileId: entry.fileId, domain: entry.domain, relativePath: entry.relativePath };
}
