import type { SnapshotInfo } from '../../contract/index.ts';
import type { SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import type { ContentsLibrary } from '../contents/contentsLibrary.ts';
import { present } from '../known.ts';
import type { Covers } from './containerDiff.ts';
import type { ContainerItem } from './containerTree.ts';
import { readSnapshotTree } from './snapshotTree.ts';

/** The state that a container is to be brought to. */
export interface WantedState {
	readonly items: ReadonlyMap<string, ContainerItem>;
	/** What the state says nothing about stays as it is. */
	readonly covers: Covers;
	/** How exactly its times are known; those of a container are compared no more exactly. */
	readonly timeStepMs: number;
	/** A file's bytes, each portion checked. */
	open(path: string): AsyncIterable<Uint8Array>;
}

/** The state that an app's snapshot holds: all of its container. */
export async function stateOfAppSnapshot(store: SnapshotStore, record: SnapshotRecord): Promise<WantedState> {
	const items = await readSnapshotTree(store, record);
	return {
		items,
		covers: () => true,
		timeStepMs: 1,
		open: (path) => {
			const entry = items.get(path)?.entry;
			return entry === undefined ? NOTHING : store.openContent(entry);
		},
	};
}

const NOTHING: AsyncIterable<Uint8Array> = {
	async *[Symbol.asyncIterator]() {
		// A path that the state does not have is asked for by nobody.
	},
};

/** What no backup of a device carries of a container. */
const OUTSIDE_BACKUPS = ['/tmp', '/Library/Caches', '/SystemData'];

/** More files than any container has. */
const MAX_ITEMS = 2_000_000;

/**
 * The part of a device's snapshot that one app's container makes up. Caches and temporary files are in no backup, and stay as they are.
 * @throws EngineError `PASSWORD_REQUIRED`, `WRONG_PASSWORD` and what else ContentsLibrary throws.
 */
export async function stateOfDeviceSnapshot(
	contents: ContentsLibrary,
	snapshot: SnapshotInfo,
	bundleId: string,
	options: { readonly password?: string | undefined; readonly signal?: AbortSignal | undefined },
): Promise<WantedState> {
	const domain = `AppDomain-${bundleId}`;
	const request = { place: { device: snapshot.udid, snapshot: snapshot.id }, ...options };
	const { items: found } = await contents.find({ ...request, patterns: [`${domain}/**`], limit: MAX_ITEMS });
	const covers: Covers = (path) => !OUTSIDE_BACKUPS.some((folder) => path === folder || path.startsWith(`${folder}/`));
	const items = new Map<string, ContainerItem>();
	for (const { domain: itsDomain, path, kind, sizeBytes = 0, modifiedAt, target } of found) {
		if (itsDomain === domain && path !== '' && covers(`/${path}`)) {
			const modifiedAtMs = modifiedAt === undefined ? 0 : Math.max(0, new Date(modifiedAt).getTime());
			items.set(`/${path}`, { kind, sizeBytes: kind === 'file' ? sizeBytes : 0, modifiedAtMs, ...present('target', target) });
		}
	}
	return {
		items,
		covers,
		// A manifest has whole seconds.
		timeStepMs: 1000,
		open: (path) => contents.read({ ...request, domain, path: path.slice(1) }),
	};
}

/** The container as exactly as the state knows times. */
export function inStepsOf(state: WantedState, items: ReadonlyMap<string, ContainerItem>): ReadonlyMap<string, ContainerItem> {
	const { timeStepMs } = state;
	return timeStepMs === 1
		? items
		: new Map([...items].map(([path, item]) => [path, { ...item, modifiedAtMs: Math.floor(item.modifiedAtMs / timeStepMs) * timeStepMs }]));
}
