import { spawn } from 'node:child_process';
import { AbortError } from '../base/index.ts';

/** One PBKDF2 of 32 bytes. */
export interface Derivation {
	readonly secret: Uint8Array;
	readonly salt: Uint8Array;
	readonly rounds: number;
	readonly digest: 'sha1' | 'sha256';
}

/** Ends when it has said the key, or when nobody listens any more, in the middle of its work too. */
const PROGRAM = `
const { pbkdf2 } = require('node:crypto');
const bytes = (hex) => Buffer.from(hex, 'hex');
let order = '';
process.stdin.setEncoding('latin1');
process.stdin.on('data', (part) => {
	order += part;
	if (part.endsWith('\\n')) {
		const { secret, salt, rounds, digest } = JSON.parse(order);
		pbkdf2(bytes(secret), bytes(salt), rounds, 32, digest, (error, key) => {
			process.stdout.write(error === null ? key.toString('hex') : '', () => process.exit());
		});
	}
});
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
`;

/**
 * The same as pbkdf2, in a process of its own: a thread that computes cannot be stopped, and no program ends before its threads do.
 *
 * @param order.secret - goes through a pipe, and is seen nowhere else.
 * @returns 32 bytes, or undefined where no process can be started.
 * @throws AbortError at once when `signal` fires; the work ends with it.
 */
export async function deriveApart({ secret, salt, rounds, digest }: Derivation, signal: AbortSignal): Promise<Uint8Array | undefined> {
	if (signal.aborted) {
		throw new AbortError();
	}
	return new Promise((resolve, reject) => {
		// Debuggers put themselves into every process through this.
		const { NODE_OPTIONS: _, ...environment } = process.env;
		const child = spawn(process.execPath, ['-e', PROGRAM], {
			env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
			stdio: ['pipe', 'pipe', 'ignore'],
			windowsHide: true,
		});
		const onAbort = (): void => {
			child.kill('SIGKILL');
			reject(new AbortError());
		};
		signal.addEventListener('abort', onAbort, { once: true });
		let said = '';
		const end = (): void => {
			signal.removeEventListener('abort', onAbort);
			resolve(/^[0-9a-f]{64}$/.test(said) ? Buffer.from(said, 'hex') : undefined);
		};
		child.on('error', end);
		child.on('close', end);
		child.stdout.setEncoding('latin1').on('data', (part: string) => (said += part));
		// One that ended early is told by `close`.
		child.stdin.on('error', () => undefined);
		child.stdin.write(`${JSON.stringify({ secret: hexOf(secret), salt: hexOf(salt), rounds, digest })}\n`);
	});
}

function hexOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}
