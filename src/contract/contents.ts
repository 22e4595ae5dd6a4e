import type { LabProblem } from './devices.ts';

/** What is looked into: a snapshot in the store, or a backup folder that Finder or another program wrote. */
export type ContentsPlace = { readonly device: string; readonly snapshot: string } | { readonly folder: string };

/** What can be told about a backup that is open. */
export interface ContentsInfo {
	/** `complete`, or `interrupted`, `old-format` (iOS before 10.2). */
	readonly state: string;
	readonly encrypted: boolean;
	readonly deviceName?: string;
	readonly udid?: string;
	readonly productType?: string;
	readonly iosVersion?: string;
	/** When the backup ended, ISO 8601. */
	readonly date?: string;
	/** Rows of the manifest: files, folders and links. */
	readonly entryCount: number;
	readonly domainCount: number;
	/** Rows of the manifest that were left out because they cannot be used, and some of them. */
	readonly unreadableRows: number;
	readonly problems: readonly { readonly fileId?: string; readonly domain?: string; readonly reason: string }[];
}

/** One file, folder or link in a backup. */
export interface ContentsItem {
	readonly domain: string;
	/** Without a leading slash; empty for the domain itself. */
	readonly path: string;
	readonly kind: 'file' | 'folder' | 'link';
	/** In the clear, told from what is stored. Absent for folders and links, and for a file whose content is not in the backup. */
	readonly sizeBytes?: number;
	/** Unix mode with the type bits; 0 for a folder that has no row of its own. */
	readonly mode: number;
	/** ISO 8601. */
	readonly modifiedAt?: string;
	/** 1 to 4 for files of encrypted backups, else 0. */
	readonly protectionClass: number;
	/** Where a link leads. */
	readonly target?: string;
	/** For a domain of an app: how the app is called. */
	readonly appName?: string;
}

export interface ContentsListing {
	readonly items: readonly ContentsItem[];
	/** How many there are; more than are listed when the list was cut. */
	readonly itemCount: number;
}

/** How much a backup holds of one kind of thing that people know. */
export interface CoverageHolding {
	readonly kind:
		| 'photos'
		| 'videos'
		| 'messages'
		| 'attachments'
		| 'contacts'
		| 'calls'
		| 'notes'
		| 'events'
		| 'reminders'
		| 'voice-memos'
		| 'health-records'
		| 'keychain-items';
	/** `unreadable`: it is there, but its number cannot be told; `why` says what went wrong. */
	readonly state: 'held' | 'absent' | 'unreadable';
	readonly count: number;
	readonly sizeBytes?: number;
	readonly why?: string;
	/** What there are more of than in the parent snapshot; negative for fewer. Absent without a parent that can be read. */
	readonly change?: number;
}

/** Something that a backup leaves out. */
export interface CoverageOmission {
	readonly what:
		| 'saved-passwords'
		| 'health'
		| 'wifi-settings'
		| 'website-history'
		| 'call-history'
		| 'app-binaries'
		| 'caches'
		| 'synced-media'
		| 'icloud-photos'
		| 'icloud-data'
		| 'face-and-touch-id'
		| 'apple-pay';
	/** `never`: no backup holds it. `unencrypted`: an encrypted one would. `in-icloud`: what is in iCloud already is left there. */
	readonly why: 'never' | 'unencrypted' | 'in-icloud';
	readonly count?: number;
}

/** What one app, with its groups and plug-ins, or one part of the system takes. */
export interface AppStorage {
	/** A bundle id, or `photos`, `messages`, `health`, `voice-memos`, `media`, `keychain`, `home`, `system`. */
	readonly id: string;
	readonly kind: 'app' | 'system';
	readonly name?: string;
	/** The user installed it. */
	readonly installed: boolean;
	readonly sizeBytes: number;
	readonly fileCount: number;
	readonly domains: readonly {
		readonly domain: string;
		readonly role: 'app' | 'group' | 'plugin' | 'system';
		readonly sizeBytes: number;
		readonly fileCount: number;
	}[];
}

