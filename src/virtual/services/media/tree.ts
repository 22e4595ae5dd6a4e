import { AFC_STATUS } from '../../../device/afc/frame.ts';
import type { AfcFileInfo } from '../../../device/afc/fileInfo/messages.ts';
import type { AfcLinkType, AfcLock, AfcOpenMode } from '../../../device/afc/messages.ts';
import type { Clock } from '../../../base/index.ts';
import type { MediaContents } from './contents.ts';
import { AfcFailure, allNodes, resolve, type DirectoryNode, type FileNode, type MediaNode } from './nodes.ts';
import type { Volume, VolumeFile } from './volume.ts';

/** Room for what hosts may create; a phone's AFC folder is bounded by its disk. */
export interface MediaLimits {
	/** Bytes that may still be written. */
	freeBytes(): number;
}

const MAX_NODES = 500_000;

/**
 * A file system in the shape that AFC shows: files, folders and links below one root, with locks between all its users.
 * Structure is kept in memory, content in files.
 */
export class MediaTree implements Volume {
	readonly root: DirectoryNode;
	readonly #contents: MediaContents;
	readonly #clock: Clock;
	readonly #limits: MediaLimits;
	readonly #onChange: () => void;
	readonly #locks = new Map<FileNode, Map<OpenMediaFile, 'shared' | 'exclusive'>>();
	#nodeCount: number;

	constructor(root: DirectoryNode, contents: MediaContents, options: { clock: Clock; limits: MediaLimits; onChange?: () => void }) {
		this.root = root;
		this.#contents = contents;
		this.#clock = options.clock;
		this.#limits = options.limits;
		this.#onChange = options.onChange ?? (() => {});
		this.#nodeCount = [...allNodes(root)].length;
	}

