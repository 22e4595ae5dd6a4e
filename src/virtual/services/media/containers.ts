import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MiB } from '../../../base/index.ts';
import type { ChangedItem, DeviceEntry, DeviceFiles } from '../../files/index.ts';
import { Random } from '../../files/random.ts';
import type { MediaContents } from './contents.ts';
import { allNodes, type DirectoryNode, type FileNode, type MediaNode } from './nodes.ts';
import { emptyDirectory, graftEntry, readerOf } from './seed.ts';
import type { MediaTree } from './tree.ts';
import { decodeTree, encodeTree } from './treeFile.ts';

const SAVED_FILE = 'containers.json';

/** Folders of a container that no backup carries. */
const OUTSIDE_BACKUPS: readonly string[] = ['tmp', 'Library/Caches'];

/** What every container has from its first day. */
const FIRST_FOLDERS: readonly string[] = ['Documents', 'Library/Caches', 'Library/Preferences', 'tmp'];

/** How a path of the container was when it and the device's files last agreed. */
interface Agreed {
	readonly entry: DeviceEntry;
	readonly node: MediaNode;
}

interface Container {
	tree: MediaTree;
	/** The time of the device's files that the tree shows. */
	madeAt: number;
	agreed: Map<string, Agreed>;
}

/**
 * Data containers of apps as house_arrest shows them. What a backup carries of one lies in the device's files, which the tree shows and `settle`
 * takes over into; the rest (`tmp`, caches) lies here alone.
 */
export class AppContainers {
	readonly #folder: string;
	readonly #files: DeviceFiles;
	readonly #contents: MediaContents;
	readonly #treeOf: (root: DirectoryNode) => MediaTree;
	readonly #open = new Map<string, Container>();
	/** What was saved of containers that nobody has opened since. */
	readonly #saved: Map<string, DirectoryNode>;

	private constructor(
		parts: { folder: string; files: DeviceFiles; contents: MediaContents; treeOf: (root: DirectoryNode) => MediaTree },
		saved: Map<string, DirectoryNode>,
	) {
		this.#folder = parts.folder;
		this.#files = parts.files;
		this.#contents = parts.contents;
		this.#treeOf = parts.treeOf;
		this.#saved = saved;
	}

	/** @throws VirtualError `STATE_UNUSABLE`. */
	static async load(parts: {
		folder: string;
		files: DeviceFiles;
		contents: MediaContents;
		treeOf: (root: DirectoryNode) => MediaTree;
	}): Promise<AppContainers> {
		const text = await readFile(join(parts.folder, SAVED_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
			if (error.code === 'ENOENT') {
				return '{}';
			}
			throw error;
		});
		const saved = Object.entries(JSON.parse(text) as Record<string, string>);
		return new AppContainers(parts, new Map(saved.map(([bundleId, tree]) => [bundleId, decodeTree(tree, parts.contents)])));
	}