/** What a backup holds and what it leaves out. Numbers only, nothing personal. */
export interface Coverage {
	readonly encrypted: boolean;
	readonly fileCount: number;
	readonly sizeBytes: number;
	/** Files that the manifest names and that are not there. */
	readonly missingFiles: number;
	readonly unreadableRows: number;
	readonly holdings: readonly CoverageHolding[];
	/** Largest first. */
	readonly storage: readonly AppStorage[];
	readonly omissions: readonly CoverageOmission[];
	/** The parent snapshot, when it was compared with. */
	readonly parent?: { readonly id: string; readonly name?: string; readonly fileCount: number; readonly sizeBytes: number };
	/** Why it was not, though there is one. */
	readonly parentProblem?: LabProblem;
}

/** What each app takes, and how that moved over a device's snapshots. */
export interface StorageReport {
	/** Of the newest snapshot, or the one that was asked for; largest first. */
	readonly apps: readonly AppStorage[];
	/** Oldest first; one alone when no history was asked for. */
	readonly points: readonly { readonly snapshot?: string; readonly name?: string; readonly takenAt?: string; readonly sizeBytes: number }[];
	/** By id of an app or part: its bytes at each point. */
	readonly history: Readonly<Record<string, readonly number[]>>;
	/** Snapshots that could not be read, such as ones with another password. */
	readonly problems: readonly LabProblem[];
}

/** A file as text, for reading and comparing. */
export interface ContentsText {
	readonly kind: 'text' | 'plist' | 'sqlite' | 'binary';
	readonly text: string;
	/** There is more than is shown. */
	readonly cut: boolean;
	readonly sizeBytes: number;
	/** Of the whole content, hex. */
	readonly sha256: string;
}

/** Rows of one table that differ between two states of a database. */
export interface TableChange {
	readonly table: string;
	readonly added: number;
	readonly removed: number;
	readonly changed: number;
	/** False for a table of too many rows: then only how many there are was compared. */
	readonly exact: boolean;
	readonly schemaChanged: boolean;
}

/** A database that differs between two snapshots, and the rows that do. */
export interface DatabaseDiff {
	/** The name of the DiffGroup that it counts in. */
	readonly group: string;
	readonly domain: string;
	readonly path: string;
	/** Those with differences, by name. */
	readonly tables: readonly TableChange[];
}

/** The rows that differ between two snapshots, in the databases that differ. */
export interface RowsDiff {
	readonly before: string;
	readonly after: string;
	/** By group and path; those of which no row differs are left out. */
	readonly databases: readonly DatabaseDiff[];
	/** Databases that are damaged, or that nothing here can read; at most a hundred. */
	readonly unreadable: readonly Omit<DatabaseDiff, 'tables'>[];
	/** Databases that were not looked into: they are too many, too large, or it would have taken too long. */
	readonly leftOut: number;
}

/** What is copied out of a backup. */
export interface ExtractOrder {
	/** `files`: those that the patterns mean, under their domains. The others: what people know, in the format that is named. */
	readonly what: 'files' | 'photos' | 'contacts' | 'messages' | 'notes' | 'voice-memos';
	/** Globs over `Domain/path`, for `files`. */
	readonly patterns?: readonly string[];
	/** Made when it is missing. What lies there stays as it is. */
	readonly to: string;
	/** Contacts: `vcard-3.0` (usual), `vcard-4.0` or `json`. Messages and notes: `text` (usual) or `json`. */
	readonly format?: 'vcard-3.0' | 'vcard-4.0' | 'text' | 'json';
}

export interface ExtractResult {
	readonly to: string;
	readonly fileCount: number;
	readonly sizeBytes: number;
	/** How many contacts, messages, notes or photos were written. */
	readonly itemCount: number;
	/** What could not be copied, at most a hundred of them. */
	readonly skipped: readonly { readonly place: string; readonly why: string }[];
	readonly skippedCount: number;
}

/** Whether a backup can be restored, judged on this computer. */
export interface ContentsHealth {
	/** Undefined when that cannot be told without the password. */
	readonly restorable?: boolean;
	/** Whether the device was supervised; absent when nothing tells. */
	readonly supervised?: boolean;
	readonly faults: readonly HealthFinding[];
	readonly warnings: readonly HealthFinding[];
	readonly counts: { readonly files: number; readonly folders: number; readonly symlinks: number; readonly contentBytes: number };
}

export interface HealthFinding {
	/** Such as `missing-files`, `unfinished`, `damaged-manifest`, `newer-than-target`, `supervision-differs`. */
	readonly kind: string;
	readonly count: number;
	readonly examples: readonly {
		readonly fileId?: string;
		readonly domain?: string;
		readonly relativePath?: string;
		readonly reason?: string;
	}[];
}
