import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CheckPool } from '../../../../src/engine/store/checkPool.ts';
import { blobsIn, damagedIn, type RangeOfBlobs } from '../../../../src/snapshots/index.ts';

/** A range of blobs of ten bytes each; those at the positions in `damaged` are not what their ids say. */
function rangeOf(count: number, damaged: readonly number[]): RangeOfBlobs {
	const bytes = new Uint8Array(count * 10).map((_, index) => index % 251);
	const places = new Uint32Array(count * 5);
	const ids = new Uint8Array(count * 32);
	for (let position = 0; position < count; position++) {
		const blob = bytes.subarray(position * 10, position * 10 + 10);
		places.set([position * 10, 10, 0, 0, 10], position * 5);
		ids.set(createHash('sha256').update(blob).digest(), position * 32);
		if (damaged.includes(position)) {
			blob[3] = (blob[3] ?? 0) ^ 1;
		}
	}
	return { bytes, places, ids };
}

describe('A pool of threads that check blobs', () => {
	it('finds what checking here finds, range by range', async () => {
		const pool = new CheckPool();
		try {
			const wanted = [[], [3], [0, 99], [7, 8, 9], []];
			const found = await Promise.all(wanted.map((damaged) => pool.check(rangeOf(100, damaged))));
			assert.deepEqual(found, wanted);
			assert.deepEqual(damagedIn(rangeOf(100, [0, 99])), [0, 99]);
		} finally {
			pool.dispose();
		}
	});

	it('gives the blobs that reading here gives', async () => {
		const pool = new CheckPool();
		try {
			const { bytes, damaged } = await pool.read(rangeOf(100, [7]));
			assert.deepEqual(damaged, [7]);
			const expected = blobsIn(rangeOf(100, [7])).bytes;
			assert.deepEqual(bytes, expected);
			assert.deepEqual(bytes.subarray(80), rangeOf(100, []).bytes.subarray(80));
		} finally {
			pool.dispose();
		}
	});

	it('fails what is under way when it is closed', async () => {
		const pool = new CheckPool();
		const checks = [rangeOf(50_000, []), rangeOf(50_000, [])].map((range) => pool.check(range));
		pool.dispose();
		for (const result of await Promise.allSettled(checks)) {
			assert.equal(result.status, 'rejected');
		}
	});
});
