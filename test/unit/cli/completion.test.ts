import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHELLS } from '../../../src/cli/completion/scripts.ts';
import { describeWith, requireProgram } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { device, fakeEngine, snapshot } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const others = [
	device(),
	device({ udid: '00008110-0000FACE00000002', name: 'Lab-2' }),
	device({ udid: '00008110-0000FACE00000003', name: 'Twin' }),
	device({ udid: 'c'.repeat(40), name: 'Twin' }),
];

const gone = '00008030-0000FACE00000009';
const kept = [
	snapshot({ id: 'ab'.repeat(16) }),
	snapshot({ id: 'cd'.repeat(16), name: 'clean', note: 'as new' }),
	snapshot({ id: 'ef'.repeat(16), name: 'other', udid: gone, deviceName: 'In the drawer' }),
];

async function complete(...words: string[]): Promise<string[]> {
	const io = new FakeIo();
	const engine = fakeEngine({ listDevices: () => ({ devices: others, problems: [] }), list: () => ({ snapshots: kept, problems: [] }) });
	assert.equal(await engine.run(io, '__complete', '--', ...words), 0);
	assert.equal(io.stderr, '');
	return io.stdout
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => line.split('\t')[0] ?? '');
}

describe('Completion', () => {
	it('knows commands, their arguments, options and values', async () => {
		assert.deepEqual(await complete('dev'), ['devices', 'device']);
		assert.ok((await complete('')).includes('restore') && !(await complete('')).includes('__complete'));
		assert.deepEqual(await complete('virtual', ''), ['start', 'tell', 'help']);
		assert.deepEqual(await complete('encryption', 'x', ''), ['status', 'on', 'off', 'change']);
		assert.deepEqual(await complete('completion', 'z'), ['zsh']);
		assert.deepEqual(await complete('backup', 'x', '--t'), ['--to']);
		assert.deepEqual(await complete('backup', 'x', '--u'), ['--usbmux']);
		assert.deepEqual(await complete('--progress', ''), ['auto', 'json']);
		assert.deepEqual(await complete('backup', 'x', '--to', ''), [':folders']);
		assert.deepEqual(await complete('--pass'), []);
	});

	it('names devices where one is meant', async () => {
		assert.deepEqual(await complete('backup', ''), ["Anna's iPhone", 'Lab-2', '00008110-0000FACE00000003', 'c'.repeat(40)]);
		assert.deepEqual(await complete('backup', '--to', '/x', 'anna'), ["Anna's iPhone"]);
		assert.deepEqual(await complete('backup', '"Anna'), ["Anna's iPhone"]);
		assert.deepEqual(await complete('backup', "Anna\\'s\\ iP"), ["Anna's iPhone"]);
		assert.deepEqual(await complete('backup', '000081'), [device().udid, '00008110-0000FACE00000002', '00008110-0000FACE00000003']);
		assert.deepEqual(await complete('restore', 'x', '--source', 'cc'), ['c'.repeat(40)]);
	});

	it('names snapshots of the device on the line, and devices that only have snapshots where that is enough', async () => {
		const words = ['latest', 'head', 'parent', 'baseline'];
		assert.deepEqual(await complete('rollback', "Anna's iPhone", ''), ['clean', ...words, 'abababab']);
		assert.deepEqual(await complete('diff', '00008030', 'latest', ''), ['other', ...words]);
		assert.deepEqual(await complete('delete', device().udid, 'clean', 'c'), ['clean', 'cdcdcdcd']);
		assert.deepEqual(await complete('show', 'In'), ['In the drawer']);
		assert.deepEqual(await complete('backup', 'In'), []);
	});

	it('asks the muxer that the line names, and is silent when nobody answers', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ listDevices: () => Promise.reject(new Error('away')) });
		assert.equal(await engine.run(io, '__complete', '--', 'device', '--usbmux', '127.0.0.1:9', 'x'), 0);
		assert.deepEqual([io.stdout, io.stderr, engine.muxers], ['', '', [['127.0.0.1:9']]]);
	});

	it('has a script for each shell', async () => {
		for (const shell of SHELLS) {
			const io = new FakeIo();
			assert.equal(await fakeEngine({}).run(io, 'completion', shell), 0);
			assert.match(io.stdout, /devicelab __complete -- /);
		}
	});
});

describeWith(requireProgram('bash'), 'Completion in bash', () => {
	const folder = useTempFolder();

	it('offers names as they are typed', async () => {
		const io = new FakeIo();
		await fakeEngine({}).run(io, 'completion', 'bash');
		const script = join(folder.path, 'completion.bash');
		writeFileSync(script, io.stdout);
		const program = join(folder.path, 'devicelab');
		writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder.path}/asked\nprintf "Anna's iPhone\\tan iPhone\\nLab-2\\t\\n"\n`);
		chmodSync(program, 0o755);
		const reply = execFileSync(
			'bash',
			[
				'-c',
				`source ${script}; COMP_WORDS=(devicelab backup ''); COMP_CWORD=2; _devicelab; printf '%s|' "\${COMPREPLY[@]}"; cat ${folder.path}/asked`,
			],
			{
				encoding: 'utf8',
				env: { PATH: `${folder.path}:${process.env['PATH']}` },
			},
		);
		assert.equal(reply, "Anna\\'s\\ iPhone|Lab-2|__complete\n--\nbackup\n\n");
	});
});
