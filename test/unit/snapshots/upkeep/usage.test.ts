import assert from 'node:assert/strict';
import type { PackId } from '../../../../src/snapshots/packs/packFormat.ts';
import { chooseRewrites } from '../../../../src/snapshots/upkeep/usage.ts';

describe('The choice of packs to write anew', () => {
	const check = (packs: readonly [neededBytes: number, storedBytes: number][], expected: readonly number[]): void => {
		const usages = packs.map(([neededBytes, storedBytes], number) => ({
			pack: { id: `${number}` as PackId, blobCount: 1, dataEnd: storedBytes },
			number,
			neededBytes,
			storedBytes,
		}));
		assert.deepEqual(
			chooseRewrites(usages).map(({ number }) => number),
			expected,
		);
	};

	it('takes none while little is of no use', () => {
		check([], []);
		check([[1e8, 1e8]], []);
		check(
			[
				[96e6, 100e6],
				[100e6, 100e6],
			],
			[],
		);
	});

	it('takes those first of which most is of no use, and no more than it has to', () => {
		check(
			[
				[90e6, 100e6],
				[1e6, 100e6],
				[50e6, 100e6],
				[100e6, 100e6],
			],
			[1, 2],
		);
	});

	it('leaves packs that give nearly nothing', () => {
		check([[1000, 9000]], []);
		check(
			[
				[1000, 9000],
				[1000, 60_000],
			],
			[1],
		);
	});
});
