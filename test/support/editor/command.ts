import { spawn } from 'node:child_process';

/**
 * Runs a program to its end, silently.
 * @returns what it wrote to both outputs
 * @throws Error with the end of what it wrote, when it fails
 */
export function runCommand(
	command: string,
	args: readonly string[],
	options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		const collect = (chunk: Buffer): void => {
			output += chunk.toString('utf8');
		};
		child.stdout.on('data', collect);
		child.stderr.on('data', collect);
		child.once('error', reject);
		child.once('close', (code, signal) => {
			if (code === 0) {
				resolve(output);
			} else {
				const words = [command, ...args].join(' ');
				reject(new Error(`${words} ended with ${signal ?? `exit code ${code}`}:\n${output.trim().split('\n').slice(-20).join('\n')}`));
			}
		});
	});
}
