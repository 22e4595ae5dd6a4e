import type { BackupFacts } from './openBackup.ts';

/** Why a backup must not be restored. */
export type BackupFaultKind =
	| 'not-a-backup'
	| 'unfinished' // the device never said `finished`, or a `Snapshot` folder is left
	| 'old-format'
	| 'damaged-control-file' // details: which one
	| 'damaged-manifest' // Manifest.db cannot be read to its end, or holds nothing
	| 'encryption-mismatch' // Manifest.plist says encrypted and Manifest.db is plain, or the other way round
	| 'missing-files' // content that the manifest promises is not there
	| 'bad-lengths' // stored content is no multiple of 16 bytes in an encrypted backup
	| 'bad-contents' // stored bytes differ from the recorded digest
	| 'missing-keys' // content in an encrypted backup without a usable key
	| 'unsafe-rows'; // rows that a device refuses, such as a domain with a slash

/** What is odd, but was seen in backups that restore. */
export type BackupWarningKind =
	| 'unreadable-rows' // rows without a readable record
	| 'sizes-differ' // files whose size is not the recorded one, as live databases' are
	| 'foreign-file-ids' // file IDs that are not the hash of their domain and path
	| 'extra-files'; // content that no row mentions

/** One finding. */
export interface BackupFinding<Kind> {
	readonly kind: Kind;
	/** How many files, rows or control files it is about. */
	readonly count: number;
	/** Some of them, at most MAX_EXAMPLES. */
	readonly examples: readonly BackupFindingExample[];
}

/** What a finding is about, as far as known. */
export interface BackupFindingExample {
	readonly fileId?: string;
	readonly domain?: string;
	readonly relativePath?: string;
	/** For rows, a reason of ManifestRowProblem; else a text. */
	readonly reason?: string;
}

/** The judgement of `checkBackup`. */
export interface BackupHealth {
	readonly facts: BackupFacts;
	/** True when nothing was found that makes a restore fail: `faults` is empty and the manifest was read. */
	readonly isRestorable: boolean;
	/** False when the backup is encrypted and no password was given: then only the control files were judged, and `isRestorable` is false. */
	readonly isManifestRead: boolean;
	/** Whether the device was supervised; undefined when the backup does not tell, or its manifest was not read. */
	readonly isSupervised: boolean | undefined;
	readonly faults: readonly BackupFinding<BackupFaultKind>[];
	readonly warnings: readonly BackupFinding<BackupWarningKind>[];
	readonly counts: { readonly files: number; readonly folders: number; readonly symlinks: number; readonly contentBytes: number };
}

/** Examples kept per finding; the count goes on. */
export const MAX_EXAMPLES = 20;

/** Gathers findings by kind, with bounded memory. */
export class Findings<Kind extends string> {
	readonly #byKind = new Map<Kind, { kind: Kind; count: number; examples: BackupFindingExample[] }>();

	add(kind: Kind, example?: BackupFindingExample, count = 1): void {
		const finding = this.#byKind.get(kind) ?? { kind, count: 0, examples: [] };
		this.#byKind.set(kind, finding);
		finding.count += count;
		if (example !== undefined && finding.examples.length < MAX_EXAMPLES) {
			finding.examples.push(example);
		}
	}

	get all(): readonly BackupFinding<Kind>[] {
		return [...this.#byKind.values()];
	}
}
