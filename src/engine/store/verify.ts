import { BackupError, type ManifestDb } from '../../backup/index.ts';
import { isAbortError } from '../../base/index.ts';
import type { DamagedFile, DamagedGroup, SnapshotCheck, SnapshotDamage } from '../../contract/index.ts';
import { StoreError, type DamagedSnapshot, type Snapshot, type SnapshotRecord, type SnapshotStore } from '../../snapshots/index.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import { CheckPool } from './checkPool.ts';
import { CONTROL_FILES, openSnapshotManifest, placeIn, unknownPlace, type FilePlace, type ManifestAccess } from './fileNames.ts';
import { snapshotInfo } from './snapshotInfo.ts';

/** What is to be checked, and how. */
export interface VerifyRequest {
	/** Only this device's; of all when absent. */
	readonly device?: string;
	/** Only this one of the device's. */
	readonly snapshot?: string;
	/** The part of the bytes that is read, 0 to 1; all when absent. */
	readonly sample?: number;
	/** Names of files in encrypted snapshots are told with their password; a secret. */
	readonly password?: string | undefined;
}

/** Files about the backup itself. */
const BACKUP_GROUP = 'backup';

/** Manifests of a device that are looked into for a name: any of them knows most files of all its snapshots. */
const MAX_MANIFESTS = 4;

/** Reads and checks what snapshots need, and says what damage touches as the device names it. Changes nothing. */
export async function verifySnapshots(
	store: SnapshotStore,
	chosen: { readonly snapshots?: readonly SnapshotRecord[]; readonly udid?: string },
	{ sample, password }: VerifyRequest,
	run: JobRun,
): Promise<SnapshotCheck> {
	const { signal } = run;
	run.onProgress?.({ phase: 'verifying', transferredBytes: 0, transferredFiles: 0 });
	const checker = new CheckPool();
	const report = await store
		.verify({
			checker,
			...chosen,
			...(sample === undefined ? {} : { sample }),
			...(signal === undefined ? {} : { signal }),
			onProgress: ({ checkedBytes, totalBytes }) =>
				run.onProgress?.({
					phase: 'verifying',
					percent: totalBytes === 0 ? 100 : (100 * checkedBytes) / totalBytes,
					transferredBytes: checkedBytes,
					transferredFiles: 0,
					expectedBytes: totalBytes,
				}),
		})
		.finally(() => checker.dispose());
	const known = new Map<string, readonly Snapshot[]>();
	const udids = [...report.damagedSnapshots, ...report.unreadable, ...report.unreadableLabels].map(({ udid }) => udid);
	for (const udid of [...udids, ...report.unreadableHeads]) {
		if (!known.has(udid)) {
			known.set(udid, (await store.snapshots(udid)).snapshots);
		}
	}
	const damagedSnapshots: SnapshotDamage[] = [];
	for (const [udid, snapshots] of known) {
		const names = new FileNames(store, snapshots, { password, signal });
		try {
			for (const damaged of report.damagedSnapshots.filter((each) => each.udid === udid)) {
				damagedSnapshots.push(await describe(damaged, snapshots, names));
			}
		} finally {
			names.dispose();
		}
	}
	const { missingBlobs, damagedBlobs, damagedPacks, unreadable, unreadableLabels, unreadableHeads } = report;
	const named = <T extends { readonly udid: string }>(each: T): T & { readonly deviceName?: string } => ({
		...each,
		...present('deviceName', deviceNameOf(known.get(each.udid) ?? [])),
	});
	const found = [missingBlobs, damagedBlobs, damagedPacks, unreadable, unreadableLabels, unreadableHeads, damagedSnapshots];
	return {
		...report,
		whole: found.every(({ length }) => length === 0),
		unreadable: unreadable.map(named),
		unreadableLabels: unreadableLabels.map((each) => {
			const snapshot = known.get(each.udid)?.find(({ record }) => record.id === each.id);
			return { ...named(each), ...present('takenAt', snapshot === undefined ? undefined : snapshotInfo(snapshot, undefined).takenAt) };
		}),
		unreadableHeads: unreadableHeads.map((udid) => named({ udid })),
		damagedSnapshots,
	};
}

