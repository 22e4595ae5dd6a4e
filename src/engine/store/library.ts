import { Disposable, type Clock, type Logger } from '../../base/index.ts';
import type { ImportOutcome, LocalBackupList, SnapshotCheck, SnapshotDiff, SnapshotInfo, SnapshotList } from '../../contract/index.ts';
import {
	checkNewName,
	MIN_ID_PREFIX_LENGTH,
	resolveSnapshot,
	SelectionError,
	SnapshotStore,
	type LeaseProgram,
	type PruneResult,
	type RepairReport,
	type Snapshot,
	type SnapshotId,
	type SnapshotRecord,
	type UnreadableSnapshot,
} from '../../snapshots/index.ts';
import { refuseAppSnapshot } from '../apps/deviceOnly.ts';
import { EngineError } from '../errors.ts';
import { exists } from '../folder/files.ts';
import type { JobRun } from '../jobs/progress.ts';
import { diffSnapshots, type DiffOptions } from './diff.ts';
import { exportSnapshot, type ExportedSnapshot } from './exportSnapshot.ts';
import { importBackups, type ImportOrder } from './importBackups.ts';
import { forgetAsShown, type ShownSnapshot } from './forgetAsShown.ts';
import { findLocalBackups, type BackupKeeper, type LocalBackupRequest } from './localBackups.ts';
import { ManifestShelf } from './manifestShelf.ts';
import { allRecords, noteVerdicts } from './noteVerdicts.ts';
import { previewRetention, type RetentionPreview } from './retention.ts';
import { snapshotInfo } from './snapshotInfo.ts';
import { translated } from './translated.ts';
import { upkeepOptions } from './upkeepOptions.ts';
import { verifySnapshots, type VerifyRequest } from './verify.ts';
import { whileReading } from './whileReading.ts';

export interface LibraryOptions {
	readonly folder: string;
	/** The UDID of an attached device that a person means; undefined when none is meant. For devices that have no snapshot yet. */
	readonly findAttached?: (selector: string) => Promise<string | undefined>;
	/** Where other programs keep their backups; of this process when absent. */
	readonly keeper?: BackupKeeper;
	/** What others see at work in the store. */
	readonly program?: LeaseProgram | undefined;
	readonly clock: Clock;
	readonly log: Logger;
}

/** A snapshot that was found, with what is needed to work on it. */
export interface FoundSnapshot {
	readonly snapshot: Snapshot;
	readonly info: SnapshotInfo;
}

/**
 * The snapshots of all devices, as people handle them. Works without any device attached. A device is named by its UDID, a unique prefix of
 * it, or the name that it had in one of its snapshots; a snapshot as `resolveSnapshot` says.
 *
 * Methods throw EngineError; `STORE_UNUSABLE`, `STORE_DAMAGED` and `STORE_NEWER` may come from each.
 */
export class SnapshotLibrary extends Disposable {
	readonly folder: string;
	readonly program: LeaseProgram | undefined;
	/** Manifests that were just used. */
	readonly manifests: ManifestShelf;
	readonly #options: LibraryOptions;
	readonly #keeper: BackupKeeper;
	#opened: Promise<SnapshotStore> | undefined;

	constructor(options: LibraryOptions) {
		super();
		this.folder = options.folder;
		this.program = options.program;
		this.manifests = this.register(new ManifestShelf(options.clock));
		this.#options = options;
		this.#keeper = options.keeper ?? { platform: process.platform, environment: process.env };
	}

