import { MiB } from '../base/index.ts';
import type { ContentsRef, LabMethod, LabParams, LabResult } from '../contract/index.ts';
import { EngineError, type ContentsLibrary, type ContentsRequest } from '../engine/index.ts';
import type { RequestWatch } from './labService.ts';

/** Methods that look into snapshots. */
type ContentsMethod = Extract<LabMethod, `contents/${string}`>;

/** What answers each of them. */
export type ContentsMethods = {
	readonly [M in ContentsMethod]: (params: LabParams<M>, watch: Pick<RequestWatch, 'signal'>) => Promise<LabResult<M>>;
};

/** A file is one message, and stands in memory several times on its way. Larger ones are copied out. */
const MAX_READ_BYTES = 32 * MiB;

/** The methods that look into snapshots. They change nothing on any device and nothing in the store. */
export function contentsMethods(contents: ContentsLibrary): ContentsMethods {
	return {
		'contents/list': ({ domain, folder, ...ref }, { signal }) =>
			contents.list({
				...placed(ref, signal),
				...(domain === undefined ? {} : { domain }),
				...(folder === undefined ? {} : { folder }),
			}),
		'contents/item': ({ domain, path, ...ref }, { signal }) => contents.item({ ...placed(ref, signal), domain, path }),
		'contents/search': ({ text, limit, ...ref }, { signal }) =>
			contents.search({ ...placed(ref, signal), text, ...(limit === undefined ? {} : { limit }) }),
		'contents/readText': ({ domain, path, ...ref }, { signal }) => contents.readAsText({ ...placed(ref, signal), domain, path }),
		'contents/health': ({ target, ...ref }, { signal }) =>
			contents.health({ ...placed(ref, signal), depth: 'presence', ...(target === undefined ? {} : { target }) }),
		'contents/readBytes': async ({ domain, path, ...ref }, { signal }) => {
			const request = { ...placed(ref, signal), domain, path };
			const { sizeBytes = 0 } = await contents.item(request);
			refuseLarge(sizeBytes);
			const portions: Uint8Array[] = [];
			let readBytes = 0;
			for await (const portion of contents.read(request)) {
				readBytes += portion.byteLength;
				// What the item says of its size is a claim of the backup's.
				refuseLarge(readBytes);
				portions.push(portion);
			}
			return { base64: Buffer.concat(portions).toString('base64') };
		},
		'contents/coverage': ({ compare, ...ref }, { signal }) =>
			contents.coverage({ ...placed(ref, signal), ...(compare === undefined ? {} : { compare }) }),
		'contents/storage': ({ history, ...ref }, { signal }) =>
			contents.storage({ ...placed(ref, signal), ...(history === undefined ? {} : { history }) }),
		'contents/diffRows': ({ udid, ...order }, { signal }) => contents.diffRows({ device: udid, ...order, signal }),
		'contents/extract': ({ extract, ...ref }, { signal }) => contents.extract({ ...placed(ref, signal), extract }),
	};
}

function placed({ udid, snapshot, password }: ContentsRef, signal: AbortSignal): ContentsRequest {
	return { place: { device: udid, snapshot }, password, signal };
}

function refuseLarge(sizeBytes: number): void {
	if (sizeBytes > MAX_READ_BYTES) {
		throw new EngineError('WRONG_USE', 'The file is too large to be opened here. Copy it out instead.', {
			details: { reason: 'file-too-large', limitBytes: MAX_READ_BYTES },
		});
	}
}
