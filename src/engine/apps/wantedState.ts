import type { SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import type { Covers } from './containerDiff.ts';
import type { ContainerItem } from './containerTree.ts';
import { readSnapshotTree } from './snapshotTree.ts';

/** The state that a container is to be brought to. */
export interface WantedState {
	readonly items: ReadonlyMap<string, ContainerItem>;
	/** What the state says nothing about stays as it is. */
	readonly covers: Covers;
	/** A file's bytes, each portion checked. */
	open(path: string): AsyncIterable<Uint8Array>;
}

/** The state that an app's snapshot holds: all of its container. */
export async function stateOfAppSnapshot(store: SnapshotStore, record: SnapshotRecord): Promise<WantedState> {
	const items = await readSnapshotTree(store, record);
	return {
		items,
		covers: () => true,
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
