import assert from 'node:assert/strict';
import { MiB } from '../../../src/base/index.ts';
import type { ContentsLibrary } from '../../../src/engine/index.ts';
import { EngineError } from '../../../src/engine/index.ts';
import { contentsMethods } from '../../../src/server/contentsMethods.ts';

const file = { udid: 'X', snapshot: 'a1', domain: 'HomeDomain', path: 'large.bin' };
const { signal } = new AbortController();

/** A file of which the backup says one size and holds another. */
function library(saidBytes: number, portions: readonly number[]): { readonly contents: ContentsLibrary; readonly read: number[] } {
	const read: number[] = [];
	const contents = {
		item: async () => ({ ...file, kind: 'file', mode: 0, protectionClass: 0, sizeBytes: saidBytes }),
		async *read() {
			for (const size of portions) {
				read.push(size);
				yield new Uint8Array(size);
			}
		},
	};
	return { contents: contents as unknown as ContentsLibrary, read };
}

function isTooLarge(error: unknown): boolean {
	return EngineError.is(error, 'WRONG_USE') && error.details['reason'] === 'file-too-large';
}

describe('contents/readBytes', () => {
	it('answers a file in one piece', async () => {
		const { contents } = library(3, [1, 2]);
		assert.deepEqual(await contentsMethods(contents)['contents/readBytes'](file, { signal }), { base64: 'AAAA' });
	});

	it('refuses a file that is too large without reading it', async () => {
		const { contents, read } = library(32 * MiB + 1, [1]);
		await assert.rejects(contentsMethods(contents)['contents/readBytes'](file, { signal }), isTooLarge);
		assert.deepEqual(read, []);
	});

	it('stops reading a file that is larger than the backup says', async () => {
		const { contents, read } = library(
			1,
			Array.from({ length: 80 }, () => MiB),
		);
		await assert.rejects(contentsMethods(contents)['contents/readBytes'](file, { signal }), isTooLarge);
		assert.equal(read.length, 33);
	});
});
