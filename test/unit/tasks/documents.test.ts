import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, type ParseError } from 'jsonc-parser';
import '../../support/fakeVscode.ts';
import { commandIds } from '../../../src/contributions.ts';
import { readLabFile, TASK_TYPE } from '../../../src/contract/index.ts';

const { readDefinition } = await import('../../../src/tasks/definition.ts');

type Json = Readonly<Record<string, unknown>>;

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The blocks of JSON of a page; what is only the fields of an object is one. */
function blocksOf(page: string): Json[] {
	return [...read(page).matchAll(/^```jsonc\n(.*?)^```/gms)].map(([, text = '']) => {
		const errors: ParseError[] = [];
		const whole = /^(\s*\/\/.*\n)*\s*\{/.test(text) ? text : `{${text}}`;
		const value = parse(whole, errors, { allowTrailingComma: true }) as Json;
		assert.deepEqual(errors, [], text);
		return value;
	});
}

/** Everything in a value that looks like a task of ours. */
function tasksIn(value: unknown): Json[] {
	if (typeof value !== 'object' || value === null) {
		return [];
	}
	const own = (value as Json)['type'] === TASK_TYPE ? [value as Json] : [];
	return [...own, ...Object.values(value).flatMap(tasksIn)];
}

describe('the page about tasks', () => {
	const blocks = blocksOf('docs/tasks.md');
	const { contributes } = JSON.parse(read('package.json')) as { contributes: { taskDefinitions: { properties: Json }[] } };
	const fields = Object.keys(contributes.taskDefinitions[0]?.properties ?? {});
	const ofEditor = ['label', 'type', 'problemMatcher', 'dependsOn', 'dependsOrder'];

	it('has tasks that can be read, with fields that exist', () => {
		const tasks = blocks.flatMap(tasksIn);
		assert.ok(tasks.length >= 4);
		for (const task of tasks) {
			readDefinition(task);
			assert.deepEqual(
				Object.keys(task).filter((field) => !fields.includes(field) && !ofEditor.includes(field)),
				[],
			);
		}
	});

	it('has a lab file that can be read', () => {
		const files = blocks.filter((block) => 'devices' in block);
		assert.equal(files.length, 1);
		assert.ok(files.every((file) => 'file' in readLabFile(file)));
	});

	it('has launch configurations that wait for a task of the page, or one that a build has', () => {
		const labels = blocks.flatMap((block) => [block, ...((block['tasks'] ?? []) as Json[])]).map((task) => task['label']);
		const known = [...labels, 'build', 'sweetpad: launch'];
		const waits = blocks.flatMap(({ preLaunchTask, dependsOn }) => [preLaunchTask, ...((dependsOn ?? []) as unknown[])]);
		assert.deepEqual(
			waits.filter((label) => label !== undefined && !known.includes(label)),
			[],
		);
		assert.equal(blocks.filter(({ request }) => request === 'launch').length, 4);
	});

	it('names every field, every value command and no other', () => {
		const page = read('docs/tasks.md');
		assert.deepEqual(
			fields.filter((field) => !page.includes(`\`${field}\``)),
			[],
		);
		const values = Object.values(commandIds).filter((id) => id.startsWith('deviceLab.value.'));
		assert.deepEqual([...new Set(page.match(/deviceLab\.value\.\w+/g))].sort(), values.sort());
	});
});
