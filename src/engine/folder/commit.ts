import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { encodeStatusPlist, readStatusPlist, SNAPSHOT_STATE_FINISHED } from '../../backup/index.ts';
import { exists, readIfPresent, replaceFile, syncFolder } from './files.ts';
import type { FolderLayout } from './layout.ts';

/** What remains to be done once a run has become the backup. */
export interface CommitPlan {
	/** `whole`: the tree takes the place of the base. `changes`: the tree is laid into the base. */
	readonly kind: 'whole' | 'changes';
	/** Paths to take out of the base; only those that the tree does not have. */
	readonly removed: readonly string[];
}

/** Written into the base last, in this order: a reader that finds a finished status finds all the rest. */
const LAST_FILES = ['Info.plist', 'Manifest.plist', 'Manifest.db', 'Status.plist'];

/**
 * Makes a finished run the backup. The moment of truth is the appearance of `commit.json`; everything after it is done by `finishCommit`,
 * now or by whoever opens the folder after a crash.
 */
export async function commitRun(layout: FolderLayout, removedFromBase: readonly string[], fresh: boolean): Promise<void> {
	const whole = fresh || !(await exists(layout.base));
	const removed: string[] = [];
	for (const item of whole ? [] : removedFromBase) {
		if (!(await exists(path.join(layout.tree, item)))) {
			removed.push(item);
		}
	}
	await replaceFile(layout.commit, JSON.stringify({ kind: whole ? 'whole' : 'changes', removed } satisfies CommitPlan));
	await finishCommit(layout);
}

/**
 * Finishes a commit, from whatever point an earlier try reached: each step is one that may be done twice.
 * @returns false when there is none to finish.
 */
export async function finishCommit(layout: FolderLayout): Promise<boolean> {
	const bytes = await readIfPresent(layout.commit);
	if (bytes === undefined) {
		return false;
	}
	const plan = readPlan(bytes);
	if (plan.kind === 'whole') {
		await replaceWhole(layout);
	} else if (await exists(layout.tree)) {
		await layInto(layout, plan.removed);
	}
	await syncFolder(path.dirname(layout.base));
	// The plan goes last: as long as it is there, the steps above are repeated.
	await fs.rm(layout.old, { recursive: true, force: true });
	await fs.rm(layout.tree, { recursive: true, force: true });
	await fs.rm(layout.partial, { recursive: true, force: true });
	return true;
}

async function replaceWhole(layout: FolderLayout): Promise<void> {
	if (!(await exists(layout.tree))) {
		return;
	}
	if (await exists(layout.base)) {
		await fs.rm(layout.old, { recursive: true, force: true });
		await fs.rename(layout.base, layout.old);
	}
	await fs.rename(layout.tree, layout.base);
}

async function layInto(layout: FolderLayout, removed: readonly string[]): Promise<void> {
	// The new status is moved last of all. When it is gone from the tree, an earlier try had come to its end but for clearing up.
	if (await exists(path.join(layout.tree, 'Status.plist'))) {
		await markMoving(layout.base);
	}
	for (const item of removed) {
		await fs.rm(path.join(layout.base, item), { recursive: true, force: true });
	}
	const names = await fs.readdir(layout.tree);
	for (const name of names.filter((each) => !LAST_FILES.includes(each))) {
		await moveInto(path.join(layout.tree, name), path.join(layout.base, name));
	}
	for (const name of LAST_FILES.filter((each) => names.includes(each))) {
		await moveInto(path.join(layout.tree, name), path.join(layout.base, name));
	}
	await syncFolder(layout.base);
}

/** While files change places, other tools must not take the folder for a finished backup. The device itself writes such a state, too. */
async function markMoving(base: string): Promise<void> {
	const file = path.join(base, 'Status.plist');
	const bytes = await readIfPresent(file);
	const status = bytes === undefined || bytes.length === 0 ? undefined : readStatusPlist(bytes);
	if (status?.snapshotState === SNAPSHOT_STATE_FINISHED) {
		await replaceFile(file, encodeStatusPlist({ ...status, snapshotState: 'moving' }));
	}
}

async function moveInto(from: string, to: string): Promise<void> {
	const stat = await fs.lstat(from);
	if (stat.isDirectory() && (await isFolder(to))) {
		for (const name of await fs.readdir(from)) {
			await moveInto(path.join(from, name), path.join(to, name));
		}
		return;
	}
	try {
		await fs.rename(from, to);
	} catch {
		// A folder stands where a file comes, or this system does not rename onto an existing file.
		await fs.rm(to, { recursive: true, force: true });
		await fs.rename(from, to);
	}
}

async function isFolder(place: string): Promise<boolean> {
	return fs.lstat(place).then(
		(stat) => stat.isDirectory(),
		() => false,
	);
}

function readPlan(bytes: Uint8Array): CommitPlan {
	const plan = JSON.parse(Buffer.from(bytes).toString()) as Partial<CommitPlan>;
	const removed = Array.isArray(plan.removed) ? plan.removed.filter(isPathBelow) : [];
	return { kind: plan.kind === 'whole' ? 'whole' : 'changes', removed };
}

/** The plan lies in a folder that others may write to; it must not lead out of the backup. */
function isPathBelow(item: unknown): item is string {
	return (
		typeof item === 'string' &&
		item !== '' &&
		!item.split('/').some((part) => part === '' || part === '.' || part === '..') &&
		!item.includes('\\') &&
		!item.includes('\0')
	);
}
