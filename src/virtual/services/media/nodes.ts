import { AFC_STATUS } from '../../../device/afc/frame.ts';

/** An AFC operation that fails with a status of the protocol. */
export class AfcFailure extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`AFC status ${status}`);
		this.status = status;
	}
}

interface NodeTimes {
	modifiedAtMs: number;
	createdAtMs: number;
}

/** Where the bytes of a file come from that nobody has written to: made from a seed, or read from what the device carries in its backups. */
export type ContentSource =
	| { readonly kind: 'generated'; readonly seed: number }
	| { readonly kind: 'entry'; readonly read: (offset: number, sizeBytes: number) => Uint8Array };

/** A file; its bytes lie in the content store under `contentId` (0: not there yet), or come from `source` as long as nobody wrote to it. */
export interface FileNode extends NodeTimes {
	readonly kind: 'file';
	contentId: number;
	sizeBytes: number;
	source: ContentSource | undefined;
	links: number;
}

export interface DirectoryNode extends NodeTimes {
	readonly kind: 'directory';
	readonly children: Map<string, MediaNode>;
	/** The system keeps it to itself: everything below answers "permission denied". */
	readonly isProtected: boolean;
}

export interface LinkNode extends NodeTimes {
	readonly kind: 'symlink';
	readonly target: string;
}

export type MediaNode = FileNode | DirectoryNode | LinkNode;

/** Longer chains of links are loops. */
const MAX_LINKS_FOLLOWED = 16;
/** As on the device. */
const MAX_NAME_BYTES = 255;

/** The names of a path below the root; `.` and empty ones are dropped, `..` never leads above the root. */
export function splitPath(path: string): string[] {
	const names: string[] = [];
	for (const name of path.split('/')) {
		if (name === '..') {
			names.pop();
		} else if (name !== '' && name !== '.') {
			if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
				throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
			}
			names.push(name);
		}
	}
	return names;
}

export interface ResolvedPath {
	/** Undefined for the root. */
	readonly parent: DirectoryNode | undefined;
	readonly name: string;
	readonly node: MediaNode | undefined;
}

/**
 * Walks to a path, following links on the way, and at its end when `followsLast`.
 * @throws AfcFailure - a folder on the way is missing, no folder, or protected.
 */
export function resolve(root: DirectoryNode, path: string, followsLast: boolean, linksFollowed = 0): ResolvedPath {
	if (linksFollowed > MAX_LINKS_FOLLOWED) {
		throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
	}
	const names = splitPath(path);
	let parent: DirectoryNode | undefined;
	let node: MediaNode | undefined = root;
	for (const [index, name] of names.entries()) {
		if (node?.kind !== 'directory') {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		if (node.isProtected) {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		parent = node;
		node = node.children.get(name);
		if (node?.kind === 'symlink' && (followsLast || index < names.length - 1)) {
			const base = node.target.startsWith('/') ? '' : `${names.slice(0, index).join('/')}/`;
			const rest = names.slice(index + 1).join('/');
			return resolve(root, `${base}${node.target}/${rest}`, followsLast, linksFollowed + 1);
		}
	}
	return { parent, name: names.at(-1) ?? '', node };
}

/** The node itself and everything below it. */
export function* allNodes(node: MediaNode): Generator<MediaNode> {
	yield node;
	if (node.kind === 'directory') {
		for (const child of node.children.values()) {
			yield* allNodes(child);
		}
	}
}

/** Shows what the device carries in its backups, and was not written to since. */
export function isGrafted(node: MediaNode): boolean {
	return node.kind === 'file' && node.source?.kind === 'entry';
}
