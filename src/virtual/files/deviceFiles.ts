import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Disposable, toDisposable, type IDisposable } from '../../base/index.ts';
import { TreeBuilder } from './builder.ts';
import { readContent, type Content } from './content.ts';
import { domainKindOf } from './domains.ts';
import type { DeviceEntry } from './entry.ts';
import { fingerprintTree, type FingerprintScope } from './fingerprint.ts';
import { buildDevice, type AppIdentity } from './layout.ts';
import { parseProfile } from './profiles.ts';
import { RestoreArea, segmentsOf } from './restoreArea.ts';
import { loadState, saveHeader, saveTree, treeFileName, type SavedHeader } from './state.ts';
import { ContentStore } from './store.ts';
import { putItem, type ChangedItem } from './change.ts';
import { touchTree, type TouchResult } from './touch.ts';
import { DeviceTree } from './tree.ts';

/** What a restore replaces; see `DeviceFiles.stageRestore`. */
export interface RestoreRules {
	/** Whether the restore puts back what lies at this place. What it does not put back stays as it is. */
	readonly restores: (domain: string, path: string) => boolean;
	/** Also remove the user's domains that the backup does not hold at all. */
	readonly removeItemsNotRestored: boolean;
}

/** A tree that does not change any more. */
export interface FilesSnapshot extends IDisposable {
	readonly tree: DeviceTree;
}

/** Settings of a new set of files; see `createDeviceFiles`. */
export interface DeviceFilesOptions {
	/** Decides everything about the files that the profile leaves open. */
	readonly seed: string;
	/** See parseProfile. */
	readonly profile: string;
	/** Apps that get a container. */
	readonly apps: readonly AppIdentity[];
	/** A folder for content that cannot be generated, and for `save`. Created when missing; the caller removes it. */
	readonly stateFolder: string;
}

/**
 * The files of a virtual device that a backup carries.
 *
 * Entries are immutable, so a backup works on the list that it took at its start, as a device works on a snapshot of its file system.
 * The clock of the tree is its own: it moves with each change and never stands still or goes back, so that a changed file always has a newer time.
 */
export class DeviceFiles extends Disposable {
	readonly #options: DeviceFilesOptions;
	readonly #store: ContentStore;
	readonly #tree: DeviceTree;
	/** Saving happens one after the other. */
	#saving: Promise<void> = Promise.resolve();
	#now: number;
	/** The file with the entries as they were saved last. */
	#treeFile: string | undefined;
	#savedFiles: number;
	/** The tree differs from what was saved last. */
	#isChanged = false;
	#backups: string[];
	#pending: { area: RestoreArea; rules: RestoreRules } | undefined;
	#area: RestoreArea | undefined;
	#openSnapshots = 0;
	/** Segments that the state on disk refers to: they outlive what is in memory until the next save. */
	#saved: ReadonlySet<number> = new Set();

	private constructor(
		options: DeviceFilesOptions,
		store: ContentStore,
		tree: DeviceTree,
		state: Pick<SavedHeader, 'now' | 'treeFile' | 'backups'>,
	) {
		super();
		this.#options = options;
		this.#store = store;
		this.#tree = tree;
		this.#now = state.now;
		this.#treeFile = state.treeFile;
		this.#savedFiles = Number(/\d+/.exec(state.treeFile ?? '0')?.[0]);
		this.#backups = [...state.backups];
		this.register(toDisposable(() => store.close()));
	}

