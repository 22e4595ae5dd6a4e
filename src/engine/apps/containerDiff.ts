import type { ContainerItem } from './containerTree.ts';

/** What must be done to make a container equal to a state. Paths are in an order in which it can be done. */
export interface ContainerChanges {
	/** Files and links whose content or place differs, and that have to be written. */
	readonly write: readonly string[];
	readonly writeBytes: number;
	/** Folders that are missing, parents first. */
	readonly makeFolders: readonly string[];
	/** What the state does not have: of a folder that goes with all that it holds only the folder itself. */
	readonly remove: readonly string[];
	/** All that goes, also what goes with its folder. */
	readonly removeItems: number;
	readonly sameFiles: number;
}

/** Whether a state says anything about a path; what it does not cover stays as it is. */
export type Covers = (path: string) => boolean;

/** Sizes and times tell: a file of the same size that was last changed at the same millisecond is the same. */
export function isSameItem(a: ContainerItem, b: ContainerItem): boolean {
	if (a.kind !== b.kind) {
		return false;
	}
	switch (a.kind) {
		case 'folder':
			return true;
		case 'link':
			return a.target === b.target;
		case 'file':
			return a.sizeBytes === b.sizeBytes && a.modifiedAtMs === b.modifiedAtMs;
	}
}

/**
 * What leads from what is there to what is wanted.
 * @param hidden - folders that the device does not show: neither they nor what leads to them is removed.
 */
export function planChanges(
	present: ReadonlyMap<string, ContainerItem>,
	wanted: ReadonlyMap<string, ContainerItem>,
	{ hidden = [], covers = () => true }: { readonly hidden?: readonly string[]; readonly covers?: Covers } = {},
): ContainerChanges {
	const write: string[] = [];
	const makeFolders: string[] = [];
	let writeBytes = 0;
	let sameFiles = 0;
	for (const [path, item] of wanted) {
		const there = present.get(path);
		if (there !== undefined && isSameItem(there, item)) {
			sameFiles += item.kind === 'folder' ? 0 : 1;
		} else if (item.kind === 'folder') {
			makeFolders.push(path);
		} else {
			write.push(path);
			writeBytes += item.sizeBytes;
		}
	}
	const isKept = (path: string): boolean => !covers(path) || hidden.some((place) => place === path || place.startsWith(`${path}/`));
	const goes = new Set<string>();
	for (const [path, item] of present) {
		const kind = wanted.get(path)?.kind;
		// What changes its kind has to make room first; a file is simply replaced.
		if (kind === undefined ? !isKept(path) : kind !== item.kind && (kind === 'folder' || item.kind === 'folder')) {
			goes.add(path);
		}
	}
	return {
		write: write.sort(),
		writeBytes,
		makeFolders: makeFolders.sort(),
		remove: wholeFolders(goes, present).sort(),
		removeItems: goes.size,
		sameFiles,
	};
}

/** Of what goes, the folders of which nothing stays, without what lies in them; and what goes by itself. */
function wholeFolders(goes: ReadonlySet<string>, present: ReadonlyMap<string, ContainerItem>): string[] {
	const holdsKept = new Set<string>();
	for (const path of present.keys()) {
		if (!goes.has(path)) {
			for (let above = parentOf(path); above !== '' && !holdsKept.has(above); above = parentOf(above)) {
				holdsKept.add(above);
			}
		}
	}
	const isWhole = (path: string): boolean => goes.has(path) && !holdsKept.has(path);
	return [...goes].filter((path) => isWhole(path) && !isWhole(parentOf(path)));
}

/** The folder of a path; empty for what lies at the top. */
export function parentOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
