import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { describeWith, requirePlatform } from '../../support/requirements.ts';
import { Launcher, startingNodes } from './launcher.ts';

/** Counts SIGINTs; `count` on standard input asks for the number, and ends with it as the exit code. */
const countSignals = `
	let count = 0;
	process.on('SIGINT', () => console.log('SIGINT ' + ++count));
	console.log('ready ' + process.pid);
	const lines = require('node:readline').createInterface({ input: process.stdin });
	await new Promise((resolve) => lines.once('line', resolve));
	lines.close();
	return count;`;

/** Waits for ever, with a timer that would go on if nobody ended it. */
const waitForEver = `
	setInterval(() => {}, 1000);
	console.log('ready ' + process.pid);
	await new Promise(() => {});`;

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
	return (await lines.next()).value as string;
}

function linesOf(child: ChildProcessWithoutNullStreams): AsyncIterator<string> {
	const reader: Interface = createInterface({ input: child.stdout });
	return reader[Symbol.asyncIterator]();
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; signal: string | null }> {
	const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
	return { code, signal };
}

for (const node of startingNodes()) {
	describeWith(requirePlatform('linux', 'darwin'), `command line started under ${node}, going on under another Node`, () => {
		let launcher: Launcher;
		const start = (main: string, ...args: string[]): ChildProcessWithoutNullStreams => {
			launcher = new Launcher(main);
			return launcher.start(node, launcher.otherNode(), ...args);
		};
		afterEach(() => launcher.dispose());

		it('passes arguments, input, output and the exit code on', async () => {
			const child = start(
				`
				console.log(argv.join('|'));
				for await (const chunk of process.stdin) process.stderr.write(chunk);
				return 7;`,
				'a b',
				'--c=d',
			);
			const lines = linesOf(child);
			child.stdin.end('typed');
			assert.equal(await nextLine(lines), 'a b|--c=d');
			assert.equal(String(await once(child.stderr, 'data')), 'typed');
			assert.deepEqual(await ended(child), { code: 7, signal: null });
		});

		it('hides its ways from the program: no channel variable, no channel that keeps it alive', async () => {
			const child = start(
				`console.log(JSON.stringify(Object.keys(process.env).filter((name) => /FOLLOWS|CHANNEL/.test(name)))); return 0;`,
			);
			assert.equal(await nextLine(linesOf(child)), '[]');
			assert.deepEqual(await ended(child), { code: 0, signal: null });
		});

		it("delivers a terminal's Ctrl-C, which reaches both processes, once", async () => {
			const child = start(countSignals);
			const lines = linesOf(child);
			await nextLine(lines);
			process.kill(-(child.pid as number), 'SIGINT');
			assert.equal(await nextLine(lines), 'SIGINT 1');
			process.kill(-(child.pid as number), 'SIGINT');
			assert.equal(await nextLine(lines), 'SIGINT 2');
			child.stdin.write('count\n');
			assert.deepEqual(await ended(child), { code: 2, signal: null });
		});

		it('delivers a signal that was sent to the started process only', async () => {
			const child = start(countSignals);
			const lines = linesOf(child);
			await nextLine(lines);
			child.kill('SIGINT');
			assert.equal(await nextLine(lines), 'SIGINT 1');
			child.stdin.write('count\n');
			assert.deepEqual(await ended(child), { code: 1, signal: null });
		});

		it('ends a program that handles no signal, with the exit code that says so', async () => {
			const child = start(waitForEver);
			await nextLine(linesOf(child));
			child.kill('SIGTERM');
			assert.deepEqual(await ended(child), { code: 143, signal: null });
		});

		it('ends with the program when that is killed', async () => {
			const child = start(waitForEver);
			const pid = Number((await nextLine(linesOf(child))).split(' ')[1]);
			process.kill(pid, 'SIGKILL');
			assert.deepEqual(await ended(child), { code: null, signal: 'SIGKILL' });
		});

		it('takes the program with it when it is killed', async () => {
			const child = start(waitForEver);
			await nextLine(linesOf(child));
			child.kill('SIGKILL');
			// The program holds the same pipe, so `close` comes only when it is gone, too.
			assert.deepEqual(await ended(child), { code: null, signal: 'SIGKILL' });
		});
	});
}
