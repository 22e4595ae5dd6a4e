import type { AfcPeer, WireRequest } from './afcPeer.ts';

/** What a small file server of this test remembers. */
export interface ServedTree {
	/** Path → content, or undefined for a folder. */
	readonly files: Map<string, Buffer | undefined>;
	/** Paths that are refused as "permission denied". */
	readonly denied: Set<string>;
	/** Handles that are open. */
	readonly openHandles: Map<number, { path: string; position: number }>;
	/** The most requests that lay unanswered at a time. */
	mostWaiting: number;
	/** Status for the n-th write, counted from 1; others succeed. */
	readonly failingWrites: Map<number, number>;
}

export function newTree(files: Record<string, Buffer | undefined> = {}): ServedTree {
	return {
		files: new Map(Object.entries(files)),
		denied: new Set(),
		openHandles: new Map(),
		mostWaiting: 0,
		failingWrites: new Map(),
	};
}

/** Serves the tree until the host closes. Requests are taken off the wire as they come and answered in order, a turn later. */
export async function serveTree(peer: AfcPeer, tree: ServedTree, maxReadBytes = Infinity): Promise<void> {
	let waiting = 0;
	let last = Promise.resolve();
	const state = { nextHandle: 1, writes: 0 };
	for (let request = await peer.next(); request !== undefined; request = await peer.next()) {
		const current = request;
		tree.mostWaiting = Math.max(tree.mostWaiting, ++waiting);
		last = last
			.then(() => new Promise<void>((resolve) => setImmediate(resolve)))
			.then(() => {
				waiting--;
				answer(peer, tree, state, current, maxReadBytes);
			});
	}
	await last;
}

function answer(
	peer: AfcPeer,
	tree: ServedTree,
	state: { nextHandle: number; writes: number },
	request: WireRequest,
	maxReadBytes: number,
): void {
	const { operation, body } = request;
	const first = body.length >= 8 ? Number(body.readBigUInt64LE(0)) : 0;
	const path = body.subarray(operation === 0x0d ? 8 : 0, -1).toString();
	if ((operation === 0x03 || operation === 0x0a || operation === 0x0d) && tree.denied.has(path)) {
		peer.status(request, 10);
		return;
	}
	const file = tree.openHandles.get(first);
	switch (operation) {
		case 0x03: {
			const prefix = path === '/' ? '/' : `${path}/`;
			const names = [...tree.files.keys()].filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'));
			peer.data(request, ['.', '..', ...names.map((name) => name.slice(prefix.length))].map((name) => `${name}\0`).join(''));
			return;
		}
		case 0x0a: {
			const content = tree.files.get(path);
			if (!tree.files.has(path)) {
				peer.status(request, 8);
			} else {
				const kind = content === undefined ? 'S_IFDIR' : path.endsWith('.link') ? 'S_IFLNK' : 'S_IFREG';
				peer.data(request, `st_size\0${content?.length ?? 64}\0st_ifmt\0${kind}\0`);
			}
			return;
		}
		case 0x0d:
			if (first === 1 && tree.files.get(path) === undefined) {
				peer.status(request, 8);
				return;
			}
			if (first === 3) {
				tree.files.set(path, Buffer.alloc(0));
			}
			tree.openHandles.set(state.nextHandle, { path, position: 0 });
			peer.handle(request, state.nextHandle++);
			return;
		case 0x0f: {
			if (file === undefined) {
				peer.status(request, 7);
				return;
			}
			const count = Math.min(Number(body.readBigUInt64LE(8)), maxReadBytes);
			const block = (tree.files.get(file.path) as Buffer).subarray(file.position, file.position + count);
			file.position += block.length;
			peer.data(request, block);
			return;
		}
		case 0x10: {
			const status = tree.failingWrites.get(++state.writes) ?? 0;
			if (file !== undefined && status === 0) {
				tree.files.set(file.path, Buffer.concat([tree.files.get(file.path) as Buffer, body.subarray(8)]));
			}
			peer.status(request, file === undefined ? 7 : status);
			return;
		}
		case 0x14:
			peer.status(request, tree.openHandles.delete(first) ? 0 : 7);
			return;
		default:
			peer.status(request, 6);
	}
}
