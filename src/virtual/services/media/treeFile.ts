import { VirtualError } from '../../errors.ts';
import type { MediaContents } from './contents.ts';
import { isGrafted, type ContentSource, type DirectoryNode, type MediaNode } from './nodes.ts';

/** One node as it is written; grafted files are left out, they come back from the device's own files. */
type SavedNode =
	| { kind: 'file'; id: number; size: number; seed?: number; modified: number; created: number }
	| { kind: 'directory'; children: [string, SavedNode][]; isProtected?: boolean; modified: number; created: number }
	| { kind: 'symlink'; target: string; modified: number; created: number };

/** The tree as JSON text. Files under several names come back as several files. */
export function encodeTree(root: DirectoryNode): string {
	return JSON.stringify(encodeNode(root));
}

/** @throws VirtualError `STATE_UNUSABLE` - the text is not one that encodeTree made. */
export function decodeTree(text: string, contents: MediaContents): DirectoryNode {
	try {
		const root = decodeNode(JSON.parse(text) as SavedNode, contents);
		if (root.kind === 'directory') {
			return root;
		}
	} catch (error) {
		throw new VirtualError('STATE_UNUSABLE', 'The media folder in the state of the lab cannot be read.', { cause: error });
	}
	throw new VirtualError('STATE_UNUSABLE', 'The media folder in the state of the lab is no folder.');
}

function encodeNode(node: MediaNode): SavedNode {
	const times = { modified: node.modifiedAtMs, created: node.createdAtMs };
	switch (node.kind) {
		case 'file':
			return {
				kind: 'file',
				id: node.contentId,
				size: node.sizeBytes,
				...(node.source?.kind === 'generated' ? { seed: node.source.seed } : {}),
				...times,
			};
		case 'symlink':
			return { kind: 'symlink', target: node.target, ...times };
		case 'directory': {
			const children = [...node.children]
				.filter(([, child]) => !isGrafted(child))
				.map(([name, child]): [string, SavedNode] => [name, encodeNode(child)]);
			return { kind: 'directory', children, ...(node.isProtected ? { isProtected: true } : {}), ...times };
		}
	}
}

function decodeNode(saved: SavedNode, contents: MediaContents): MediaNode {
	const times = { modifiedAtMs: Number(saved.modified), createdAtMs: Number(saved.created) };
	switch (saved.kind) {
		case 'file': {
			const source: ContentSource | undefined = saved.seed === undefined ? undefined : { kind: 'generated', seed: saved.seed };
			contents.reserve(Number(saved.id));
			return { kind: 'file', contentId: Number(saved.id), sizeBytes: Number(saved.size), source, links: 1, ...times };
		}
		case 'symlink':
			return { kind: 'symlink', target: String(saved.target), ...times };
		case 'directory':
			return {
				kind: 'directory',
				children: new Map(saved.children.map(([name, child]) => [name, decodeNode(child, contents)])),
				isProtected: saved.isProtected === true,
				...times,
			};
	}
}
