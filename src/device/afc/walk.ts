import { protocolViolation } from '../errors.ts';
import type { AfcRequestOptions } from './channel.ts';
import type { AfcClient } from './client.ts';
import { isAfcDenied, isAfcNotFound } from './errors.ts';
import type { AfcFileInfo } from './fileInfo/messages.ts';

/** One file or folder below the start of a walk. */
export interface AfcEntry {
	/** Absolute on the device. It is the device's word: confine it before it becomes a path of this computer. */
	readonly path: string;
	readonly info: AfcFileInfo;
}

export interface AfcWalkOptions extends AfcRequestOptions {
	/** Told of every folder below the start that the device does not show; the walk goes on. */
	readonly onDenied?: (path: string) => void;
}

/** How many questions about files are under way at a time. */
const maxInfosUnderWay = 32;

/** Longer paths exist on no device; the bound ends a walk through a tree without end. */
const maxPathLength = 4096;

/**
 * Everything below a folder, each folder before its contents, in the device's order. Links are told, not followed. What vanishes
 * during the walk is left out. Throws as AfcClient does.
 */
export async function* walk(client: AfcClient, folder: string, options: AfcWalkOptions = {}): AsyncGenerator<AfcEntry, void, undefined> {
	const pending: AfcEntry[] = await children(client, folder, await client.list(folder, options), options);
	pending.reverse();
	for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
		yield entry;
		if (entry.info.kind === 'directory') {
			const inside = await children(client, entry.path, await listIfShown(client, entry.path, options), options);
			for (const child of inside.reverse()) {
				pending.push(child);
			}
		}
	}
}

/** `folder` and `name` with one slash in between. */
export function joinAfcPath(folder: string, name: string): string {
	return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

async function children(client: AfcClient, folder: string, names: readonly string[], options: AfcWalkOptions): Promise<AfcEntry[]> {
	const entries: AfcEntry[] = [];
	for (let start = 0; start < names.length; start += maxInfosUnderWay) {
		const infos = names.slice(start, start + maxInfosUnderWay).map((name) => entryOf(client, joinAfcPath(folder, name), options));
		for (const entry of await Promise.all(infos)) {
			if (entry !== undefined) {
				entries.push(entry);
			}
		}
	}
	return entries;
}

async function entryOf(client: AfcClient, path: string, options: AfcWalkOptions): Promise<AfcEntry | undefined> {
	if (path.length > maxPathLength) {
		client.close();
		throw protocolViolation('The device shows folders without end.', { pathLength: path.length });
	}
	try {
		return { path, info: await client.info(path, options) };
	} catch (error) {
		if (isAfcNotFound(error)) {
			return undefined;
		}
		if (isAfcDenied(error)) {
			options.onDenied?.(path);
			return undefined;
		}
		throw error;
	}
}

async function listIfShown(client: AfcClient, path: string, options: AfcWalkOptions): Promise<string[]> {
	try {
		return await client.list(path, options);
	} catch (error) {
		if (isAfcDenied(error)) {
			options.onDenied?.(path);
			return [];
		}
		if (isAfcNotFound(error)) {
			return [];
		}
		throw error;
	}
}
