import type { DiffFile, DiffGroup, SnapshotDiff } from '../../contract/index.ts';
import { present } from '../known.ts';
import { isSameItem } from './containerDiff.ts';
import type { ContainerItem } from './containerTree.ts';
import type { SnapshotItem } from './snapshotTree.ts';

/** Stands for the container as it is now, where an id of a snapshot stands else. */
export const NOW = 'now';

/** What differs between an app's snapshot and another one, or the container as it is now, by folder. Folders themselves are not counted. */
export function diffContainers(
	before: { readonly id: string; readonly items: ReadonlyMap<string, ContainerItem> },
	after: { readonly id: string; readonly items: ReadonlyMap<string, ContainerItem> },
	maxFiles: number,
): SnapshotDiff {
	const groups = new Map<string, { -readonly [Key in keyof DiffGroup]: DiffGroup[Key] }>();
	const files: DiffFile[] = [];
	let fileCount = 0;
	for (const path of [...new Set([...before.items.keys(), ...after.items.keys()])].sort()) {
		const [old, now] = [leaf(before.items.get(path)), leaf(after.items.get(path))];
		if ((old === undefined && now === undefined) || (old !== undefined && now !== undefined && isSame(old, now))) {
			continue;
		}
		const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
		const name = groupOf(path);
		const group = groups.get(name) ?? { name, added: 0, removed: 0, changed: 0, addedBytes: 0, removedBytes: 0 };
		groups.set(name, group);
		group[change]++;
		const grown = (now?.sizeBytes ?? 0) - (old?.sizeBytes ?? 0);
		group[grown >= 0 ? 'addedBytes' : 'removedBytes'] += Math.abs(grown);
		fileCount++;
		if (files.length < maxFiles) {
			files.push({
				change,
				group: name,
				path: path.slice(1),
				...present('beforeBytes', old?.sizeBytes),
				...present('afterBytes', now?.sizeBytes),
			});
		}
	}
	return { before: before.id, after: after.id, groups: [...groups.values()], files, fileCount };
}

function leaf(item: ContainerItem | undefined): ContainerItem | undefined {
	return item?.kind === 'folder' ? undefined : item;
}

/** Two files of snapshots are compared by their contents, so that a file that was only touched is no difference. */
function isSame(a: ContainerItem, b: ContainerItem): boolean {
	const [left, right] = [contentOf(a), contentOf(b)];
	return left !== undefined && right !== undefined && a.kind === b.kind ? left === right : isSameItem(a, b);
}

function contentOf(item: ContainerItem): string | undefined {
	const entry = 'entry' in item ? (item as SnapshotItem).entry : undefined;
	return entry === undefined ? undefined : `${entry.content?.level ?? ''} ${entry.content?.id ?? 'empty'}`;
}

/** `Documents`, `Library/Caches`, `tmp`: as much of a path as says what a file is for. */
function groupOf(path: string): string {
	const names = path.slice(1).split('/');
	return names.length === 1 ? '.' : names[0] === 'Library' && names.length > 2 ? `${names[0]}/${names[1]}` : (names[0] ?? '.');
}
