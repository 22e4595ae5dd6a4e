import { blobIdText } from '../blobs/blobId.ts';
import type { BlobSink } from '../content/contentWriter.ts';
import type { Layer, SegmentRef } from './listingRoot.ts';
import { SegmentBuilder } from './segmentBuilder.ts';

/** Stores the segments of a new layer as they fill. */
export class LayerWriter {
	readonly #segments: SegmentRef[] = [];
	#count = 0;
	/** Takes entries in ascending order of their keys. */
	readonly entries: SegmentBuilder;

	constructor(sink: BlobSink) {
		this.entries = new SegmentBuilder(({ firstKey, count, bytes }) => {
			this.#segments.push({ id: blobIdText(sink.store(bytes)), count, firstKey });
			this.#count += count;
		});
	}

	finish(): Layer {
		this.entries.finish();
		return { segments: this.#segments, count: this.#count };
	}
}