async function describe(damaged: DamagedSnapshot, snapshots: readonly Snapshot[], names: FileNames): Promise<SnapshotDamage> {
	const { id, udid, isListingDamaged, damagedFiles, paths } = damaged;
	const snapshot = snapshots.find(({ record }) => record.id === id);
	const info = snapshot === undefined ? undefined : snapshotInfo(snapshot, undefined);
	const files: DamagedFile[] = [];
	const groups = new Map<string, number>();
	for (const [listed, place] of await names.placesOf(snapshot?.record, paths)) {
		files.push({ ...present('domain', place.domain), path: place.path, listed });
		groups.set(place.group, (groups.get(place.group) ?? 0) + 1);
	}
	return {
		id,
		udid,
		...present('name', info?.name),
		...present('takenAt', info?.takenAt),
		...present('deviceName', info?.deviceName),
		isListingDamaged,
		damagedFiles,
		groups: sortedGroups(groups),
		files,
	};
}

function sortedGroups(groups: ReadonlyMap<string, number>): DamagedGroup[] {
	return [...groups].map(([name, files]) => ({ name, files })).sort((a, b) => b.files - a.files || (a.name < b.name ? -1 : 1));
}

function deviceNameOf(snapshots: readonly Snapshot[]): string | undefined {
	return snapshots.map((snapshot) => snapshotInfo(snapshot, undefined).deviceName).findLast((name) => name !== undefined);
}

/**
 * What the files of one device are called. The name of a file in a backup is made from its domain and path, so that the manifest of any
 * snapshot tells it; that of the damaged one may be what is damaged.
 */
class FileNames {
	readonly #store: SnapshotStore;
	readonly #snapshots: readonly Snapshot[];
	readonly #access: ManifestAccess;
	readonly #manifests = new Map<SnapshotRecord, ManifestDb | undefined>();

	constructor(store: SnapshotStore, snapshots: readonly Snapshot[], access: ManifestAccess) {
		this.#store = store;
		this.#snapshots = snapshots;
		this.#access = access;
	}

	async placesOf(record: SnapshotRecord | undefined, paths: readonly string[]): Promise<Map<string, FilePlace>> {
		const places = new Map<string, FilePlace>(paths.map((listed) => [listed, unknownPlace(listed)]));
		let open = paths.filter((listed) => !CONTROL_FILES.has(listed));
		for (const listed of paths.filter((each) => CONTROL_FILES.has(each))) {
			places.set(listed, { group: BACKUP_GROUP, domain: undefined, path: listed });
		}
		for (const candidate of this.#candidates(record)) {
			if (open.length === 0) {
				break;
			}
			const manifest = await this.#manifest(candidate);
			open = open.filter((listed) => {
				const place = placeIn(manifest, listed);
				if (place !== undefined) {
					places.set(listed, place);
				}
				return place === undefined;
			});
		}
		return places;
	}

	dispose(): void {
		this.#manifests.forEach((manifest) => manifest?.dispose());
	}

	/** Those that are open already, the snapshot's own, and its nearest. */
	#candidates(record: SnapshotRecord | undefined): SnapshotRecord[] {
		const distance = ({ takenAtMs }: SnapshotRecord): number => Math.abs(takenAtMs - (record?.takenAtMs ?? Infinity));
		const nearest = this.#snapshots.map((snapshot) => snapshot.record).sort((a, b) => distance(a) - distance(b));
		return [...new Set([...this.#manifests.keys(), ...(record === undefined ? [] : [record]), ...nearest])].slice(0, 2 * MAX_MANIFESTS);
	}

	async #manifest(record: SnapshotRecord): Promise<ManifestDb | undefined> {
		if (this.#manifests.has(record)) {
			return this.#manifests.get(record);
		}
		if ([...this.#manifests.values()].filter((manifest) => manifest !== undefined).length >= MAX_MANIFESTS) {
			return undefined;
		}
		let manifest: ManifestDb | undefined;
		try {
			manifest = await openSnapshotManifest(this.#store, record, this.#access);
		} catch (error) {
			// It may be what is damaged, or have another password: then the names stay unknown.
			if (isAbortError(error) || !(BackupError.is(error) || StoreError.is(error))) {
				throw error;
			}
		}
		this.#manifests.set(record, manifest);
		return manifest;
	}
}
