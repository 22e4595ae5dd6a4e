import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import * as path from 'node:path';
import { BackupError, readStatusPlist, SNAPSHOT_STATE_FINISHED } from '../../backup/index.ts';
import { EngineError } from '../errors.ts';
import { commitRun, finishCommit } from './commit.ts';
import { exists, readIfPresent, replaceFile, usingFolder } from './files.ts';
import type { BackupTarget, FreshReason } from '../jobs/backupTarget.ts';
import { FolderHost } from './folderHost.ts';
import { folderLayout, isFolderName, type FolderLayout } from './layout.ts';

interface Owner {
	readonly host: string;
	readonly process: number;
	readonly startedAt: string;
	readonly state: 'running' | 'interrupted';
}

/**
 * One backup into a plain folder: the device works on an overlay, and only a finished run becomes the backup (see FolderLayout).
 * Ends with `commit` or `abandon`.
 */
export class FolderRun implements BackupTarget {
	readonly layout: FolderLayout;
	readonly host: FolderHost;
	/** Undefined when the run continues the backup that is there. */
	readonly fresh: FreshReason | undefined;
	readonly #owner: Owner;

	get place(): string {
		return path.dirname(this.layout.base);
	}

	private constructor(layout: FolderLayout, host: FolderHost, fresh: FreshReason | undefined, owner: Owner) {
		this.layout = layout;
		this.host = host;
		this.fresh = fresh;
		this.#owner = owner;
	}

	/**
	 * Prepares a run; finishes or clears away what an earlier one left behind.
	 * @throws EngineError `DEVICE_BUSY` - another process works on this backup. `FOLDER_UNUSABLE`, `HOST_FULL`.
	 */
	static async begin(root: string, udid: string, full: boolean): Promise<FolderRun> {
		const layout = layoutOf(root, udid);
		return usingFolder(root, async () => {
			await fs.mkdir(root, { recursive: true });
			await recoverFolder(root, udid);
			await fs.rm(layout.partial, { recursive: true, force: true });
			await fs.mkdir(layout.tree, { recursive: true, mode: 0o700 });
			const owner: Owner = { host: hostname(), process: process.pid, startedAt: new Date().toISOString(), state: 'running' };
			await replaceFile(layout.owner, JSON.stringify(owner));
			const fresh = full ? 'asked' : await reasonToStartFresh(layout.base);
			const host = new FolderHost(root, { base: fresh === undefined ? layout.base : undefined, tree: layout.tree });
			return new FolderRun(layout, host, fresh, owner);
		});
	}

	/** Makes the run the backup. After this resolves, and after a crash on the way, the new backup is what is there. */
	async commit(): Promise<void> {
		const removed = await this.host.removedFromBase();
		await this.host.dispose();
		await usingFolder(this.layout.base, () => commitRun(this.layout, removed, this.fresh !== undefined));
	}

	/** Drops what came and leaves a mark that the run was interrupted. The backup before it is as it was. Never throws. */
	async abandon(): Promise<void> {
		await this.host.dispose();
		try {
			await fs.rm(this.layout.tree, { recursive: true, force: true });
			await replaceFile(this.layout.owner, JSON.stringify({ ...this.#owner, state: 'interrupted' } satisfies Owner));
		} catch {
			// A disk that is full or gone: the next run clears the rest away.
		}
	}
}

/**
 * Finishes what a process that was killed while renaming left half done, so that the folder holds a whole backup again.
 * @returns whether there was something to finish.
 * @throws EngineError `DEVICE_BUSY` - another process is still at it.
 */
export async function recoverFolder(root: string, udid: string): Promise<boolean> {
	const layout = layoutOf(root, udid);
	await refuseIfOwned(layout);
	return finishCommit(layout);
}

/** Whether an unfinished run of an earlier process lies beside the backup. */
export async function hasInterruptedRun(root: string, udid: string): Promise<boolean> {
	return exists(layoutOf(root, udid).partial);
}

function layoutOf(root: string, udid: string): FolderLayout {
	if (!isFolderName(udid)) {
		throw new EngineError('WRONG_USE', 'This is no name of a backup folder.', { details: { name: udid.slice(0, 200) } });
	}
	return folderLayout(root, udid);
}

async function refuseIfOwned(layout: FolderLayout): Promise<void> {
	const bytes = await readIfPresent(layout.owner);
	if (bytes === undefined) {
		return;
	}
	let owner: Partial<Owner>;
	try {
		owner = JSON.parse(Buffer.from(bytes).toString()) as Partial<Owner>;
	} catch {
		// Half written by a process that died: nobody's.
		return;
	}
	if (
		owner.state === 'running' &&
		owner.host === hostname() &&
		typeof owner.process === 'number' &&
		owner.process !== process.pid &&
		isAlive(owner.process)
	) {
		throw new EngineError('DEVICE_BUSY', `Process ${owner.process} is backing up this device into the same folder.`, {
			details: { process: owner.process, since: owner.startedAt },
		});
	}
}

function isAlive(processId: number): boolean {
	try {
		process.kill(processId, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/**
 * A base must be proven finished: an empty control file from an aborted run makes every later run fail with 205
 * (libimobiledevice issue 1582).
 */
async function reasonToStartFresh(base: string): Promise<FreshReason | undefined> {
	const status = await readIfPresent(path.join(base, 'Status.plist'));
	if (status === undefined) {
		return (await exists(base)) ? 'unfinished' : 'first';
	}
	try {
		if (readStatusPlist(status).snapshotState !== SNAPSHOT_STATE_FINISHED || (await exists(path.join(base, 'Snapshot')))) {
			return 'unfinished';
		}
	} catch (error) {
		if (BackupError.is(error)) {
			return 'damaged';
		}
		throw error;
	}
	for (const name of ['Manifest.plist', 'Manifest.db']) {
		const size = await fs.stat(path.join(base, name)).then(
			(stat) => stat.size,
			() => 0,
		);
		if (size === 0) {
			return 'damaged';
		}
	}
	return undefined;
}
