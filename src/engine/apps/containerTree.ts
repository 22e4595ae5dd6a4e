import { scanTree, type AfcClient } from '../../device/index.ts';

/** One thing in an app's container, on a device or in a snapshot. */
export interface ContainerItem {
	readonly kind: 'file' | 'folder' | 'link';
	readonly sizeBytes: number;
	/** Whole milliseconds; of files only it means something. */
	readonly modifiedAtMs: number;
	/** Of a link, as far as is known. */
	readonly target?: string;
}

/** What a container holds, by path (`/Documents/a.txt`). */
export interface ContainerTree {
	readonly items: ReadonlyMap<string, ContainerItem>;
	/** What the device does not show; it is neither read nor changed. */
	readonly hidden: readonly string[];
}

/** Where files wait on the device until all of them have come. */
export const STAGING_PREFIX = '/tmp/.devicelab-';

/** The system's own note of which container this is: taken to another container it would be wrong, and is left alone. */
const SYSTEM_NOTE = '/.com.apple.mobile_container_manager.metadata.plist';

/** Whether a path is no part of an app's state. */
export function isOutsideState(path: string): boolean {
	return path === SYSTEM_NOTE || path.startsWith(STAGING_PREFIX);
}

/** Looks at all that a container holds; reads no contents. */
export async function readContainer(afc: AfcClient, signal: AbortSignal | undefined): Promise<ContainerTree> {
	const hidden: string[] = [];
	const items = new Map<string, ContainerItem>();
	for (const { path, info } of await scanTree(afc, '/', { signal, skips: isOutsideState, onDenied: (path) => hidden.push(path) })) {
		const { sizeBytes, linkTarget } = info;
		const modifiedAtMs = Math.max(0, Math.floor(info.modifiedAtMs));
		if (info.kind === 'directory') {
			items.set(path, { kind: 'folder', sizeBytes: 0, modifiedAtMs });
		} else if (info.kind === 'symlink') {
			items.set(path, { kind: 'link', sizeBytes: 0, modifiedAtMs, target: linkTarget ?? '' });
		} else if (info.kind === 'file') {
			items.set(path, { kind: 'file', sizeBytes, modifiedAtMs });
		}
		// Sockets and pipes mean nothing without the process that made them.
	}
	return { items, hidden: hidden.sort() };
}
