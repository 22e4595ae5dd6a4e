import { createHash, type Hash } from 'node:crypto';
import { BackupError, FileDecryptor, payloadPathOf, type ManifestDb, type ManifestEntry, type UnlockedKeybag } from '../../backup/index.ts';
import { MiB } from '../../base/index.ts';
import type { Content, ContentReceiver, DeviceEntry, RestoreArea, RestoreRules } from '../files/index.ts';
import type { AgentContext } from './backup.ts';
import { AgentFailure, MB_ERROR } from './errors.ts';
import type { DownloadSink } from './hostFiles.ts';
import { attributesOf } from './records.ts';

/** Bounds of one DownloadFiles. Unverified: iOS's own. */
const FILES_PER_BATCH = 500;
const BYTES_PER_BATCH = 64 * MiB;

/** Percent at which the contents begin and end. */
const FIRST_PERCENT = 3;
const LAST_PERCENT = 98;

/** Receives everything that a backup's manifest names and the rules want, checking each file. */
export class RestoreReceiver {
	readonly #context: AgentContext;
	readonly #db: ManifestDb;
	readonly #area: RestoreArea;
	readonly #keybag: UnlockedKeybag | undefined;
	readonly #rules: RestoreRules;
	readonly #problems: string[] = [];
	readonly #totalBytes = 0;
	#receivedBytes = 0;

	/** @throws AgentFailure 205 when the manifest cannot be read. */
	constructor(context: AgentContext, db: ManifestDb, area: RestoreArea, keybag: UnlockedKeybag | undefined, rules: RestoreRules) {
		this.#context = context;
		this.#db = db;
		this.#area = area;
		this.#keybag = keybag;
		this.#rules = rules;
		for (const row of this.#rows()) {
			this.#totalBytes += row.kind === 'file' ? row.file.sizeBytes : 0;
		}
	}

	/** Bytes that the device has to find room for, as the manifest records them. */
	get totalBytes(): number {
		return this.#totalBytes;
	}

	/** @throws AgentFailure 205 when files are missing or damaged. */
	async run(): Promise<void> {
		let batch: ManifestEntry[] = [];
		let bytes = 0;
		let isFirst = true;
		for (const row of this.#rows()) {
			if (row.kind !== 'file') {
				this.#putWithoutContent(row);
				continue;
			}
			batch.push(row);
			bytes += row.file.sizeBytes;
			if (batch.length === FILES_PER_BATCH || bytes >= BYTES_PER_BATCH) {
				await this.#receive(batch, bytes);
				batch = [];
				bytes = 0;
				if (isFirst) {
					isFirst = false;
					await this.#context.faults.at('restoring');
				}
			}
		}
		if (batch.length > 0) {
			await this.#receive(batch, bytes);
		}
		if (isFirst) {
			await this.#context.faults.at('restoring');
		}
	}

