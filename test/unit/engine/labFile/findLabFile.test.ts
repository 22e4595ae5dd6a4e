import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LAB_HOOKS, readLabFile, withBaselines } from '../../../../src/contract/index.ts';
import { EngineError } from '../../../../src/engine/errors.ts';
import { findLabFile } from '../../../../src/engine/labFile/findLabFile.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

describe('the lab file', () => {
	const folder = useTempFolder();
	const write = async (text: string): Promise<string> => {
		const file = path.join(folder.path, '.vscode/device-lab.json');
		await mkdir(path.dirname(file), { recursive: true });
		await writeFile(file, text);
		return file;
	};

	it('is found from within the work tree, comments and all', async () => {
		const file = await write('\uFEFF{\n\t// ours\n\t"devices": { "payments": { "udid": "00008120-1" }, },\n\t"baselines": ["clean"]\n}');
		const inner = path.join(folder.path, 'ios/app');
		await mkdir(inner, { recursive: true });
		const found = await findLabFile(inner, {});
		assert.equal(found?.path, file);
		assert.deepEqual([...(found?.file.devices ?? [])], [['payments', { udid: '00008120-1' }]]);
		assert.deepEqual(found?.file.baselines, ['clean']);
		assert.equal(await findLabFile(inner, { DEVICELAB_LAB_FILE: '' }), undefined);
	});

	it('is refused with its path and what is wrong', async () => {
		const check = async (text: string, problem: RegExp): Promise<void> => {
			const file = await write(text);
			await assert.rejects(findLabFile(folder.path, {}), (error) => {
				assert.ok(EngineError.is(error, 'WRONG_USE'));
				assert.equal(error.details['path'], file);
				assert.match(error.message, problem);
				return true;
			});
		};
		await check('{\n"devices": ', /line 2/);
		await check('[]', /it must be an object/);
		await check('{"password": "x"}', /no field "password"/);
		await check('{"devices": {"a": "b"}}', /the device "a" must be an object/);
		await check('{"devices": {"a": {"passcode": "1"}}}', /the device "a" must be an object/);
		await check('{"baselines": "clean"}', /"baselines" must be a list/);
		await check('{"retention": 5}', /"retention" must be rules/);
		await check('{"hooks": ["tests"]}', /"hooks" must be an object/);
		await check('{"hooks": {"afterErase": "x"}}', /the hook "afterErase" must be one of beforeBackup/);
		await check('{"hooks": {"afterBackup": {"command": "rm"}}}', /the hook "afterBackup" must be one of/);
		await check(`"${'x'.repeat(1024 * 1024)}"`, /too large/);
	});

	it('has rules and names of tasks', () => {
		const reading = readLabFile({ retention: 'last=5', baselines: ['clean', 'a, b'], hooks: { afterRollback: 'sign in' } });
		assert.ok('file' in reading);
		assert.deepEqual([...reading.file.hooks], [['afterRollback', 'sign in']]);
		assert.equal(withBaselines(reading.file.retention ?? '', reading.file), 'last=5,baseline=clean,baseline=a? b');
	});

	it('has a schema with the same words as the code', () => {
		const file = path.resolve(import.meta.dirname, '../../../../schemas/device-lab.json');
		const { properties } = JSON.parse(readFileSync(file, 'utf8')) as { properties: { hooks: { properties: object } } };
		assert.deepEqual(Object.keys(properties), ['$schema', 'devices', 'baselines', 'retention', 'hooks']);
		assert.deepEqual(Object.keys(properties.hooks.properties), [...LAB_HOOKS]);
	});

	it('does not take names for fields of objects', () => {
		const reading = readLabFile(JSON.parse('{"devices": {"__proto__": {"name": "Lab-3"}}}'));
		assert.deepEqual('file' in reading ? [...reading.file.devices] : [], [['__proto__', { name: 'Lab-3' }]]);
	});
});
