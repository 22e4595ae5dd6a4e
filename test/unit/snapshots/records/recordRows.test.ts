import assert from 'node:assert/strict';
import { packRecords, unpackRecords } from '../../../../src/snapshots/records/recordRows.ts';
import { decodeRecord, encodeRecord, type SnapshotRecord } from '../../../../src/snapshots/records/record.ts';
import type { BlobId } from '../../../../src/snapshots/blobs/blobId.ts';

/** As it is read from its file. */
function recordOf(takenAtMs: number, more: Partial<SnapshotRecord> & Record<string, unknown> = {}): SnapshotRecord {
	const { record, bytes } = encodeRecord({
		udid: '00008030-0000000000BE7C40',
		kind: 'device',
		parent: undefined,
		takenAtMs,
		trigger: 'manual',
		listing: '5'.repeat(64) as BlobId,
		fileCount: 3,
		sizeBytes: 30,
		addedBytes: 20,
		device: { name: 'Anna’s iPhone' },
		backup: { encrypted: false },
		...more,
	});
	return decodeRecord(bytes, record.id);
}

describe('Rows of records', () => {
	const first = recordOf(1);
	const records = [
		first,
		recordOf(2, { parent: first.id, git: { commit: 'abc', dirty: true } }),
		recordOf(3, { kind: 'app', app: 'org.example.notes', device: { name: 'Ben’s iPhone' } }),
		recordOf(4, { somethingNew: { of: 'a later version' } }),
	];

	it('give back every record as it was, also with fields that nobody knows', () => {
		assert.deepEqual(unpackRecords(JSON.parse(JSON.stringify(packRecords(records)))), records);
	});

	it('hold facts that records share once', () => {
		assert.equal(packRecords(records).facts.length, 3);
	});

	it('leave out what is no record', () => {
		const { facts, rows } = packRecords([first]);
		const [row] = rows as [unknown[]];
		const withWrong = (index: number, value: unknown): unknown[] => row.map((each, at) => (at === index ? value : each));
		const wrong = [
			null,
			[],
			'row',
			{},
			withWrong(0, 'XYZ'),
			withWrong(5, 7),
			withWrong(9, 99),
			withWrong(9, '__proto__'),
			withWrong(10, 'length'),
		];
		assert.deepEqual(unpackRecords({ facts, rows: [...wrong, row] }), [first]);
		for (const value of [undefined, null, 7, [], { facts }, { rows }]) {
			assert.deepEqual(unpackRecords(value), []);
		}
	});
});
