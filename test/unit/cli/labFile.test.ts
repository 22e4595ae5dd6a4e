import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { useTempFolder } from '../../support/tempFolder.ts';
import { fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

describe('friendly names on the command line', () => {
	const folder = useTempFolder();

	it('stand for the devices of the lab file; other names stay what they are', async () => {
		const file = path.join(folder.path, 'lab.json');
		await writeFile(file, '{ "devices": { "Payments": { "udid": "00008120-1", "name": "Lab-3" }, "old": { "name": "Lab-4" } } }');
		const check = async (given: string, expected: string): Promise<void> => {
			const engine = fakeEngine({ list: () => ({ snapshots: [], problems: [] }) });
			assert.equal(await engine.run(new FakeIo({ environment: { DEVICELAB_LAB_FILE: file } }), 'snapshots', given), 0);
			assert.deepEqual(engine.calls, [{ name: 'list', request: [expected] }]);
		};
		await check('payments', '00008120-1');
		await check('old', 'Lab-4');
		await check('Anna', 'Anna');
	});

	it('are said to be unusable with the file', async () => {
		const io = new FakeIo({ environment: { DEVICELAB_LAB_FILE: path.join(folder.path, 'none.json') } });
		assert.equal(await fakeEngine({ list: () => ({ snapshots: [], problems: [] }) }).run(io, 'snapshots', 'payments'), 2);
		assert.match(io.stderr, /The lab file .*none\.json cannot be used/);
	});
});
