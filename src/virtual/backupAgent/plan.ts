import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BackupError, fileIdOf, isFileId, ManifestDbWriter, type ManifestEntry } from '../../backup/index.ts';
import type { IDisposable } from '../../base/index.ts';
import type { DeviceEntry, FilesSnapshot } from '../files/index.ts';
import { FetchedManifest } from './base.ts';
import type { AgentContext } from './backup.ts';
import { missingFilesDecision, type BaseDecision, type BaseFacts } from './decision.ts';
import { FileIdList } from './fileIdList.ts';
import type { ListedItem } from './messages.ts';
import { isUnchanged, recordOf } from './records.ts';

/** What a backup is going to do. Disposing it removes the manifest that was not sent. */
export interface BackupPlan extends IDisposable {
	readonly isFull: boolean;
	/** The new Manifest.db, with every row but those of `uploads`. */
	readonly manifest: ManifestDbWriter;
	readonly manifestPath: string;
	/** Files whose content has to be sent. */
	readonly uploads: readonly DeviceEntry[];
	/** Bytes in them. */
	readonly uploadBytes: number;
	/** Hash folders that the host has already: two hexadecimal digits each. */
	readonly existingFolders: ReadonlySet<string>;
	/** Contents on the host that no row names any more. */
	readonly obsolete: FileIdList;
}

/** Sends everything. Contents of an earlier backup that do not belong to this one become obsolete. */
export async function planFull(
	context: AgentContext,
	snapshot: FilesSnapshot,
	items: ReadonlyMap<string, ListedItem>,
): Promise<BackupPlan> {
	const plan = new Plan(context, true, items);
	plan.addRemaining(snapshot, NOTHING);
	if (plan.existingFolders.size > 0) {
		const kept = new Set(plan.uploads.map((entry) => fileIdOf(entry.domain, entry.path)));
		for (const prefix of plan.existingFolders) {
			for (const name of (await context.host.list(`${context.folder}/${prefix}`)).keys()) {
				if (isFileId(name) && name.startsWith(prefix) && !kept.has(name)) {
					plan.obsolete.push(name);
				}
			}
		}
	}
	return plan;
}

/**
 * Continues the backup in the folder: only what differs from its manifest is sent. The folder is listed hash folder by hash folder,
 * so that memory does not depend on the number of files.
 *
 * @returns the plan, or what to do instead when the base turns out to be damaged.
 */
export async function planIncremental(
	context: AgentContext,
	snapshot: FilesSnapshot,
	base: BaseFacts,
	items: ReadonlyMap<string, ListedItem>,
): Promise<{ plan: BackupPlan } | { decision: BaseDecision }> {
	const damaged = { decision: missingFilesDecision(base.strict) };
	const fetched = await FetchedManifest.fetch(context.device, context.host, context.folder, keyOf(context, base));
	if (fetched === undefined) {
		return damaged;
	}
	const plan = new Plan(context, false, items);
	let isComplete = false;
	try {
		const unchanged = new Set<DeviceEntry>();
		let problems = 0;
		for (const prefix of PREFIXES) {
			const present = plan.existingFolders.has(prefix) ? await context.host.list(`${context.folder}/${prefix}`) : NO_ITEMS;
			for (const row of fetched.db.entries(() => problems++, { fileIdPrefix: prefix })) {
				if (row.kind === 'file' && !present.has(row.fileId)) {
					context.device.log.info(`The base of the backup lacks ${row.fileId}.`);
					return damaged;
				}
				plan.compare(row, snapshot, unchanged);
			}
		}
		if (problems > 0) {
			return damaged;
		}
		plan.addRemaining(snapshot, unchanged);
		isComplete = true;
		return { plan };
	} catch (error) {
		if (BackupError.is(error, 'DAMAGED_MANIFEST')) {
			return damaged;
		}
		throw error;
	} finally {
		fetched.dispose();
		if (!isComplete) {
			plan.dispose();
		}
	}
}

class Plan implements BackupPlan {
	readonly isFull: boolean;
	readonly manifestPath: string;
	readonly manifest: ManifestDbWriter;
	readonly existingFolders: ReadonlySet<string>;
	readonly obsolete = new FileIdList();
	readonly #uploads: DeviceEntry[] = [];
	readonly #encrypted: boolean;
	#uploadBytes = 0;

	constructor(context: AgentContext, isFull: boolean, items: ReadonlyMap<string, ListedItem>) {
		this.isFull = isFull;
		this.#encrypted = context.device.encryption.willEncrypt;
		this.manifestPath = join(context.device.files.scratchFolder, `manifest-${randomUUID()}.db`);
		this.manifest = new ManifestDbWriter(this.manifestPath);
		this.existingFolders = new Set([...items].filter(([name, item]) => item.isFolder && PREFIXES.includes(name)).map(([name]) => name));
	}

	get uploads(): readonly DeviceEntry[] {
		return this.#uploads;
	}

	get uploadBytes(): number {
		return this.#uploadBytes;
	}

	/** One row of the base: kept when the file is as it was, obsolete when it is no file any more. */
	compare(row: ManifestEntry, snapshot: FilesSnapshot, unchanged: Set<DeviceEntry>): void {
		const entry = snapshot.tree.get(row.domain, row.relativePath);
		if (row.kind !== 'file') {
			return;
		}
		if (entry?.kind !== 'file') {
			this.obsolete.push(row.fileId);
		} else if (isUnchanged(entry, row.file)) {
			unchanged.add(entry);
			this.manifest.add(row);
		}
	}

	/** Everything that is not among the unchanged: rows for folders and links, uploads for files. */
	addRemaining(snapshot: FilesSnapshot, unchanged: ReadonlySet<DeviceEntry>): void {
		for (const entry of snapshot.tree.entries()) {
			const kind = entry.kind;
			if (unchanged.has(entry)) {
				continue;
			}
			if (kind === 'file') {
				this.#uploads.push(entry);
				this.#uploadBytes += entry.sizeBytes;
			} else {
				this.manifest.add({
					domain: entry.domain,
					relativePath: entry.path,
					kind: kind === 'link' ? 'symlink' : 'folder',
					file: recordOf(entry, this.#encrypted),
				});
			}
		}
	}

	dispose(): void {
		this.manifest.abandon();
	}
}

const PREFIXES: readonly string[] = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
const NO_ITEMS: ReadonlyMap<string, ListedItem> = new Map();
const NOTHING: ReadonlySet<DeviceEntry> = new Set();

/** The key of the base's Manifest.db; undefined when it is not encrypted. */
function keyOf(context: AgentContext, base: BaseFacts): Uint8Array | undefined {
	const keybag = context.device.encryption.keybag;
	const wrapped = typeof base.manifest === 'string' ? undefined : base.manifest.manifestKey;
	return keybag === undefined || wrapped === undefined ? undefined : keybag.unlocked.unwrapFileKey(wrapped);
}
