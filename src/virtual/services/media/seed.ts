import { Random } from '../../files/random.ts';
import type { DeviceEntry, DeviceFiles } from '../../files/index.ts';
import { allNodes, isGrafted, type DirectoryNode, type FileNode, type MediaNode } from './nodes.ts';

/** Folders that every phone shows over AFC, whatever is on it. */
const FOLDERS = [
	'AirFair',
	'Books',
	'DCIM',
	'Downloads',
	'PhotoData',
	'Photos',
	'PublicStaging',
	'Purchases',
	'Recordings',
	'iTunes_Control/Artwork',
	'iTunes_Control/Device',
	'iTunes_Control/Music',
	'iTunes_Control/iTunes',
];

/** A folder that the system does not show. */
const PROTECTED_FOLDER = 'PhotoData/Protected';

/** Domains whose `Media` folder is what AFC shows. */
const MEDIA_DOMAINS: ReadonlySet<string> = new Set(['CameraRollDomain', 'MediaDomain']);
const MEDIA_PREFIX = 'Media/';

/** 2024-01-01, when all the made-up phones were set up. */
const FIRST_MOMENT_MS = 1_704_067_200_000;

/** The AFC root of a new device: the usual folders, with a few files that no backup carries. */
export function createMediaRoot(seed: string): DirectoryNode {
	const random = new Random(`media ${seed}`);
	const root = emptyDirectory(FIRST_MOMENT_MS);
	for (const folder of FOLDERS) {
		directoryAt(root, folder, FIRST_MOMENT_MS);
	}
	const place = parentOf(root, PROTECTED_FOLDER);
	place.directory.children.set(place.name, { ...emptyDirectory(FIRST_MOMENT_MS), isProtected: true });
	for (const path of [
		'Books/Manual.epub',
		'Downloads/report.pdf',
		'Recordings/memo-1.m4a',
		'iTunes_Control/iTunes/MediaLibrary.sqlitedb',
	]) {
		const { directory, name } = parentOf(root, path);
		directory.children.set(name, {
			kind: 'file',
			contentId: 0,
			sizeBytes: random.between(2000, 90_000),
			source: { kind: 'generated', seed: random.next() },
			links: 1,
			modifiedAtMs: FIRST_MOMENT_MS,
			createdAtMs: FIRST_MOMENT_MS,
		});
	}
	return root;
}

/** Puts the photos and other media that the device carries in its backups below the AFC root, in place of those of an earlier call. */
export function graftMedia(root: DirectoryNode, files: DeviceFiles): void {
	removeGrafted(root);
	for (const entry of files.entries()) {
		if (MEDIA_DOMAINS.has(entry.domain) && entry.path.startsWith(MEDIA_PREFIX)) {
			graftEntry(root, entry.path.slice(MEDIA_PREFIX.length), entry, files);
		}
	}
}

/**
 * Shows one thing that the device carries.
 * @param known - the node that showed it before, which keeps what the device's files do not say, such as parts of seconds.
 */
export function graftEntry(root: DirectoryNode, path: string, entry: DeviceEntry, files: DeviceFiles, known?: FileNode): MediaNode {
	const modifiedAtMs = entry.modifiedAt * 1000;
	const createdAtMs = entry.bornAt * 1000;
	if (entry.kind === 'folder') {
		return directoryAt(root, path, modifiedAtMs);
	}
	const { directory, name } = parentOf(root, path);
	const node: MediaNode =
		known ??
		(entry.kind === 'link'
			? { kind: 'symlink', target: entry.target ?? '', modifiedAtMs, createdAtMs }
			: {
					kind: 'file',
					contentId: 0,
					sizeBytes: entry.sizeBytes,
					source: { kind: 'entry', read: readerOf(files, entry) },
					links: 1,
					modifiedAtMs,
					createdAtMs,
				});
	directory.children.set(name, node);
	return node;
}

/** Reads an entry's content; the entry and what it holds never change. */
export function readerOf(files: DeviceFiles, { content }: DeviceEntry): (offset: number, sizeBytes: number) => Uint8Array {
	return (offset, sizeBytes) => {
		const bytes = new Uint8Array(sizeBytes);
		if (content !== undefined) {
			files.read(content, bytes, 0, offset, sizeBytes);
		}
		return bytes;
	};
}

function removeGrafted(root: DirectoryNode): void {
	for (const node of [...allNodes(root)]) {
		if (node.kind === 'directory') {
			for (const [name, child] of node.children) {
				if (isGrafted(child)) {
					node.children.delete(name);
				}
			}
		}
	}
}

export function emptyDirectory(timeMs: number): DirectoryNode {
	return { kind: 'directory', children: new Map(), isProtected: false, modifiedAtMs: timeMs, createdAtMs: timeMs };
}

function directoryAt(root: DirectoryNode, path: string, timeMs: number): DirectoryNode {
	let directory = root;
	for (const name of path.split('/')) {
		const child = directory.children.get(name);
		if (child?.kind === 'directory') {
			directory = child;
		} else {
			const made = emptyDirectory(timeMs);
			directory.children.set(name, made);
			directory = made;
		}
	}
	return directory;
}

function parentOf(root: DirectoryNode, path: string): { directory: DirectoryNode; name: string } {
	const slash = path.lastIndexOf('/');
	return { directory: slash === -1 ? root : directoryAt(root, path.slice(0, slash), FIRST_MOMENT_MS), name: path.slice(slash + 1) };
}
