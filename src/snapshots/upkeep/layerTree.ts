import * as crypto from 'node:crypto';
import { blobIdBytes } from '../blobs/blobId.ts';
import type { Layer } from '../listing/listingRoot.ts';

/** A layer with those that lie upon it. Listings that share their first layers share the nodes of these. */
export interface LayerNode {
	readonly layer: Layer;
	readonly children: Map<string, LayerNode>;
	/** A listing ends here: it sees everything of this layer. */
	isTop: boolean;
}

/** The layers of many listings, each once. */
export class LayerTree {
	readonly roots = new Map<string, LayerNode>();

	/** @param layers - of one listing, oldest first. */
	add(layers: readonly Layer[]): void {
		let siblings = this.roots;
		let node: LayerNode | undefined;
		for (const layer of layers) {
			const name = nameOf(layer);
			node = siblings.get(name) ?? { layer, children: new Map(), isTop: false };
			siblings.set(name, node);
			siblings = node.children;
		}
		if (node !== undefined) {
			node.isTop = true;
		}
	}
}

function nameOf({ segments }: Layer): string {
	const hash = crypto.createHash('sha256');
	for (const { id } of segments) {
		hash.update(blobIdBytes(id));
	}
	return hash.digest('hex');
}
