import * as path from 'node:path';

/**
 * Where a backup into a plain folder keeps its files:
 *
 * ```
 * <root>/<UDID>                    the last good backup, in the layout that Finder, iTunes and other tools read
 * <root>/<UDID>.devicelab-partial  an unfinished run; removed when it has become the backup
 *   owner.json                     who works here (host, process); how it ended, when it did
 *   tree/                          what the device sent, in the layout of the backup
 *   commit.json                    present from the moment at which the run has become the backup: the rest is only renaming
 *   old/                           the backup that is being replaced as a whole
 * ```
 *
 * **Invariant:** until `commit.json` is there, nothing below `<root>/<UDID>` changes; from then on what is missing can be done again from
 * the start at any time. So a crash at any moment leaves either the backup before the run or the one after it.
 */
export interface FolderLayout {
	readonly base: string;
	readonly partial: string;
	readonly owner: string;
	readonly tree: string;
	readonly commit: string;
	readonly old: string;
}

/** @param udid - has passed `isFolderName`. */
export function folderLayout(root: string, udid: string): FolderLayout {
	const partial = path.join(root, `${udid}.devicelab-partial`);
	return {
		base: path.join(root, udid),
		partial,
		owner: path.join(partial, 'owner.json'),
		tree: path.join(partial, 'tree'),
		commit: path.join(partial, 'commit.json'),
		old: path.join(partial, 'old'),
	};
}

/** Whether a UDID or the name of a source can be the name of one folder below the root, on any system. */
export function isFolderName(name: string): boolean {
	return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name);
}
