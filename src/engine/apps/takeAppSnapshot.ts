import { randomUUID } from 'node:crypto';
import { throwIfAborted } from '../../base/index.ts';
import type { AppActivity, AppSnapshotResult, DeviceInfo, GitFacts } from '../../contract/index.ts';
import { isAfcDenied, isAfcNotFound, readBlocks, type AfcClient, type PairedDevice } from '../../device/index.ts';
import type { Facts, SnapshotFacts, SnapshotId, SnapshotRecord, StagingArea } from '../../snapshots/index.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { SnapshotLibrary } from '../store/library.ts';
import { deviceFacts, gitFactsRecord } from '../store/snapshotInfo.ts';
import { readActivity } from './activity.ts';
import type { FoundApp } from './appInfo.ts';
import { AppProgress } from './appProgress.ts';
import { gapsOf, withContainer } from './container.ts';
import { isSameItem } from './containerDiff.ts';
import { readContainer, type ContainerItem, type ContainerTree } from './containerTree.ts';
import { fromListingPath, toListingPath } from './listingNames.ts';
import { forEachAtOnce } from './pool.ts';
import { isLinkMode, LINK_MODE } from './snapshotTree.ts';
import { translatedForDevice } from './translated.ts';

/** Files that are read at a time: the device answers in order, so more only fill its queue. */
const FILES_AT_ONCE = 16;

/** How often a file that changes while it is read is read anew. */
const READ_TRIES = 3;

/** What whoever takes a snapshot of an app says of it. */
export interface AppSnapshotWishes {
	readonly name?: string | undefined;
	readonly note?: string | undefined;
	readonly trigger: string;
	/** Read every file, also those that look as they were. */
	readonly full?: boolean;
	/** `skip`: take none when nothing differs from the app's head. */
	readonly ifUnchanged?: 'take' | 'skip';
	readonly git?: GitFacts | undefined;
}

/** A device and an app on it. */
export interface AppTarget {
	readonly paired: PairedDevice;
	readonly device: DeviceInfo;
	readonly app: FoundApp;
}

/**
 * Takes an app's container into the store, on top of the snapshot that the app stands at: only files whose size or time differs are read.
 * @throws EngineError `APP_NOT_DEBUGGABLE`, `DEVICE_BUSY`, and the store's. Nothing is changed on the device.
 */
export async function takeAppSnapshot(
	target: AppTarget,
	library: SnapshotLibrary,
	wishes: AppSnapshotWishes,
	run: JobRun,
	context: JobContext,
): Promise<AppSnapshotResult> {
	const startedAt = context.clock.now();
	const { paired, device, app } = target;
	const { udid } = device;
	const { bundleId } = app.info;
	const progress = new AppProgress(run, context.clock);
	progress.enter('connecting');
	const store = await library.store();
	const name = wishes.name === undefined ? undefined : await library.checkName(udid, wishes.name);
	const activity = await readActivity(paired, app, context.log, run.signal);
	return withContainer(paired, app.info, run.signal, async (afc) =>
		translatedForDevice(async () => {
			progress.enter('preparing');
			const head = (await store.appHeads(udid)).get(bundleId);
			const base = wishes.full === true ? undefined : head;
			const staging = await store.beginStaging({ udid, jobId: randomUUID(), ...(base === undefined ? {} : { base }) });
			const taking = new Taking(afc, staging, progress, run);
			let record: SnapshotRecord | undefined;
			try {
				const tree = await readContainer(afc, run.signal);
				await taking.take(tree);
				const standsAt = base !== undefined && !taking.hasChanged && wishes.ifUnchanged === 'skip' ? base : undefined;
				if (standsAt === undefined) {
					throwIfAborted(run.signal);
					progress.enter('finishing');
					record = await staging.seal(factsOf(target, wishes, activity, context.clock.now()), head === undefined ? {} : { parent: head });
				}
				if (record !== undefined) {
					await setLabels(library, udid, record.id, name, wishes.note);
				}
				return {
					snapshot: await library.show(udid, record?.id ?? standsAt ?? ''),
					unchanged: record === undefined,
					readFiles: taking.readFiles,
					readBytes: taking.readBytes,
					activity,
					unsteady: taking.unsteady,
					hidden: tree.hidden,
					gaps: gapsOf(app.info),
					durationMs: context.clock.now() - startedAt,
				};
			} finally {
				if (record === undefined) {
					await staging.abandon({ discard: true });
				}
			}
		}),
	);
}

async function setLabels(library: SnapshotLibrary, udid: string, id: SnapshotId, name: string | undefined, note: string | undefined) {
	const store = await library.store();
	if (name !== undefined) {
		await store.setName(udid, id, name);
	}
	if (note !== undefined) {
		await store.setNote(udid, id, note);
	}
}

function factsOf({ device, app }: AppTarget, wishes: AppSnapshotWishes, activity: AppActivity, takenAtMs: number): SnapshotFacts {
	const { bundleId, name, version, build } = app.info;
	return {
		kind: 'app',
		app: bundleId,
		takenAtMs,
		trigger: wishes.trigger,
		device: deviceFacts(device),
		backup: appFacts({ name, version, build, activity }),
		...(wishes.git === undefined ? {} : { git: gitFactsRecord(wishes.git) }),
	};
}

