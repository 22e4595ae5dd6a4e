import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { MiB, silentLogger } from '../src/base/index.ts';
import { Engine, systemClock } from '../src/engine/index.ts';
import { changeBackup, type LargeBackup } from './read/largeBackup.ts';

/**
 * Reading a large encrypted backup, beside an independent reader in the same run: opening, listing, searching, coverage, decryption, copying out,
 * and comparing two snapshots of it.
 *
 * `npm run bench:read [-- --files N --large N --changed N --runs N]`. Needs Python with pyiosbackup and iphone_backup_decrypt (DEVICELAB_PYTHON names it);
 * without them only our own numbers are shown. The key derivation is that of a test: it is the same work for everybody, and is left out.
 */
const PASSWORD = 'bench';
const LARGE_BYTES = 8 * MiB;

async function main(): Promise<void> {
	const files = number('--files', 500_000);
	const largeFiles = number('--large', 48);
	const changed = number('--changed', Math.ceil(files / 100));
	const runs = Math.max(1, number('--runs', 3));
	console.log(`${cpus().length} processors, Node ${process.version}; ${files} files and ${largeFiles} of 8 MiB; medians of ${runs}`);
	const temp = mkdtempSync(path.join(tmpdir(), 'devicelab-bench-'));
	try {
		const folder = path.join(temp, 'backup');
		const built = await seconds(() => Promise.resolve(build(folder, { files, largeFiles, largeBytes: LARGE_BYTES, password: PASSWORD })));
		console.log(`built in ${built.toFixed(0)} s`);
		const results = new Map<string, number[]>();
		const note = (name: string, value: number): void => void results.set(name, [...(results.get(name) ?? []), value]);
		for (let run = 0; run < runs; run++) {
			await measureOurs(folder, path.join(temp, 'store'), files, largeFiles, note);
			measurePeer('list', folder, (found) => note('pyiosbackup: list all rows', found.seconds));
			measurePeer('decrypt', folder, (found) => note('iphone_backup_decrypt: MiB/s', found.bytes / MiB / found.seconds));
		}
		await measureDiff(folder, path.join(temp, 'store'), changed, runs, note);
		for (const [name, values] of results) {
			const median = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
			console.log(`${name.padEnd(44)} ${median.toFixed(name.includes('MiB') ? 0 : 2).padStart(9)}`);
		}
	} finally {
		rmSync(temp, { recursive: true, force: true });
	}
}

function build(folder: string, plan: LargeBackup): void {
	const program = path.join(import.meta.dirname, 'readProgram.ts');
	execFileSync(process.execPath, [program, folder, JSON.stringify(plan)], { stdio: 'inherit' });
}

async function measureOurs(
	folder: string,
	storeFolder: string,
	files: number,
	largeFiles: number,
	note: (name: string, value: number) => void,
): Promise<void> {
	// A port of nobody's: no device takes part.
	const engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder, clock: systemClock, log: silentLogger });
	try {
		const request = { place: { folder }, password: PASSWORD };
		note('devicelab: open (decrypt, decode all rows)', await seconds(async () => check(await engine.contents.info(request), files)));
		note('devicelab: open again', await seconds(async () => check(await engine.contents.info(request), files)));
		note(
			'devicelab: list a domain of the third of all',
			await seconds(() => engine.contents.list({ ...request, domain: 'CameraRollDomain', folder: 'Media/DCIM/101APPLE' })),
		);
		note(
			'devicelab: search all rows by a glob',
			await seconds(() => engine.contents.find({ ...request, patterns: ['**/*7.json'], limit: 1000 })),
		);
		note('devicelab: coverage', await seconds(() => engine.contents.coverage(request)));
		note('devicelab: health (every file is there)', await seconds(() => engine.contents.health({ ...request, depth: 'presence' })));
		let bytes = 0;
		const reading = await seconds(async () => {
			for (let index = 0; index < largeFiles; index++) {
				const file = { ...request, domain: 'AppDomain-com.example.large', path: `Documents/${index}.bin` };
				for await (const portion of engine.contents.read(file)) {
					bytes += portion.length;
				}
			}
		});
		note('devicelab: MiB/s', bytes / MiB / reading);
		const to = mkdtempSync(path.join(tmpdir(), 'devicelab-bench-'));
		try {
			const extract = { what: 'files', patterns: ['AppDomain-com.example.app1/**'], to } as const;
			note('devicelab: copy an app out', await seconds(() => engine.contents.extract({ ...request, extract })));
		} finally {
			rmSync(to, { recursive: true, force: true });
		}
		note('devicelab: resident MiB', process.memoryUsage().rss / MiB);
		note('devicelab: most resident MiB', process.resourceUsage().maxRSS / 1024);
	} finally {
		engine.dispose();
	}
}

/** Adopts the backup twice, with some files changed in between, and compares the two by name. */
async function measureDiff(
	folder: string,
	storeFolder: string,
	changed: number,
	runs: number,
	note: (name: string, value: number) => void,
): Promise<void> {
	const engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder, clock: systemClock, log: silentLogger });
	try {
		const udid = '00008140-000A1B2C3D4E5F60';
		const adopt = (name: string): Promise<number> => seconds(() => engine.library.importFrom({ folder, name }, {}));
		note('devicelab: adopt as a snapshot', await adopt('first'));
		changeBackup(folder, changed);
		note('devicelab: adopt again, a part changed', await adopt('second'));
		for (let run = 0; run < runs; run++) {
			note(
				'devicelab: compare two snapshots',
				await seconds(async () => {
					const { fileCount } = await engine.library.diff(udid, 'first', 'second', { password: PASSWORD });
					if (fileCount !== changed) {
						throw new Error(`${fileCount} files differ instead of ${changed}.`);
					}
				}),
			);
		}
		note('devicelab: most resident MiB, with these', process.resourceUsage().maxRSS / 1024);
	} finally {
		engine.dispose();
	}
}

function check(info: { entryCount: number }, files: number): void {
	if (info.entryCount < files) {
		throw new Error(`Only ${info.entryCount} of ${files} rows were read.`);
	}
}

function measurePeer(work: 'list' | 'decrypt', folder: string, use: (found: { bytes: number; seconds: number }) => void): void {
	const python = process.env['DEVICELAB_PYTHON'] ?? 'python3';
	try {
		const program = path.join(import.meta.dirname, 'read/read_peer.py');
		const output = execFileSync(python, [program, work, folder, PASSWORD], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
		use(JSON.parse(output) as { bytes: number; seconds: number });
	} catch (error) {
		console.log(`left out: ${work} by the other reader (${error instanceof Error ? (error.message.split('\n').at(-2) ?? '') : ''})`);
	}
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
	const startedAt = performance.now();
	await work();
	return (performance.now() - startedAt) / 1000;
}

function number(option: string, usual: number): number {
	const at = process.argv.indexOf(option);
	const value = at < 0 ? usual : Number(process.argv[at + 1]);
	if (!Number.isInteger(value) || value < 0) {
		throw new Error(`${option} takes a whole number.`);
	}
	return value;
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
