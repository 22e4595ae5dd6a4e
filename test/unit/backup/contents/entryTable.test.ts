import assert from 'node:assert/strict';
import { EntryTable } from '../../../../src/backup/contents/entryTable.ts';
import { fileIdOf } from '../../../../src/backup/index.ts';
import { mbFile } from '../builders.ts';

/** Tells how many paths were looked at. */
class WatchedTable extends EntryTable {
	looks = 0;

	override pathAt(row: number): string {
		this.looks++;
		return super.pathAt(row);
	}
}

function add(table: EntryTable, domain: string, relativePath: string, fileId = fileIdOf(domain, relativePath)): void {
	table.add({ fileId, domain, relativePath, kind: 'file', file: mbFile({ relativePath, sizeBytes: 1 }) });
}

describe('Rows of a manifest in columns', () => {
	it('are found by their place, also under file IDs that are not the hash of it', () => {
		const table = new EntryTable();
		add(table, 'HomeDomain', 'usual');
		add(table, 'HomeDomain', 'foreign', '1'.repeat(40));
		add(table, 'HomeDomain', 'foreign', '2'.repeat(40));
		// Under the file ID of another place.
		add(table, 'HomeDomain', 'other', fileIdOf('HomeDomain', 'wanted'));
		add(table, 'MediaDomain', 'foreign', '3'.repeat(40));
		table.seal();
		const rows = (['usual', 'foreign', 'other', 'wanted', ''] as const).map((path) => table.rowAt('HomeDomain', path));
		assert.deepEqual(rows, [0, 1, 3, undefined, undefined]);
		assert.equal(table.rowAt('MediaDomain', 'foreign'), 4);
		assert.equal(table.rowAt('NoDomain', 'usual'), undefined);
	});

	it('are looked through once for what is not there, however often it is asked: a library lists what is in iCloud only', () => {
		const table = new WatchedTable();
		const count = 1000;
		for (let index = 0; index < count; index++) {
			add(table, 'CameraRollDomain', `Media/PhotoData/Thumbnails/${index}.JPG`);
		}
		table.seal();
		for (let index = 0; index < count; index++) {
			assert.equal(table.rowAt('CameraRollDomain', `Media/DCIM/100APPLE/IMG_${index}.HEIC`), undefined);
		}
		assert.equal(table.looks, count);
	});
});