/** What a record says of an app and its build. */
export function appFacts(app: {
	name?: string | undefined;
	version?: string | undefined;
	build?: string | undefined;
	activity?: AppActivity | undefined;
}): Facts {
	return Object.fromEntries(
		Object.entries({ encrypted: false, appName: app.name, appVersion: app.version, appBuild: app.build, activity: app.activity }).filter(
			([, value]) => value !== undefined,
		),
	);
}

/** One run of taking a container into a staging area. */
class Taking {
	readFiles = 0;
	readBytes = 0;
	/** The container differs from what the staging area began with. */
	hasChanged = false;
	readonly unsteady: string[] = [];
	readonly #afc: AfcClient;
	readonly #staging: StagingArea;
	readonly #progress: AppProgress;
	readonly #signal: AbortSignal | undefined;

	constructor(afc: AfcClient, staging: StagingArea, progress: AppProgress, run: JobRun) {
		this.#afc = afc;
		this.#staging = staging;
		this.#progress = progress;
		this.#signal = run.signal;
	}

	async take(tree: ContainerTree): Promise<void> {
		await this.#removeOthers(tree);
		const files: [string, ContainerItem][] = [];
		let bytes = 0;
		for (const [path, item] of tree.items) {
			if (item.kind === 'folder') {
				this.#putFolder(path);
			} else if (item.kind === 'link') {
				await this.#putLink(path, item);
			} else if (!this.#isThere(path, item)) {
				files.push([path, item]);
				bytes += item.sizeBytes;
			}
		}
		this.#progress.expect(bytes);
		this.#progress.enter('transferring');
		await forEachAtOnce(files, FILES_AT_ONCE, ([path, item]) => this.#takeFile(path, item));
	}

	/** What the container no longer has goes first, so that a folder may take the place of a file. */
	async #removeOthers(tree: ContainerTree): Promise<void> {
		const gone: string[] = [];
		for await (const entry of this.#staging.entries()) {
			const path = fromListingPath(entry.path);
			const item = path === undefined ? undefined : tree.items.get(path);
			const isFolder = entry.kind === 'folder';
			if (item === undefined || (item.kind === 'folder') !== isFolder) {
				gone.push(entry.path);
			}
		}
		for (const path of gone) {
			this.#staging.remove(path);
		}
		this.hasChanged ||= gone.length > 0;
	}

	#putFolder(path: string): void {
		const place = toListingPath(path);
		if (this.#staging.find(place)?.kind !== 'folder') {
			this.#staging.createFolder(place);
			this.hasChanged = true;
		}
	}

	async #putLink(path: string, { target = '', modifiedAtMs }: ContainerItem): Promise<void> {
		const place = toListingPath(path);
		const known = this.#staging.find(place);
		if (known !== undefined && isLinkMode(known.mode)) {
			const parts: Uint8Array[] = [];
			for await (const part of this.#staging.read(place)) {
				parts.push(part);
			}
			if (Buffer.concat(parts).toString() === target) {
				return;
			}
		}
		this.#staging.writeFile(place, Buffer.from(target), { modifiedAtMs, mode: LINK_MODE });
		this.hasChanged = true;
	}

	#isThere(path: string, item: ContainerItem): boolean {
		const known = this.#staging.find(toListingPath(path));
		return (
			known !== undefined &&
			known.kind === 'file' &&
			!isLinkMode(known.mode) &&
			isSameItem(item, { kind: 'file', sizeBytes: known.sizeBytes, modifiedAtMs: known.modifiedAtMs })
		);
	}

	/** Reads a file, anew when it changed meanwhile. What is recorded is its time before the reading, so that a later change is always seen. */
	async #takeFile(path: string, first: ContainerItem): Promise<void> {
		let item = first;
		for (let attempt = 1; ; attempt++) {
			try {
				await this.#copy(path, item);
				const { sizeBytes, modifiedAtMs } = await this.#afc.info(path, { signal: this.#signal });
				const after: ContainerItem = { kind: 'file', sizeBytes, modifiedAtMs: Math.max(0, Math.floor(modifiedAtMs)) };
				if (isSameItem(item, after)) {
					return;
				}
				if (attempt === READ_TRIES) {
					this.unsteady.push(path);
					return;
				}
				item = after;
			} catch (error) {
				if (!isAfcNotFound(error) && !isAfcDenied(error)) {
					throw error;
				}
				// It is gone, or protected while the device is locked; a file that was there before has gone with it.
				this.#staging.remove(toListingPath(path));
				this.hasChanged = true;
				if (isAfcDenied(error)) {
					this.#progress.notice({ code: 'FILE_SKIPPED', message: 'The device does not give out a file.', details: { path } });
				}
				return;
			}
		}
	}

	async #copy(path: string, { modifiedAtMs }: ContainerItem): Promise<void> {
		const file = this.#staging.beginFile(toListingPath(path), { modifiedAtMs });
		let isFinished = false;
		try {
			for await (const block of readBlocks(this.#afc, path, { signal: this.#signal })) {
				file.write(block);
				this.readBytes += block.length;
				this.#progress.moved(block.length);
			}
			file.finish();
			isFinished = true;
			this.hasChanged = true;
			this.readFiles++;
			this.#progress.movedFile();
		} finally {
			if (!isFinished) {
				file.abandon();
			}
		}
	}
}
