import type { TreeBuilder } from './builder.ts';
import { photoFolderOf, photoKindOf, photoNumberOf, photoPathOf } from './photoNames.ts';
import { spread } from './sizes.ts';

/** Camera roll, its thumbnails, attachments of messages and recordings. */
export function buildMedia(builder: TreeBuilder, files: number, bytes: number): void {
	const photos = Math.floor(files * 0.45);
	const thumbnails = Math.floor(files * 0.3);
	const attachments = Math.floor(files * 0.22);
	const recordings = Math.max(0, files - photos - thumbnails - attachments);
	buildPhotos(builder, spread(builder.random, photos, bytes * 0.8, 0.9));
	spread(builder.random, thumbnails, bytes * 0.05, 0.3).forEach((size, index) => {
		const path = `Media/PhotoData/Thumbnails/V2/DCIM/${photoFolderOf(index)}/IMG_${photoNumberOf(index)}-5005.JPG`;
		builder.generated('CameraRollDomain', path, 'jpeg', size);
	});
	let folder = '';
	spread(builder.random, attachments, bytes * 0.12, 1.4).forEach((size, index) => {
		if (index % ATTACHMENTS_PER_FOLDER === 0) {
			const bucket = builder.random.below(256).toString(16).padStart(2, '0');
			folder = `Library/SMS/Attachments/${bucket}/${bucket.slice(0, 1)}/${builder.random.uuid()}`;
		}
		const path = `${folder}/attachment-${index}.${builder.random.pick(['jpeg', 'heic', 'pdf'])}`;
		builder.generated('MediaDomain', path, 'jpeg', size);
	});
	spread(builder.random, recordings, bytes * 0.03, 0.8).forEach((size, index) => {
		builder.generated('MediaDomain', `Media/Recordings/Recording ${index + 1}.m4a`, 'movie', size);
	});
}

function buildPhotos(builder: TreeBuilder, sizes: readonly number[]): void {
	sizes.forEach((size, index) => {
		const path = `Media/${photoPathOf(index)}`;
		const attributes = index % 50 === 0 ? { 'com.apple.assetsd.favorite': new Uint8Array([1]) } : undefined;
		builder.generated('CameraRollDomain', path, photoKindOf(index), size, { attributes });
	});
}

/** A phone has a folder for each; fewer keep large profiles small in memory. */
const ATTACHMENTS_PER_FOLDER = 8;