	/** The store itself; made when there is none yet. */
	store(): Promise<SnapshotStore> {
		this.#opened ??= translated(() =>
			SnapshotStore.open(this.folder, { create: true, clock: this.#options.clock, log: this.#options.log, program: this.program }),
		).then((store) => this.register(store));
		// A folder that could not be opened may be there at the next try.
		this.#opened.catch(() => (this.#opened = undefined));
		return this.#opened;
	}

	/** Newest first; of one device, or of all. None where there is no store yet: looking makes none. */
	async list(device?: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<SnapshotList> {
		return translated(async () => {
			if (device === undefined && !(await this.#isThere())) {
				return { snapshots: [], problems: [] };
			}
			const store = await this.store();
			const udids = device === undefined ? await store.devices() : [await this.udidOf(device)];
			const lists = await Promise.all(udids.map((udid) => this.#listOne(udid, signal)));
			const snapshots = lists.flatMap((list) => list.snapshots).sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1));
			return { snapshots, problems: lists.flatMap((list) => list.problems) };
		});
	}

	/** Of exactly this device; none where it has none yet. Looking makes no store. */
	async ofDevice(udid: string): Promise<readonly SnapshotInfo[]> {
		return translated(async () => {
			return (await this.#isThere()) ? (await this.#listOne(udid)).snapshots : [];
		});
	}

	async show(device: string, snapshot: string): Promise<SnapshotInfo> {
		return (await this.find(device, snapshot)).info;
	}

	/**
	 * @param app - a bundle id: words such as `latest` and `head` mean a snapshot of this app then, and else one of the device itself. Names and
	 * ids mean any.
	 * @throws EngineError `SNAPSHOT_NOT_FOUND`, `SNAPSHOT_AMBIGUOUS`, `DEVICE_NOT_FOUND`.
	 */
	async find(device: string, selector: string, app?: string): Promise<FoundSnapshot> {
		return translated(async () => {
			const store = await this.store();
			const udid = await this.udidOf(device);
			const [list, head, appHeads] = await Promise.all([store.snapshots(udid), store.head(udid), store.appHeads(udid)]);
			try {
				const { snapshot } = resolveOwnFirst(selector, list.snapshots, app, app === undefined ? head : appHeads.get(app));
				return { snapshot, info: snapshotInfo(snapshot, head, appHeads) };
			} catch (error) {
				throw SelectionError.is(error, 'SNAPSHOT_NOT_FOUND') ? (unreadableError(selector, udid, list.unreadable) ?? error) : error;
			}
		});
	}

	/** Names a snapshot, or takes its name away. @throws EngineError `NAME_TAKEN`, `NAME_UNUSABLE`. */
	async rename(device: string, snapshot: string, name: string | undefined): Promise<SnapshotInfo> {
		return this.#change(device, snapshot, async (store, { udid, id }) => {
			await store.setName(udid, id, name === undefined ? undefined : await this.checkName(udid, name, id));
		});
	}

	async setNote(device: string, snapshot: string, note: string | undefined): Promise<SnapshotInfo> {
		return this.#change(device, snapshot, (store, { udid, id }) => store.setNote(udid, id, note));
	}

	/** A pinned snapshot is one that no policy forgets. */
	async setPinned(device: string, snapshot: string, pinned: boolean): Promise<SnapshotInfo> {
		return this.#change(device, snapshot, (store, { udid, id }) => store.setPinned(udid, id, pinned));
	}

	/**
	 * Forgets snapshots; their space comes back with `prune`. Also such as cannot be read, by their whole ids: they are not among what is returned.
	 * @throws EngineError `STORE_BUSY` - one is in use. `WRONG_USE`, details.reason `pinned` - one is, and `evenPinned` was not said. Nothing was
	 *   forgotten then.
	 */
	async delete(
		device: string,
		selectors: readonly string[],
		{ evenPinned = false }: { readonly evenPinned?: boolean } = {},
	): Promise<readonly SnapshotInfo[]> {
		return translated(async () => {
			const store = await this.store();
			const udid = await this.udidOf(device);
			const unreadable = new Set((await store.snapshots(udid)).unreadable.map(({ id }) => id));
			const found = await Promise.all(selectors.filter((each) => !unreadable.has(each)).map((selector) => this.find(udid, selector)));
			const pinned = found.map(({ info }) => info).find((info) => info.pinned);
			if (pinned !== undefined && !evenPinned) {
				throw new EngineError(
					'WRONG_USE',
					`Snapshot ${pinned.name ?? pinned.id.slice(0, 8)} is pinned, so it is not deleted. Unpin it first.`,
					{
						details: { reason: 'pinned', snapshot: pinned.id },
					},
				);
			}
			await store.delete(udid, [...found.map(({ info }) => info.id), ...selectors.filter((each) => unreadable.has(each))]);
			return found.map(({ info }) => info);
		});
	}

	/** Reads and checks what the snapshots need; finds damage, names what it touches, repairs nothing, and keeps its verdict on each snapshot. */
	async verify(request: VerifyRequest = {}, run: JobRun = {}): Promise<SnapshotCheck> {
		return translated(async () => {
			const store = await this.store();
			const chosen = await this.#chosen(request);
			// What is taken while it runs is not checked.
			const checked = chosen.snapshots ?? (await allRecords(store, chosen.udid));
			const found = await whileReading(store, {}, this.#options.log, () => verifySnapshots(store, chosen, request, run));
			if ((request.sample ?? 1) >= 1) {
				await noteVerdicts(store, checked, found, this.#options);
			}
			return found;
		});
	}

	/** Makes anew what can be made from what is there: index, heads, caches. */
	async repair(run: JobRun = {}): Promise<RepairReport> {
		return translated(async () => (await this.store()).repair(upkeepOptions(run)));
	}

	/** Gives back the space that no snapshot needs. */
	async prune(run: JobRun = {}): Promise<PruneResult> {
		return translated(async () => {
			const store = await this.store();
			const options = upkeepOptions(run);
			return store.prune(await store.planPrune(options), options);
		});
	}

	/** What differs between two snapshots of a device, by domain or app. */
	async diff(device: string, before: string, after: string, options: DiffOptions = {}): Promise<SnapshotDiff> {
		const [old, now] = await Promise.all([this.find(device, before), this.find(device, after)]);
		[old, now].forEach((found) => refuseAppSnapshot(found, 'app-diff compares it'));
		return diffSnapshots(this, old, now, options);
	}

	/** Writes a snapshot as a backup folder that Finder and other programs read. */
	async exportTo(
		request: { readonly device: string; readonly snapshot: string; readonly folder: string },
		run: JobRun,
	): Promise<ExportedSnapshot> {
		const found = refuseAppSnapshot(await this.find(request.device, request.snapshot), 'app-export writes it');
		const { udid, id: snapshot } = found.info;
		return whileReading(await this.store(), { udid, snapshot }, this.#options.log, () => exportSnapshot(this, found, request.folder, run));
	}

	/** Adopts backup folders of Finder, iTunes, Apple Devices and other programs; they are only read. @returns what became of each. */
	importFrom(order: ImportOrder, run: JobRun): Promise<readonly ImportOutcome[]> {
		return importBackups(this, order, run, { ...this.#options, keeper: this.#keeper });
	}

	/** Lists the backups that Finder, iTunes, Apple Devices and other programs keep, without a look into the store. */
	findLocalBackups(request: LocalBackupRequest = {}): Promise<LocalBackupList> {
		return findLocalBackups(request, this.#keeper);
	}

	/** What a policy would keep and forget, and why, and what that would free. Changes nothing. @param policy - such as `last=5,daily=7`. */
	async previewRetention(device: string | undefined, policy: string, signal?: AbortSignal): Promise<RetentionPreview> {
		return translated(async () => {
			const udid = device === undefined ? undefined : await this.udidOf(device);
			return previewRetention(await this.store(), udid, policy, this.#options.clock.now(), signal);
		});
	}

	/** Forgets what a preview showed, and nothing else; see forgetAsShown. Space that others still need comes back with a later `prune`. */
	applyRetention(device: string | undefined, policy: string, shown: readonly ShownSnapshot[], run: JobRun = {}): Promise<PruneResult> {
		return forgetAsShown(this, device, policy, shown, run);
	}

	/** A name for one of the device's snapshots, as it will be kept. @throws EngineError `NAME_TAKEN`, `NAME_UNUSABLE`. */
	async checkName(udid: string, name: string, ownId?: string): Promise<string> {
		return translated(async () => {
			const { snapshots } = await (await this.store()).snapshots(udid);
			return checkNewName(name, snapshots.map(selectable), ownId);
		});
	}

	/** @throws EngineError `DEVICE_NOT_FOUND`, `DEVICE_AMBIGUOUS`. */
	async udidOf(device: string): Promise<string> {
		const store = await this.store();
		const udids = await store.devices();
		const plain = (text: string): string => text.toLowerCase().replaceAll('-', '');
		const exact = udids.find((udid) => plain(udid) === plain(device));
		if (exact !== undefined) {
			return exact;
		}
		const named = await Promise.all(
			udids.map(async (udid) => ({
				udid,
				names: new Set((await this.#listOne(udid)).snapshots.map((each) => each.deviceName?.toLowerCase())),
			})),
		);
		const byName = named.filter(({ names }) => names.has(device.toLowerCase())).map(({ udid }) => udid);
		const found =
			byName.length > 0 ? byName : plain(device).length >= 2 ? udids.filter((udid) => plain(udid).startsWith(plain(device))) : [];
		if (found.length > 1) {
			throw new EngineError('DEVICE_AMBIGUOUS', `"${device}" fits ${found.length} devices: ${found.join(', ')}.`, {
				details: { selector: device, candidates: found },
			});
		}
		const only = found[0] ?? (await this.#options.findAttached?.(device));
		if (only === undefined) {
			throw new EngineError('DEVICE_NOT_FOUND', `No device with snapshots is called "${device}" or has a UDID that begins so.`, {
				details: { selector: device },
			});
		}
		return only;
	}

	/** Neither for all that there are. */
	async #chosen({ device, snapshot }: VerifyRequest): Promise<{ snapshots?: readonly SnapshotRecord[]; udid?: string }> {
		if (device === undefined) {
			return {};
		}
		return snapshot === undefined
			? { udid: await this.udidOf(device) }
			: { snapshots: [(await this.find(device, snapshot)).snapshot.record] };
	}

	/** Whether there is a store yet. What keeps the system from telling is told by opening it, in words for people. */
	async #isThere(): Promise<boolean> {
		return this.#opened !== undefined || (await exists(this.folder).catch(() => true));
	}

	async #listOne(udid: string, signal?: AbortSignal): Promise<SnapshotList> {
		const store = await this.store();
		const [{ snapshots, unreadable }, head, appHeads] = await Promise.all([
			store.snapshots(udid, { signal }),
			store.head(udid),
			store.appHeads(udid),
		]);
		return {
			snapshots: snapshots.map((snapshot) => snapshotInfo(snapshot, head, appHeads)),
			problems: unreadable.map(({ id, code }) => ({ code, message: `Snapshot ${id} cannot be read.`, details: { udid, snapshot: id } })),
		};
	}

	async #change(
		device: string,
		selector: string,
		change: (store: SnapshotStore, target: { udid: string; id: SnapshotId }) => Promise<void>,
	): Promise<SnapshotInfo> {
		return translated(async () => {
			const { snapshot } = await this.find(device, selector);
			const { udid, id } = snapshot.record;
			await change(await this.store(), { udid, id });
			return this.show(udid, id);
		});
	}
}

/** Why a snapshot cannot be used that somebody names by its id, or the beginning of it. */
function unreadableError(selector: string, udid: string, unreadable: readonly UnreadableSnapshot[]): EngineError | undefined {
	const wanted = selector.trim().toLowerCase();
	const found = wanted.length < MIN_ID_PREFIX_LENGTH ? [] : unreadable.filter(({ id }) => id.startsWith(wanted));
	const [only] = found;
	if (only === undefined || found.length > 1) {
		return undefined;
	}
	const isNewer = only.code === 'NEWER_FORMAT';
	const why = isNewer ? 'was written by a newer version' : 'cannot be read: its record is damaged or gone';
	return new EngineError(isNewer ? 'STORE_NEWER' : 'STORE_DAMAGED', `Snapshot ${only.id.slice(0, 8)} ${why}.`, {
		details: { unreadable: only.id, udid },
	});
}

/** Words that mean a place in a history, and so need to know in whose. */
const HISTORY_WORD = /^\s*(latest|head|parent|baseline)\s*([~^].*)?$/i;

function resolveOwnFirst(selector: string, snapshots: readonly Snapshot[], app: string | undefined, head: SnapshotId | undefined) {
	const own = snapshots.filter(({ record }) => (app === undefined ? record.kind === 'device' : record.app === app));
	try {
		return resolveSnapshot(selector, { snapshots: own.map(selectable), ...(head === undefined ? {} : { head }) });
	} catch (error) {
		if (own.length === snapshots.length || HISTORY_WORD.test(selector) || !SelectionError.is(error, 'SNAPSHOT_NOT_FOUND')) {
			throw error;
		}
		return resolveSnapshot(selector, { snapshots: snapshots.map(selectable) });
	}
}

function selectable(snapshot: Snapshot) {
	const { record, labels } = snapshot;
	return {
		snapshot,
		id: record.id,
		takenAtMs: record.takenAtMs,
		pinned: labels.pinned === true,
		...(record.parent === undefined ? {} : { parent: record.parent }),
		...(labels.name === undefined ? {} : { name: labels.name }),
	};
}
