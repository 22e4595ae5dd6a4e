import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MiB } from '../../../src/base/index.ts';

const file = pathToFileURL(path.join(import.meta.dirname, '../../../src/cli/youngGeneration.ts')).href;

/** The size to which the young generation of a process grows in which objects survive. */
function grownBytes(first: string): number {
	const script = `
		import v8 from 'node:v8';
		import { keepYoungGenerationSmall } from ${JSON.stringify(file)};
		${first}
		const kept = [];
		for (let index = 0; index < 500000; index++) kept.push({ index, text: 'row ' + index });
		const space = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
		console.log(space.space_size, kept.length);`;
	return Number.parseInt(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), 10);
}

describe('The young generation', () => {
	it('stays small where a large job asks for it, though objects survive', () => {
		assert.ok(grownBytes('') > 8 * MiB);
		assert.ok(grownBytes('keepYoungGenerationSmall();') <= 4 * MiB);
	});
});