	*#rows(): Generator<ManifestEntry> {
		const invalid = (reason: string): never => {
			throw new AgentFailure(MB_ERROR.invalidBackup, `Error reading manifest: ${reason}`);
		};
		for (const row of this.#db.entries((problem) => invalid(problem.reason))) {
			if (this.#rules.restores(row.domain, row.relativePath)) {
				yield row;
			}
		}
	}

	async #receive(batch: readonly ManifestEntry[], bytes: number): Promise<void> {
		const { host, folder } = this.#context;
		this.#receivedBytes += bytes;
		host.progress = FIRST_PERCENT + ((LAST_PERCENT - FIRST_PERCENT) * this.#receivedBytes) / Math.max(1, this.#totalBytes);
		const byPath = new Map(batch.map((row) => [`${folder}/${payloadPathOf(row.fileId)}`, row]));
		await host.download([...byPath.keys()], (path) => this.#sinkFor(byPath.get(path)));
		if (this.#problems.length > 0) {
			const text = this.#problems.length === 1 ? this.#problems[0] : `Multiple errors downloading files: ${this.#problems[0]}`;
			throw new AgentFailure(MB_ERROR.invalidBackup, text ?? '');
		}
	}

	#sinkFor(row: ManifestEntry | undefined): DownloadSink {
		if (row === undefined) {
			return { write() {}, end() {} };
		}
		const current = this.#context.device.files.get(row.domain, row.relativePath);
		const sink = new FileSink(row, this.#area.receive(current?.content), this.#keybag);
		return {
			write: (bytes) => sink.write(bytes),
			end: (error) => {
				const problem = error ?? sink.end();
				if (problem === undefined) {
					this.#putFile(row, sink.content, current);
				} else {
					this.#problems.push(`${row.domain}-${row.relativePath}: ${problem}`);
				}
			},
		};
	}

	#putFile(row: ManifestEntry, content: Content | undefined, current: DeviceEntry | undefined): void {
		// A database in use stays one: the next backup records the same wrong size when nothing else has changed.
		const sizeError = row.file.sizeBytes - (content?.sizeBytes ?? 0);
		this.#put(row, { content, sizeError, protectionClass: row.file.protectionClass || (current?.protectionClass ?? 0) });
	}

	#putWithoutContent(row: ManifestEntry): void {
		this.#put(row, { content: undefined, sizeError: 0, protectionClass: 0 });
	}

	#put(row: ManifestEntry, content: { content: Content | undefined; sizeError: number; protectionClass: number }): void {
		const { file } = row;
		this.#area.put(row.domain, row.relativePath, {
			mode: file.mode,
			userId: file.userId,
			groupId: file.groupId,
			modifiedAt: file.modifiedAtSeconds,
			changedAt: file.statusChangedAtSeconds,
			bornAt: file.createdAtSeconds,
			target: row.kind === 'symlink' ? file.target : undefined,
			attributes: attributesOf(file),
			...content,
		});
	}
}

/** Takes one stored file: digest over what is stored, content decrypted. */
class FileSink {
	readonly #row: ManifestEntry;
	readonly #receiver: ContentReceiver;
	readonly #decryptor: FileDecryptor | undefined;
	readonly #hash: Hash | undefined;
	#problem: string | undefined;
	#content: Content | undefined;

	constructor(row: ManifestEntry, receiver: ContentReceiver, keybag: UnlockedKeybag | undefined) {
		this.#row = row;
		this.#receiver = receiver;
		this.#hash = row.file.digest === undefined ? undefined : createHash('sha1');
		try {
			const wrapped = keybag === undefined ? undefined : row.file.encryptionKey;
			this.#decryptor =
				wrapped === undefined ? undefined : new FileDecryptor(keybag?.unwrapFileKey(wrapped) ?? wrapped, row.file.sizeBytes);
			if (keybag !== undefined && wrapped === undefined && row.file.sizeBytes > 0) {
				this.#problem = 'the file has no key';
			}
		} catch (error) {
			this.#problem = problemOf(error);
		}
	}

	get content(): Content | undefined {
		return this.#content;
	}

	write(bytes: Uint8Array): void {
		this.#hash?.update(bytes);
		this.#receiver.write(this.#decryptor === undefined ? bytes : this.#decryptor.update(bytes));
	}

	/** @returns what is wrong with the file, if anything is. */
	end(): string | undefined {
		try {
			if (this.#decryptor !== undefined) {
				this.#receiver.write(this.#decryptor.final());
				if (this.#decryptor.padding !== 'pkcs7' && this.#decryptor.plainBytes > 0) {
					this.#problem ??= 'the file cannot be decrypted';
				}
			}
			this.#content = this.#receiver.end();
			if (this.#content.sizeBytes === 0 && this.#row.file.sizeBytes > 0) {
				this.#problem ??= 'the file is empty';
			}
			const digest = this.#hash?.digest();
			if (digest !== undefined && digest.compare(this.#row.file.digest ?? new Uint8Array(0)) !== 0) {
				this.#problem ??= 'the digest does not match';
			}
		} catch (error) {
			this.#problem ??= problemOf(error);
		}
		return this.#problem;
	}
}

function problemOf(error: unknown): string {
	if (BackupError.is(error)) {
		return error.message;
	}
	throw error;
}