	list(path: string): string[] {
		const { node } = resolve(this.root, path, true);
		if (node === undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		if (node.kind !== 'directory') {
			throw new AfcFailure(AFC_STATUS.READ_ERROR);
		}
		if (node.isProtected) {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		return [...node.children.keys()];
	}

	info(path: string): AfcFileInfo {
		const node = this.#existing(path, false);
		const sizeBytes =
			node.kind === 'file' ? node.sizeBytes : node.kind === 'directory' ? 64 + 32 * node.children.size : Buffer.byteLength(node.target);
		return {
			kind: node.kind,
			sizeBytes,
			blocks: node.kind === 'file' ? Math.ceil(sizeBytes / 4096) * 8 : 0,
			links: node.kind === 'directory' ? 2 + node.children.size : node.kind === 'file' ? node.links : 1,
			modifiedAtMs: node.modifiedAtMs,
			createdAtMs: node.createdAtMs,
			...(node.kind === 'symlink' ? { linkTarget: node.target } : {}),
		};
	}

	open(path: string, mode: AfcOpenMode): VolumeFile {
		const { parent, name, node } = resolve(this.root, path, true);
		if (node !== undefined && node.kind !== 'file') {
			throw new AfcFailure(AFC_STATUS.OBJECT_IS_DIRECTORY);
		}
		if (node === undefined && mode === 'read') {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		const file = node ?? this.#createFile(parent, name);
		if ((mode === 'write' || mode === 'writeRead') && file.sizeBytes > 0) {
			this.#resize(file, 0);
		}
		return new OpenMediaFile(file, mode, this.#access);
	}

	makeDirectory(path: string): void {
		let walked = '';
		for (const name of path.split('/').filter((part) => part !== '')) {
			walked += `/${name}`;
			const { parent, name: last, node } = resolve(this.root, walked, true);
			if (node === undefined) {
				const now = this.#clock.now();
				this.#insert(parent, last, { kind: 'directory', children: new Map(), isProtected: false, modifiedAtMs: now, createdAtMs: now });
			} else if (node.kind !== 'directory') {
				throw new AfcFailure(AFC_STATUS.OBJECT_EXISTS);
			}
		}
	}

	remove(path: string): void {
		const { parent, name, node } = resolve(this.root, path, false);
		if (node === undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		if (parent === undefined) {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		if (node.kind === 'directory' && (node.isProtected || node.children.size > 0)) {
			// The device has no status of its own for a folder that is not empty.
			throw new AfcFailure(node.isProtected ? AFC_STATUS.PERMISSION_DENIED : AFC_STATUS.UNKNOWN_ERROR);
		}
		this.#detach(parent, name, node);
	}

	removeAll(path: string): void {
		const { parent, name, node } = resolve(this.root, path, false);
		if (node === undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		if (
			parent === undefined ||
			(node.kind === 'directory' && [...allNodes(node)].some((one) => one.kind === 'directory' && one.isProtected))
		) {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		this.#detach(parent, name, node);
	}

	rename(from: string, to: string): void {
		const source = resolve(this.root, from, false);
		const target = resolve(this.root, to, false);
		if (source.node === undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		if (source.parent === undefined || target.parent === undefined) {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		if (source.node === target.node) {
			return;
		}
		if (source.node.kind === 'directory' && [...allNodes(source.node)].includes(target.parent)) {
			throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
		}
		if (target.node !== undefined) {
			if (target.node.kind === 'directory' && (target.node.children.size > 0 || source.node.kind !== 'directory')) {
				throw new AfcFailure(AFC_STATUS.OBJECT_EXISTS);
			}
			this.#detach(target.parent, target.name, target.node);
		}
		source.parent.children.delete(source.name);
		target.parent.children.set(target.name, source.node);
		this.#touch(source.parent);
		this.#touch(target.parent);
	}

	link(type: AfcLinkType, target: string, path: string): void {
		const place = resolve(this.root, path, false);
		if (place.node !== undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_EXISTS);
		}
		if (type === 'symbolic') {
			const now = this.#clock.now();
			this.#insert(place.parent, place.name, { kind: 'symlink', target: target.slice(0, 4096), modifiedAtMs: now, createdAtMs: now });
			return;
		}
		const file = this.#existing(target, true);
		if (file.kind !== 'file') {
			throw new AfcFailure(AFC_STATUS.OBJECT_IS_DIRECTORY);
		}
		this.#insert(place.parent, place.name, file);
		file.links++;
	}

	truncate(path: string, sizeBytes: number): void {
		const node = this.#existing(path, true);
		if (node.kind !== 'file') {
			throw new AfcFailure(AFC_STATUS.OBJECT_IS_DIRECTORY);
		}
		this.#resize(node, sizeBytes);
	}

	setTime(path: string, timeMs: number): void {
		this.#existing(path, true).modifiedAtMs = timeMs;
		this.#onChange();
	}

	readonly #access: FileAccess = {
		read: (file, offset, maxBytes) => this.#contents.read(file, offset, maxBytes),
		write: (file, offset, bytes) => {
			this.#reserve(offset + bytes.length - file.sizeBytes);
			this.#contents.write(file, offset, bytes);
			this.#touch(file);
		},
		resize: (file, sizeBytes) => this.#resize(file, sizeBytes),
		lock: (file, owner, lock) => this.#lock(file, owner, lock),
	};

	#lock(file: FileNode, owner: OpenMediaFile, lock: AfcLock): void {
		const holders = this.#locks.get(file) ?? new Map<OpenMediaFile, 'shared' | 'exclusive'>();
		if (lock === 'unlock') {
			holders.delete(owner);
			if (holders.size === 0) {
				this.#locks.delete(file);
			}
			return;
		}
		const blocks = [...holders].some(([holder, kind]) => holder !== owner && (lock === 'exclusive' || kind === 'exclusive'));
		if (blocks) {
			throw new AfcFailure(AFC_STATUS.WOULD_BLOCK);
		}
		holders.set(owner, lock);
		this.#locks.set(file, holders);
	}

	#existing(path: string, followsLast: boolean): MediaNode {
		const { node } = resolve(this.root, path, followsLast);
		if (node === undefined) {
			throw new AfcFailure(AFC_STATUS.OBJECT_NOT_FOUND);
		}
		return node;
	}

	#createFile(parent: DirectoryNode | undefined, name: string): FileNode {
		const now = this.#clock.now();
		const file: FileNode = {
			kind: 'file',
			contentId: this.#contents.newId(),
			sizeBytes: 0,
			source: undefined,
			links: 1,
			modifiedAtMs: now,
			createdAtMs: now,
		};
		this.#insert(parent, name, file);
		return file;
	}

	#insert(parent: DirectoryNode | undefined, name: string, node: MediaNode): void {
		if (parent === undefined || name === '') {
			throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
		}
		if (this.#nodeCount >= MAX_NODES) {
			throw new AfcFailure(AFC_STATUS.NO_SPACE_LEFT);
		}
		this.#nodeCount++;
		parent.children.set(name, node);
		this.#touch(parent);
	}

	#detach(parent: DirectoryNode, name: string, node: MediaNode): void {
		parent.children.delete(name);
		for (const gone of allNodes(node)) {
			this.#nodeCount--;
			if (gone.kind === 'file' && --gone.links === 0 && gone.source === undefined) {
				this.#contents.delete(gone.contentId);
			}
		}
		this.#touch(parent);
	}

	#resize(file: FileNode, sizeBytes: number): void {
		this.#reserve(sizeBytes - file.sizeBytes);
		this.#contents.resize(file, sizeBytes);
		this.#touch(file);
	}

	#reserve(moreBytes: number): void {
		if (moreBytes > 0 && moreBytes > this.#limits.freeBytes()) {
			throw new AfcFailure(AFC_STATUS.NO_SPACE_LEFT);
		}
	}

	#touch(node: MediaNode): void {
		node.modifiedAtMs = this.#clock.now();
		this.#onChange();
	}
}

interface FileAccess {
	read(file: FileNode, offset: number, maxBytes: number): Uint8Array;
	write(file: FileNode, offset: number, bytes: Uint8Array): void;
	resize(file: FileNode, sizeBytes: number): void;
	lock(file: FileNode, owner: OpenMediaFile, lock: AfcLock): void;
}

class OpenMediaFile implements VolumeFile {
	position = 0;
	readonly #file: FileNode;
	readonly #mode: AfcOpenMode;
	readonly #access: FileAccess;

	constructor(file: FileNode, mode: AfcOpenMode, access: FileAccess) {
		this.#file = file;
		this.#mode = mode;
		this.#access = access;
	}

	get sizeBytes(): number {
		return this.#file.sizeBytes;
	}

	read(maxBytes: number): Uint8Array {
		if (this.#mode === 'write' || this.#mode === 'append') {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
		const bytes = this.#access.read(this.#file, this.position, maxBytes);
		this.position += bytes.length;
		return bytes;
	}

	write(bytes: Uint8Array): void {
		this.#mayWrite();
		if (this.#mode === 'append' || this.#mode === 'appendRead') {
			this.position = this.#file.sizeBytes;
		}
		this.#access.write(this.#file, this.position, bytes);
		this.position += bytes.length;
	}

	resize(sizeBytes: number): void {
		this.#mayWrite();
		this.#access.resize(this.#file, sizeBytes);
	}

	lock(lock: AfcLock): void {
		this.#access.lock(this.#file, this, lock);
	}

	close(): void {
		this.lock('unlock');
	}

	#mayWrite(): void {
		if (this.#mode === 'read') {
			throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
		}
	}
}
