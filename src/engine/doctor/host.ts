import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { errorText } from '../../base/index.ts';
import { formatMuxAddress, MuxClient, type MuxAddress } from '../../device/index.ts';
import { homeOf } from '../store/storeFolder.ts';

/** What a look at a file or folder found. `denied`: it is there, and the system keeps it from this program. */
export type Sight = 'there' | 'absent' | 'denied';

/** What a muxer answered, or why it did not: `reason` is the system's code, such as `ECONNREFUSED`. */
export type MuxerSight =
	{ readonly answers: true; readonly devices: number } | { readonly answers: false; readonly reason: string; readonly text: string };

/** This computer as the doctor looks at it; tests show it another one. Nothing here changes anything, and nothing throws. */
export interface DoctorHost {
	readonly platform: NodeJS.Platform;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly home: string;
	readonly nodeVersion: string;
	askMuxer(address: MuxAddress): Promise<MuxerSight>;
	/** Full path of a program, searched where services live too; undefined when it is not installed. */
	findProgram(name: string): Promise<string | undefined>;
	/** What a program prints, both streams together; undefined when it cannot run, fails to start, or takes too long. */
	output(program: string, args: readonly string[]): Promise<string | undefined>;
	/** Whether a process of this name runs; undefined when that cannot be told. */
	isRunning(name: string): Promise<boolean | undefined>;
	look(file: string): Promise<Sight>;
	/** Names in a folder, or why they cannot be had. */
	list(folder: string): Promise<readonly string[] | Exclude<Sight, 'there'>>;
	read(file: string): Promise<string | undefined>;
	/** Free bytes of the disk that holds a folder, or will hold it; undefined when nobody says. */
	freeBytes(folder: string): Promise<number | undefined>;
}

const ANSWER_WITHIN_MS = 5000;
const OUTPUT_WITHIN_MS = 5000;
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The computer that this program runs on. */
export function thisComputer(environment: DoctorHost['environment'], signal?: AbortSignal): DoctorHost {
	const { platform } = process;
	return {
		platform,
		environment,
		home: homeOf(environment),
		nodeVersion: process.versions.node,
		askMuxer: (address) => askMuxer(address, signal),
		findProgram: (name) => findProgram(name, environment, platform),
		output,
		isRunning: (name) => isRunning(name, platform),
		look: (file) => fs.access(file).then(() => 'there' as const, sightOf),
		list: (folder) => fs.readdir(folder).catch(sightOf),
		read: (file) => fs.readFile(file, 'utf8').catch(() => undefined),
		freeBytes,
	};
}

async function askMuxer(address: MuxAddress, signal?: AbortSignal): Promise<MuxerSight> {
	try {
		const devices = await new MuxClient(address).listDevices({ timeoutMs: ANSWER_WITHIN_MS, signal });
		return { answers: true, devices: new Set(devices.map((device) => device.udid)).size };
	} catch (error) {
		signal?.throwIfAborted();
		const details: unknown = error instanceof Error && 'details' in error ? error.details : undefined;
		const reason = typeof details === 'object' && details !== null && 'reason' in details ? String(details.reason) : 'no answer';
		return { answers: false, reason, text: `${formatMuxAddress(address)}: ${errorText(error)}` };
	}
}

async function findProgram(name: string, environment: DoctorHost['environment'], platform: NodeJS.Platform): Promise<string | undefined> {
	const folders = [...(environment['PATH'] ?? '').split(path.delimiter), ...(platform === 'win32' ? [] : SYSTEM_FOLDERS)];
	for (const folder of folders) {
		const file = path.join(folder, platform === 'win32' ? `${name}.exe` : name);
		if (
			folder !== '' &&
			(await fs.access(file, fs.constants.X_OK).then(
				() => true,
				() => false,
			))
		) {
			return file;
		}
	}
	return undefined;
}

function output(program: string, args: readonly string[]): Promise<string | undefined> {
	return new Promise((resolve) => {
		execFile(program, [...args], { timeout: OUTPUT_WITHIN_MS, windowsHide: true }, (error, stdout, stderr) => {
			// A program that ran and failed has still said something.
			resolve(error !== null && stdout === '' && stderr === '' ? undefined : `${stdout}${stderr}`);
		});
	});
}

async function isRunning(name: string, platform: NodeJS.Platform): Promise<boolean | undefined> {
	if (platform !== 'linux') {
		return undefined;
	}
	const processes = await fs.readdir('/proc').catch(() => undefined);
	const ids = processes?.filter((entry) => /^\d+$/.test(entry));
	const names = await Promise.all((ids ?? []).map((id) => fs.readFile(`/proc/${id}/comm`, 'utf8').catch(() => '')));
	return ids === undefined ? undefined : names.some((each) => each.trim() === name);
}

async function freeBytes(folder: string): Promise<number | undefined> {
	for (let place = path.resolve(folder); ; place = path.dirname(place)) {
		const stats = await fs.statfs(place).catch(() => undefined);
		if (stats !== undefined) {
			return stats.bavail * stats.bsize;
		}
		if (place === path.dirname(place)) {
			return undefined;
		}
	}
}

function sightOf(error: unknown): Exclude<Sight, 'there'> {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'absent';
}
