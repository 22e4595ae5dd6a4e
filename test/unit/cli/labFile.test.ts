import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../../../src/engine/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

describe('the rules of the lab file', () => {
	const folder = useTempFolder();

	it('are those of a clean-up where nobody gives others, and its baselines stay with any', async () => {
		const file = path.join(folder.path, 'lab.json');
		await writeFile(file, '{ "retention": "last=5", "baselines": ["clean"] }');
		const check = async (given: readonly string[], expected: string): Promise<void> => {
			const engine = fakeEngine({ previewRetention: () => ({ decisions: [], plan: { forget: [] }, freedBytes: 0 }) });
			await engine.run(new FakeIo({ environment: { DEVICELAB_LAB_FILE: file } }), 'retention', 'preview', ...given);
			const [{ request } = {}] = engine.calls as { request?: unknown[] }[];
			assert.equal(request?.[1], expected);
		};
		await check([], 'last=5,baseline=clean');
		await check(['--keep', 'last=1'], 'last=1,baseline=clean');
		const io = new FakeIo({ environment: { DEVICELAB_LAB_FILE: '' } });
		assert.equal(await fakeEngine({}).run(io, 'retention', 'preview'), 2);
		assert.match(io.stderr, /Say what stays with --keep/);
	});
});

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

	it('stand for other phones where the environment says so, and name the source of a roll-back too', async () => {
		const file = path.join(folder.path, 'lab.json');
		await writeFile(file, '{ "devices": { "payments": { "name": "Lab-3" }, "checkout": { "name": "Lab-4" } } }');
		const environment = { DEVICELAB_LAB_FILE: file, DEVICELAB_DEVICES: 'Payments = Lab-9, other=Lab-8' };
		const engine = fakeEngine({ list: () => ({ snapshots: [], problems: [] }) });
		await engine.run(new FakeIo({ environment }), 'snapshots', 'payments');
		assert.deepEqual(engine.calls, [{ name: 'list', request: ['Lab-9'] }]);
		const other = fakeEngine({});
		await other.run(new FakeIo({ environment }), 'rollback', 'payments', 'clean', '--source', 'checkout', '--yes');
		const [{ request } = {}] = other.calls as { request?: { device?: string; source?: string } }[];
		assert.deepEqual([request?.device, request?.source], ['Lab-9', 'Lab-4']);
	});

	it('are told with what helps, where the phones of this desk are others', async () => {
		const file = path.join(folder.path, 'lab.json');
		await writeFile(file, '{ "devices": { "payments": { "udid": "00008120-1" } } }');
		const io = new FakeIo({ environment: { DEVICELAB_LAB_FILE: file } });
		const engine = fakeEngine({
			planRollback: () => {
				throw new EngineError('DEVICE_NOT_FOUND', 'No device.', { details: { selector: '00008120-1' } });
			},
		});
		assert.equal(await engine.run(io, 'rollback', 'payments', 'clean', '--yes'), 3);
		assert.match(io.stderr, /“payments” is “00008120-1” here, and there is no such device\./);
		assert.match(io.stderr, /DEVICELAB_DEVICES=payments=NAME/);
	});

	it('are said to be unusable with the file', async () => {
		const io = new FakeIo({ environment: { DEVICELAB_LAB_FILE: path.join(folder.path, 'none.json') } });
		assert.equal(await fakeEngine({ list: () => ({ snapshots: [], problems: [] }) }).run(io, 'snapshots', 'payments'), 2);
		assert.match(io.stderr, /The lab file .*none\.json cannot be used/);
	});
});