	/** For createDeviceFiles. */
	static async open(options: DeviceFilesOptions): Promise<DeviceFiles> {
		const profile = parseProfile(options.profile);
		const store = new ContentStore(options.stateFolder);
		rmSync(join(options.stateFolder, SCRATCH_FOLDER), { recursive: true, force: true });
		mkdirSync(join(options.stateFolder, SCRATCH_FOLDER), { mode: 0o700 });
		const loaded = await loadState(options.stateFolder);
		if (loaded?.tree !== undefined) {
			const { header, tree } = loaded;
			const files = new DeviceFiles(options, store, tree, header);
			files.#saved = segmentsOf(tree);
			store.collect((segment) => files.#saved.has(segment));
			return files;
		}
		store.collect(() => false);
		const tree = new DeviceTree();
		const writer = store.createSegment();
		buildDevice(
			new TreeBuilder(tree, options.seed, FIRST_MOMENT, writer, join(options.stateFolder, SCRATCH_FOLDER)),
			profile,
			options.apps,
		);
		writer.close();
		return new DeviceFiles(options, store, tree, { now: FIRST_MOMENT, treeFile: undefined, backups: loaded?.header.backups ?? [] });
	}

	/** A folder for temporary files; emptied when the device starts. */
	get scratchFolder(): string {
		return join(this.#options.stateFolder, SCRATCH_FOLDER);
	}

	get profile(): string {
		return this.#options.profile;
	}

	/** The tree's own clock, in seconds since 1970. */
	get now(): number {
		return this.#now;
	}

	/** Number of entries of all kinds, and of bytes in the files among them. */
	sizes(): { entries: number; files: number; bytes: number } {
		let files = 0;
		let bytes = 0;
		for (const entry of this.#tree.entries()) {
			files += entry.kind === 'file' ? 1 : 0;
			bytes += entry.sizeBytes;
		}
		return { entries: this.#tree.count, files, bytes };
	}

	entries(): IterableIterator<DeviceEntry> {
		return this.#tree.entries();
	}

	get(domain: string, path: string): DeviceEntry | undefined {
		return this.#tree.get(domain, path);
	}

	/** What lies in one domain. */
	entriesOf(domain: string): IterableIterator<DeviceEntry> {
		return this.#tree.entriesOf(domain);
	}

	/** Takes over what was changed in a domain from outside, such as an app's container over AFC. Removals come first. */
	change(domain: string, removed: readonly string[], put: readonly ChangedItem[]): void {
		this.#now += 1;
		const writer = this.#store.createSegment();
		try {
			removed.forEach((path) => this.#tree.delete(domain, path));
			put.forEach((item) => putItem(this.#tree, domain, item, writer, this.#now));
		} finally {
			writer.close();
			this.#isChanged = true;
			this.#collect();
		}
	}

	/** An app is gone with all that it kept. */
	removeDomain(domain: string): void {
		this.#now += 1;
		this.#tree.deleteDomain(domain);
		this.#isChanged = true;
		this.#collect();
	}

	/** Writes `length` bytes of a file's content, from `fileOffset` on, to `target`. */
	read(content: Content, target: Uint8Array, targetOffset: number, fileOffset: number, length: number): void {
		readContent(this.#store, content, target, targetOffset, fileOffset, length);
	}

	/** The tree as it is now, as a backup reads it while the phone is used; every content in it stays readable until it is disposed. */
	snapshot(): FilesSnapshot {
		this.#openSnapshots++;
		const release = toDisposable(() => {
			this.#openSnapshots--;
			this.#collect();
		});
		return { tree: this.#tree.snapshot(), dispose: () => release.dispose() };
	}

	/** Changes, adds and deletes files as using a phone does; see touchTree. What only encrypted backups carry changes when `encrypted` is true. */
	touch(options: { files: number; seed: string; encrypted?: boolean }): TouchResult {
		this.#now += SECONDS_PER_TOUCH;
		const writer = this.#store.createSegment();
		try {
			const context = { tree: this.#tree, store: this.#store, writer, now: this.#now, encrypted: options.encrypted === true };
			return touchTree(context, options.files, options.seed);
		} finally {
			writer.close();
			this.#isChanged = true;
			this.#collect();
		}
	}

	/** SHA-256 over everything that a backup carries; see fingerprintTree. */
	fingerprint(options: { list?: (line: string) => void; scope?: FingerprintScope } = {}): Promise<string> {
		return fingerprintTree(this.#tree, this.#store, options.scope ?? 'everyBackup', options.list);
	}

	/** Notes that a backup with this UUID was made of the device, so that it may be continued. */
	rememberBackup(uuid: string): void {
		this.#backups = [...this.#backups.filter((known) => known !== uuid), uuid].slice(-MAX_REMEMBERED_BACKUPS);
	}

	knowsBackup(uuid: string): boolean {
		return this.#backups.includes(uuid);
	}

	/** A restore has finished and waits for the restart. */
	get restorePending(): boolean {
		return this.#pending !== undefined;
	}

	/** An empty side folder for a restore. One that was neither staged nor abandoned is given up. */
	beginRestore(): RestoreArea {
		this.#area = new RestoreArea(this.#store, () => this.#tree.takeInode());
		return this.#area;
	}

	/** The restore that is under way failed: what arrived is deleted. */
	abandonRestore(area: RestoreArea): void {
		area.seal();
		if (this.#area === area) {
			this.#area = undefined;
		}
		this.#collect();
	}

	/** Everything has arrived: it takes its place with the next `completeRestore`. */
	stageRestore(area: RestoreArea, rules: RestoreRules): void {
		area.seal();
		this.#area = undefined;
		this.#pending = { area, rules };
		this.#isChanged = true;
	}

	/**
	 * Moves a staged restore into place, as a device does while it restarts; does nothing when there is none.
	 *
	 * In every domain of the backup the restore decides alone: what is not in the backup is gone, whether or not `RemoveItemsNotRestored` was given.
	 * Domains that the backup does not hold stay, unless that option is given and they are the user's.
	 */
	completeRestore(): Promise<void> {
		const pending = this.#pending;
		if (pending !== undefined) {
			this.#pending = undefined;
			moveInPlace(this.#tree, pending.area.tree, pending.rules);
			this.#now += SECONDS_PER_TOUCH;
			this.#isChanged = true;
			this.#collect();
		}
		return Promise.resolve();
	}

	/**
	 * Keeps the state in the folder, whole or not at all. A restore that waits for a restart is kept in its place, because a device that is
	 * loaded from the folder has started anew.
	 */
	save(): Promise<void> {
		const saved = this.#saving.then(() => this.#save());
		this.#saving = saved.catch(() => {
			// Whoever asked for it hears of it; the next save tries again.
			this.#isChanged = true;
		});
		return saved;
	}

	async #save(): Promise<void> {
		if (this.isDisposed) {
			return;
		}
		let treeFile = this.#treeFile;
		const { stateFolder, seed, profile } = this.#options;
		if (this.#isChanged) {
			this.#isChanged = false;
			const tree = this.#tree.snapshot();
			if (this.#pending !== undefined) {
				moveInPlace(tree, this.#pending.area.tree, this.#pending.rules);
			}
			this.#savedFiles++;
			treeFile = treeFileName(this.#savedFiles);
			const segments = segmentsOf(tree);
			// Order matters: both the old and the new state must find their segments, whenever the process ends.
			this.#saved = new Set([...this.#saved, ...segments]);
			await saveTree(stateFolder, treeFile, tree);
			await saveHeader(stateFolder, this.#header(seed, profile, treeFile));
			this.#saved = segments;
			this.#treeFile = treeFile;
			this.#collect();
		} else {
			await saveHeader(stateFolder, this.#header(seed, profile, treeFile));
		}
	}

	#header(seed: string, profile: string, treeFile: string | undefined): SavedHeader {
		return { format: 1, seed, profile, treeFile, now: this.#now, nextInode: this.#tree.nextInode, backups: this.#backups };
	}

	#collect(): void {
		if (this.#openSnapshots > 0 || this.isDisposed) {
			return;
		}
		const areas = [this.#pending?.area, this.#area].filter((area) => area !== undefined);
		const needed = new Set([...segmentsOf(this.#tree), ...this.#saved]);
		for (const area of areas) {
			needed.add(area.segment);
			segmentsOf(area.tree).forEach((segment) => needed.add(segment));
		}
		this.#store.collect((segment) => needed.has(segment));
	}
}

const SCRATCH_FOLDER = 'scratch';

/** 2026-01-05, 08:00 UTC: no file of a new device is younger. */
const FIRST_MOMENT = 1_767_600_000;
const SECONDS_PER_TOUCH = 3600;
const MAX_REMEMBERED_BACKUPS = 1000;

/** Puts what was restored into a tree, and removes what the restore does away with. */
function moveInPlace(tree: DeviceTree, restored: DeviceTree, rules: RestoreRules): void {
	for (const domain of restored.domains()) {
		for (const entry of [...tree.entriesOf(domain)]) {
			if (rules.restores(domain, entry.path) && restored.get(domain, entry.path) === undefined) {
				tree.delete(domain, entry.path);
			}
		}
	}
	for (const entry of restored.entries()) {
		tree.put(entry);
	}
	for (const domain of rules.removeItemsNotRestored ? tree.domains() : []) {
		if (!restored.hasDomain(domain) && domainKindOf(domain) === 'user' && rules.restores(domain, '')) {
			tree.deleteDomain(domain);
		}
	}
}