	/** The container as it is now. The tree stays the same until the device's own files change. */
	open(bundleId: string): MediaTree {
		const known = this.#open.get(bundleId);
		if (known?.madeAt === this.#files.now) {
			return known.tree;
		}
		const old = known?.tree.root ?? this.#saved.get(bundleId);
		const root = emptyDirectory(0);
		const agreed = new Map<string, Agreed>();
		for (const entry of this.#files.entriesOf(domainOf(bundleId))) {
			if (entry.path === '' || isOutside(entry.path)) {
				continue;
			}
			const before = known?.agreed.get(entry.path);
			const kept = before?.entry === entry && before.node.kind === 'file' ? before.node : undefined;
			agreed.set(entry.path, { entry, node: graftEntry(root, entry.path, entry, this.#files, kept) });
		}
		const tree = this.#treeOf(root);
		for (const path of OUTSIDE_BACKUPS) {
			const node = old === undefined ? undefined : nodeAt(old, path);
			if (node?.kind === 'directory') {
				putAt(root, path, node);
			}
		}
		FIRST_FOLDERS.forEach((folder) => tree.makeDirectory(`/${folder}`));
		this.#saved.delete(bundleId);
		this.#open.set(bundleId, { tree, madeAt: this.#files.now, agreed });
		return tree;
	}

	/** Takes what was changed in a container over into the device's files. @returns whether there was anything. */
	settle(bundleId: string): boolean {
		const container = this.#open.get(bundleId);
		if (container === undefined || container.madeAt !== this.#files.now) {
			// The device's own files went on meanwhile, as in a restore: what a host wrote beside that is lost.
			return false;
		}
		const nodes = new Map(pathsOf(container.tree.root));
		const removed = [...container.agreed.keys()].filter((path) => !nodes.has(path));
		const put: ChangedItem[] = [];
		for (const [path, node] of nodes) {
			const item = this.#changeOf(path, node, container.agreed.get(path));
			if (item !== undefined) {
				put.push(item);
			}
		}
		if (removed.length === 0 && put.length === 0) {
			return false;
		}
		const domain = domainOf(bundleId);
		// Deeper ones first, and a file that became a folder is not taken with what it held.
		this.#files.change(domain, removed.reverse(), put);
		for (const path of removed) {
			container.agreed.delete(path);
		}
		for (const [path, node] of nodes) {
			const entry = this.#files.get(domain, path);
			if (entry !== undefined) {
				container.agreed.set(path, { entry, node });
				this.#handOver(node, entry);
			}
		}
		container.madeAt = this.#files.now;
		return true;
	}

	/** What an app does with its files: the same `seed` writes the same ones. They lie in folders of fifty. */
	use(bundleId: string, files: number, bytes: number, seed: string): void {
		const tree = this.open(bundleId);
		const random = new Random(`use ${bundleId} ${seed}`);
		for (let index = 0; index < files; index++) {
			const folder = `/Documents/Data/${String(Math.floor(index / 50)).padStart(4, '0')}`;
			tree.makeDirectory(folder);
			const file = tree.open(`${folder}/${String(index).padStart(6, '0')}.dat`, 'write');
			for (let left = Math.floor(bytes / files); left > 0; left -= MiB) {
				file.write(noise(random, Math.min(left, MiB)));
			}
			file.close();
		}
		this.settle(bundleId);
	}

	/** The app is gone, and its container with it. */
	remove(bundleId: string): void {
		const container = this.#open.get(bundleId);
		this.#open.delete(bundleId);
		for (const root of [container?.tree.root, this.#saved.get(bundleId)]) {
			for (const node of root === undefined ? [] : allNodes(root)) {
				if (node.kind === 'file' && node.source === undefined) {
					this.#contents.delete(node.contentId);
				}
			}
		}
		this.#saved.delete(bundleId);
		this.#files.removeDomain(domainOf(bundleId));
	}

	/** Bytes in all files of a container. */
	sizeBytes(bundleId: string): number {
		let sum = 0;
		for (const node of allNodes(this.open(bundleId).root)) {
			sum += node.kind === 'file' ? node.sizeBytes : 0;
		}
		return sum;
	}

	/** Keeps what the device's files do not. */
	async save(): Promise<void> {
		const trees = new Map([
			...this.#saved,
			...[...this.#open].map(([id, { tree }]): [string, DirectoryNode] => [id, outsideOf(tree.root)]),
		]);
		const target = join(this.#folder, SAVED_FILE);
		await writeFile(`${target}.new`, JSON.stringify(Object.fromEntries([...trees].map(([id, root]) => [id, encodeTree(root)]))), {
			mode: 0o600,
		});
		await rename(`${target}.new`, target);
	}

	#changeOf(path: string, node: MediaNode, agreed: Agreed | undefined): ChangedItem | undefined {
		const modifiedAt = Math.floor(node.modifiedAtMs / 1000);
		const isSame = agreed?.entry.kind === kindOf(node);
		switch (node.kind) {
			case 'directory':
				// The time of a folder follows from what happens in it.
				return isSame ? undefined : { path, kind: 'folder', modifiedAt };
			case 'symlink':
				return isSame && agreed.entry.target === node.target ? undefined : { path, kind: 'link', modifiedAt, target: node.target };
			case 'file': {
				const hasOldContent = isSame && agreed.node === node && node.source !== undefined;
				if (hasOldContent) {
					return agreed.entry.modifiedAt === modifiedAt ? undefined : { path, kind: 'file', modifiedAt };
				}
				return { path, kind: 'file', modifiedAt, content: this.#portions(node) };
			}
		}
	}

	*#portions(file: FileNode): Generator<Uint8Array> {
		for (let offset = 0; offset < file.sizeBytes; offset += MiB) {
			const bytes = this.#contents.read(file, offset, MiB);
			yield bytes.length === Math.min(MiB, file.sizeBytes - offset) ? bytes : padded(bytes, Math.min(MiB, file.sizeBytes - offset));
		}
	}

	/** From here on the device's files have the content; a host's next write takes it back. */
	#handOver(node: MediaNode, entry: DeviceEntry): void {
		if (node.kind === 'file' && node.source?.kind !== 'entry') {
			this.#contents.delete(node.contentId);
			node.contentId = 0;
			node.source = { kind: 'entry', read: readerOf(this.#files, entry) };
		}
	}
}

function noise(random: Random, sizeBytes: number): Uint8Array {
	const words = new Uint32Array(Math.ceil(sizeBytes / 4));
	words.forEach((_, index) => (words[index] = random.next()));
	return new Uint8Array(words.buffer, 0, sizeBytes);
}

function domainOf(bundleId: string): string {
	return `AppDomain-${bundleId}`;
}

function isOutside(path: string): boolean {
	return OUTSIDE_BACKUPS.some((folder) => path.startsWith(`${folder}/`));
}

function kindOf(node: MediaNode): DeviceEntry['kind'] {
	return node.kind === 'directory' ? 'folder' : node.kind === 'symlink' ? 'link' : 'file';
}

/** What was extended and never written to reads as zeros. */
function padded(bytes: Uint8Array, sizeBytes: number): Uint8Array {
	const whole = new Uint8Array(sizeBytes);
	whole.set(bytes);
	return whole;
}

/** What a backup carries of a container, folders before their contents. */
function* pathsOf(folder: DirectoryNode, prefix = ''): Generator<[string, MediaNode]> {
	for (const [name, node] of folder.children) {
		const path = prefix + name;
		if (!isOutside(path)) {
			yield [path, node];
			if (node.kind === 'directory') {
				yield* pathsOf(node, `${path}/`);
			}
		}
	}
}

function nodeAt(root: DirectoryNode, path: string): MediaNode | undefined {
	return path
		.split('/')
		.reduce<MediaNode | undefined>((node, name) => (node?.kind === 'directory' ? node.children.get(name) : undefined), root);
}

function putAt(root: DirectoryNode, path: string, node: MediaNode): void {
	const names = path.split('/');
	const last = names.pop() as string;
	let folder = root;
	for (const name of names) {
		const child = folder.children.get(name);
		const made = child?.kind === 'directory' ? child : emptyDirectory(0);
		folder.children.set(name, made);
		folder = made;
	}
	folder.children.set(last, node);
}

function outsideOf(root: DirectoryNode): DirectoryNode {
	const part = emptyDirectory(0);
	for (const path of OUTSIDE_BACKUPS) {
		const node = nodeAt(root, path);
		if (node !== undefined) {
			putAt(part, path, node);
		}
	}
	return part;
}
