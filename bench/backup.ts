import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { programPath } from '../test/support/requirements.ts';

/**
 * Our client against idevicebackup2, on the same virtual device in the same run: whole processes, interleaved, medians and their ratio.
 *
 * `npm run bench:backup [-- --runs N] [--only small|large|mix|restore]`. Needs Debian's libimobiledevice-utils; pymobiledevice3 is measured too
 * where `DEVICELAB_PYTHON` has it.
 */
interface Workload {
	readonly name: string;
	readonly title: string;
	readonly profile: string;
}

interface Client {
	readonly name: string;
	command(udid: string, folder: string): string[];
	restore?(udid: string, folder: string): string[];
}

interface Measurement {
	readonly seconds: number;
	readonly peakMiB: number;
}

const WORKLOADS: readonly Workload[] = [
	{ name: 'small', title: '50,000 files of 4 KiB', profile: 'files:50000x4096' },
	{ name: 'large', title: '2 files of 512 MiB', profile: 'files:2x536870912' },
	{ name: 'mix', title: 'typical mix, 100,000 files, 1.05 GB', profile: 'mix:100000:1050000000' },
];

const root = path.dirname(import.meta.dirname);
const cli = path.join(root, 'dist/cli.js');
const python = process.env['DEVICELAB_PYTHON'];

const CLIENTS: readonly Client[] = [
	{
		name: 'devicelab',
		command: (udid, folder) => [process.execPath, cli, 'backup', udid, '--to', folder, '--quiet'],
		restore: (udid, folder) => [process.execPath, cli, 'restore', udid, '--from', folder, '--yes', '--quiet', '--no-reboot'],
	},
	{
		name: 'idevicebackup2',
		command: (udid, folder) => ['idevicebackup2', '-u', udid, 'backup', '--full', folder],
		restore: (udid, folder) => ['idevicebackup2', '-u', udid, 'restore', '--system', '--settings', '--no-reboot', folder],
	},
	...(python === undefined
		? []
		: [
				{
					name: 'pymobiledevice3',
					command: (udid: string, folder: string) => [
						python,
						'-m',
						'pymobiledevice3',
						'backup2',
						'backup',
						'--full',
						'--udid',
						udid,
						folder,
					],
				},
			]),
];

async function main(): Promise<void> {
	if (programPath('idevicebackup2') === undefined) {
		throw new Error('idevicebackup2 is not installed: there is nobody to compare with.');
	}
	const runs = Number(option('--runs') ?? 3);
	const only = option('--only');
	console.log(`${cpus().length} processors, Node ${process.version}, ${runs} runs of each, interleaved; medians\n`);
	for (const workload of WORKLOADS.filter((each) => only === undefined || each.name === only)) {
		await measureWorkload(workload, runs);
	}
}

async function measureWorkload(workload: Workload, runs: number): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'devicelab-bench-'));
	const lab = await startLab(workload.profile);
	try {
		const results = new Map<string, Measurement[]>();
		for (let run = 0; run < runs; run++) {
			for (const client of CLIENTS) {
				const target = path.join(folder, `${client.name}-${run}`);
				await must(['mkdir', '-p', target]);
				const measured = await measure(client.command(lab.udid, target), lab.address);
				results.set(client.name, [...(results.get(client.name) ?? []), measured]);
				if (client.restore !== undefined && process.argv.includes('--restore')) {
					const restored = await measure(client.restore(lab.udid, target), lab.address);
					results.set(`${client.name}, restore`, [...(results.get(`${client.name}, restore`) ?? []), restored]);
					await must([process.execPath, cli, 'virtual', 'tell', '--listen', lab.address, lab.udid, 'reboot']);
				}
				rmSync(target, { recursive: true, force: true });
			}
		}
		report(workload.title, results);
	} finally {
		lab.process.kill('SIGINT');
		await new Promise((resolve) => lab.process.once('exit', resolve));
		rmSync(folder, { recursive: true, force: true });
	}
}

function report(title: string, results: ReadonlyMap<string, readonly Measurement[]>): void {
	console.log(title);
	for (const [name, measured] of results) {
		const seconds = median(measured.map((each) => each.seconds));
		const peak = Math.max(...measured.map((each) => each.peakMiB));
		const peer = results.get(name.endsWith('restore') ? 'devicelab, restore' : 'devicelab');
		const ratio = median(measured.map((each, index) => each.seconds / (peer?.[index]?.seconds ?? NaN)));
		console.log(
			`  ${name.padEnd(24)} ${seconds.toFixed(2).padStart(7)} s   ${ratio.toFixed(2).padStart(6)} × our time   peak ${peak.toFixed(0).padStart(4)} MiB`,
		);
	}
	console.log('');
}

/** The whole process, from its start to its end; its peak is what the kernel has counted when it was last seen. */
async function measure(command: readonly string[], address: string): Promise<Measurement> {
	const startedAt = performance.now();
	const child = spawn(command[0] as string, command.slice(1), {
		env: { ...process.env, USBMUXD_SOCKET_ADDRESS: address },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let complaint = '';
	child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
	let peakMiB = 0;
	const watch = setInterval(() => (peakMiB = Math.max(peakMiB, peakOf(child.pid))), 20);
	const code = await new Promise((resolve) => child.once('close', resolve));
	clearInterval(watch);
	if (code !== 0) {
		throw new Error(`${command.join(' ')} ended with ${String(code)}: ${complaint}`);
	}
	return { seconds: (performance.now() - startedAt) / 1000, peakMiB };
}

function peakOf(pid: number | undefined): number {
	try {
		const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return Number(kilobytes ?? 0) / 1024;
	} catch {
		// It has just ended, or this system has no such file: then no peak is reported.
		return 0;
	}
}

async function startLab(profile: string): Promise<{ process: ChildProcess; address: string; udid: string }> {
	const address = `127.0.0.1:${await freePort()}`;
	const lab = spawn(
		process.execPath,
		[cli, 'virtual', 'start', '--listen', address, '--devices', '1', '--seed', 'bench', '--profile', profile],
		{ stdio: ['ignore', 'ignore', 'inherit'] },
	);
	for (let attempt = 0; attempt < 600; attempt++) {
		await new Promise((resolve) => setTimeout(resolve, 200));
		const list = await output([process.execPath, cli, 'devices', '--json', '--usbmux', address]);
		const udid = (JSON.parse(list || '{}') as { devices?: { udid: string }[] }).devices?.[0]?.udid;
		if (udid !== undefined) {
			return { process: lab, address, udid };
		}
	}
	throw new Error('The virtual lab did not start.');
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer().once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address() as { port: number };
			server.close(() => resolve(port));
		});
	});
}

async function output(command: readonly string[]): Promise<string> {
	const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
	let text = '';
	child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
	await new Promise((resolve) => child.once('close', resolve));
	return text;
}

async function must(command: readonly string[]): Promise<void> {
	const child = spawn(command[0] as string, command.slice(1), { stdio: 'inherit' });
	const code = await new Promise((resolve) => child.once('close', resolve));
	if (code !== 0) {
		throw new Error(`${command.join(' ')} ended with ${String(code)}`);
	}
}

function option(name: string): string | undefined {
	const index = process.argv.indexOf(name);
	return index < 0 ? undefined : process.argv[index + 1];
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return sorted.length % 2 === 1
		? (sorted[Math.floor(middle)] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

await main();
