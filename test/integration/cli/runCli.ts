import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { runCommandLine } from '../../../src/cli/program.ts';
import { Engine, systemClock } from '../../../src/engine/index.ts';
import { FakeIo } from '../../unit/cli/fakeIo.ts';

/** Runs a command in this process, with a real engine and a terminal that the test looks into. */
export async function runHere(
	muxer: string,
	argv: readonly string[],
	environment: Record<string, string> = {},
	answers?: readonly string[],
): Promise<FakeIo & { exit: number }> {
	const io = new FakeIo({
		clock: systemClock,
		environment: { USBMUXD_SOCKET_ADDRESS: muxer, ...environment },
		tty: answers !== undefined,
		answers,
	});
	const exit = await runCommandLine(argv, io, (options) => new Engine(options));
	assert.equal(io.followers, 0, 'nothing follows signals any more');
	return Object.assign(io, { exit });
}

/** A command that runs as a process of its own. */
export interface Running {
	readonly child: ChildProcess;
	readonly stdout: () => string;
	readonly stderr: () => string;
	/** The exit code, once the process has ended. */
	readonly ended: Promise<number | null>;
}

const entry = path.resolve(import.meta.dirname, '../../../dist/cli.js');

/** Starts the bundled command line. */
export function startCli(argv: readonly string[], environment: Record<string, string | undefined> = {}): Running {
	const child = spawn(process.execPath, [entry, ...argv], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
	const ended = new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	return { child, stdout: () => stdout, stderr: () => stderr, ended };
}
