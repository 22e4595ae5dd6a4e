import { spawn } from 'node:child_process';

/** How a foreign program ended. `output` is what it printed, both streams in the order in which they came. */
export interface Ended {
	readonly code: number | null;
	readonly output: string;
}

/** A client that takes longer hangs. */
const LIMIT_MS = 120_000;

/** Runs a program to its end, with nothing to read from. It never outlives its time limit. */
export function runProgram(command: readonly [string, ...string[]], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
	const [program, ...args] = command;
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
		const take = (chunk: Buffer): void => {
			output += chunk.toString();
		};
		child.stdout.on('data', take);
		child.stderr.on('data', take);
		child.once('error', reject);
		child.once('close', (code) => {
			clearTimeout(limit);
			resolve({ code, output });
		});
	});
}
