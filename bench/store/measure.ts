import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One run of a program. */
export interface Run {
	readonly command: readonly string[];
	readonly folder?: string;
	readonly environment?: Readonly<Record<string, string>>;
	/** Exit codes that are no failure; 0 alone when absent. */
	readonly accept?: readonly number[];
}

export interface Measurement {
	readonly seconds: number;
	/** Of the program and those it started, each at its own peak. */
	readonly peakMiB: number;
}

/**
 * Runs a program to its end. What others left to be written is written first, so that nobody pays for it but the one who wrote it.
 *
 * @throws Error - it failed; with the end of what it complained of.
 */
export async function measure(run: Run): Promise<Measurement> {
	await finish({ command: ['sync'] });
	return finish(run);
}

async function finish({ command, folder, environment, accept = [0] }: Run): Promise<Measurement> {
	const startedAt = performance.now();
	const child = spawn(command[0] as string, command.slice(1), {
		cwd: folder,
		env: { ...process.env, ...environment },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let complaint = '';
	child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
	const peaks = new Map<number, number>();
	const watch = setInterval(() => notePeaks(child.pid, peaks), 20);
	try {
		const code = await new Promise<number | null>((resolve, reject) => {
			child.once('error', reject);
			child.once('close', resolve);
		});
		if (code === null || !accept.includes(code)) {
			throw new Error(`${command.join(' ')} ended with ${String(code)}: ${complaint}`);
		}
	} finally {
		clearInterval(watch);
	}
	return { seconds: (performance.now() - startedAt) / 1000, peakMiB: [...peaks.values()].reduce((sum, peak) => sum + peak, 0) };
}

/** What a program prints, when it ends well. Not measured. */
export async function outputOf({ command, folder, environment }: Run): Promise<string> {
	const child = spawn(command[0] as string, command.slice(1), {
		cwd: folder,
		env: { ...process.env, ...environment },
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	let text = '';
	child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	if (code !== 0) {
		throw new Error(`${command.join(' ')} ended with ${String(code)}: ${text.slice(0, 2000)}`);
	}
	return text;
}

/** What a folder occupies, in bytes: blocks, not lengths, and a file with many links once. */
export async function spaceOf(folder: string): Promise<number> {
	return Number(/^\d+/.exec(await outputOf({ command: ['du', '-sk', folder] }))?.[0] ?? NaN) * 1024;
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return sorted.length % 2 === 1
		? (sorted[Math.floor(middle)] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The kernel keeps the peak of each process; it is read while it lives, so the last 20 ms may be missed. Linux only: elsewhere it stays 0. */
function notePeaks(pid: number | undefined, peaks: Map<number, number>): void {
	for (const each of family(pid)) {
		const kilobytes = /VmHWM:\s+(\d+)/.exec(readProc(each, 'status'))?.[1];
		peaks.set(each, Math.max(peaks.get(each) ?? 0, Number(kilobytes ?? 0) / 1024));
	}
}

function family(pid: number | undefined): number[] {
	if (pid === undefined) {
		return [];
	}
	const children = threadsOf(pid).flatMap((thread) => readProc(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number));
	return [pid, ...children.flatMap(family)];
}

function threadsOf(pid: number): string[] {
	try {
		return readdirSync(path.join('/proc', String(pid), 'task'));
	} catch {
		// It has just ended, or this system has no such folder.
		return [];
	}
}

function readProc(pid: number, file: string): string {
	try {
		return readFileSync(path.join('/proc', String(pid), file), 'utf8');
	} catch {
		// The same.
		return '';
	}
}
