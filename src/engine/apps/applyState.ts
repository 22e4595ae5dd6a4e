import { randomBytes } from 'node:crypto';
import { AFC_STATUS, isAfcNotFound, isAfcStatus, writeFile, type AfcClient } from '../../device/index.ts';
import type { AppProgress } from './appProgress.ts';
import type { ContainerChanges } from './containerDiff.ts';
import { STAGING_PREFIX, type ContainerItem } from './containerTree.ts';
import { forEachAtOnce } from './pool.ts';
import type { WantedState } from './wantedState.ts';

const FILES_AT_ONCE = 8;

/** Requests without content wait in the device's queue; so many are enough to keep it busy. */
const STEPS_AT_ONCE = 64;

/**
 * Brings a container to a state. What has to be written comes into a folder of its own first; only when all of it has come is anything removed
 * or put in place, by moves alone. So a lost link or a cancellation before that leaves the app's data as it was.
 *
 * @returns whether the device set the times of what was written; else that looks newer than it is.
 * @throws DeviceError `AFC_ERROR` and the link's; AbortError, until the first thing is put in place.
 */
export async function applyState(
	afc: AfcClient,
	state: WantedState,
	changes: ContainerChanges,
	progress: AppProgress,
	signal: AbortSignal | undefined,
): Promise<{ readonly timesKept: boolean }> {
	await removeLeftovers(afc);
	const folder = `${STAGING_PREFIX}${randomBytes(6).toString('hex')}`;
	const files = changes.write.filter((path) => state.items.get(path)?.kind === 'file');
	let timesKept = true;
	progress.expect(changes.writeBytes);
	progress.enter('transferring');
	if (files.length > 0) {
		await afc.makeDirectory(folder, { signal });
	}
	try {
		await forEachAtOnce(files.entries(), FILES_AT_ONCE, async ([index, path]) => {
			const item = state.items.get(path) as ContainerItem;
			const place = `${folder}/${index}`;
			await writeFile(afc, place, counted(state.open(path), progress), { signal });
			timesKept = (await keepTime(afc, place, item.modifiedAtMs)) && timesKept;
			progress.movedFile();
		});
		signal?.throwIfAborted();
		progress.enter('finishing');
		// **Invariant:** from here on nothing is asked of the store, and nobody can cancel: what follows takes milliseconds.
		await putInPlace(afc, state, changes, files, folder);
	} finally {
		await afc.removeAll(folder).catch(() => {
			// An empty folder in `tmp`, or what came of a run that failed; the next run clears it away, and no snapshot sees it.
		});
	}
	return { timesKept };
}

async function putInPlace(
	afc: AfcClient,
	state: WantedState,
	changes: ContainerChanges,
	files: readonly string[],
	folder: string,
): Promise<void> {
	await forEachAtOnce(changes.remove, STEPS_AT_ONCE, (path) => ifThere(afc.removeAll(path)));
	for (const path of changes.makeFolders) {
		await afc.makeDirectory(path);
	}
	await forEachAtOnce(files.entries(), STEPS_AT_ONCE, ([index, path]) => replace(afc, `${folder}/${index}`, path));
	const links = changes.write.filter((path) => state.items.get(path)?.kind === 'link');
	await forEachAtOnce(links, STEPS_AT_ONCE, async (path) => {
		await ifThere(afc.remove(path));
		await afc.link('symbolic', state.items.get(path)?.target ?? '', path);
	});
}

/** Unverified: whether every version of iOS moves over what is there; where it does not, that goes first. */
async function replace(afc: AfcClient, from: string, to: string): Promise<void> {
	try {
		await afc.rename(from, to);
	} catch (error) {
		if (!isAfcStatus(error, AFC_STATUS.OBJECT_EXISTS)) {
			throw error;
		}
		await afc.remove(to);
		await afc.rename(from, to);
	}
}

async function ifThere(removing: Promise<void>): Promise<void> {
	try {
		await removing;
	} catch (error) {
		if (!isAfcNotFound(error)) {
			throw error;
		}
	}
}

async function keepTime(afc: AfcClient, path: string, timeMs: number): Promise<boolean> {
	try {
		await afc.setTime(path, timeMs);
		return true;
	} catch (error) {
		if (isAfcStatus(error, AFC_STATUS.NOT_SUPPORTED, AFC_STATUS.UNKNOWN_PACKET_TYPE, AFC_STATUS.PERMISSION_DENIED)) {
			return false;
		}
		throw error;
	}
}

/** What a run that was cut off had brought. */
async function removeLeftovers(afc: AfcClient): Promise<void> {
	const parent = STAGING_PREFIX.slice(0, STAGING_PREFIX.lastIndexOf('/'));
	const prefix = STAGING_PREFIX.slice(parent.length + 1);
	let names: string[];
	try {
		names = await afc.list(parent);
	} catch (error) {
		if (isAfcNotFound(error)) {
			return;
		}
		throw error;
	}
	await forEachAtOnce(
		names.filter((name) => name.startsWith(prefix)),
		STEPS_AT_ONCE,
		(name) => ifThere(afc.removeAll(`${parent}/${name}`)),
	);
}

async function* counted(content: AsyncIterable<Uint8Array>, progress: AppProgress): AsyncGenerator<Uint8Array> {
	for await (const portion of content) {
		yield portion;
		progress.moved(portion.length);
	}
}
