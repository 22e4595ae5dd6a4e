import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../../src/base/index.ts';
import { SnapshotLibrary } from '../../../../src/engine/store/library.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

describe('The library of snapshots', () => {
	const temp = useTempFolder();
	const libraryAt = (folder: string): SnapshotLibrary => new SnapshotLibrary({ folder, clock: new FakeClock(), log: silentLogger });

	it('has none where there is no store yet', async () => {
		const library = libraryAt(join(temp.path, 'store'));
		assert.deepEqual(await library.list(), { snapshots: [], problems: [] });
		assert.deepEqual(await library.ofDevice('00008130-0000FACE00000001'), []);
		library.dispose();
	});

	it('says that the folder cannot be used where the system does not even tell whether it is there', async () => {
		const file = join(temp.path, 'file');
		writeFileSync(file, '');
		const library = libraryAt(join(file, 'store'));
		for (const looking of [() => library.list(), () => library.ofDevice('00008130-0000FACE00000001')]) {
			await assert.rejects(looking, { code: 'STORE_UNUSABLE' });
		}
		library.dispose();
	});
});
