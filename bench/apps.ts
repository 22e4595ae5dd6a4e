import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../src/base/index.ts';
import { Engine, systemClock } from '../src/engine/index.ts';
import { startLab, tellLab } from '../src/virtual/index.ts';

/**
 * The fast speed: an app with many files on the virtual device, of which a few changed, is taken and rolled back.
 *
 *   npm run bench:apps -- [--files 2000] [--bytes 200000000] [--changed 20] [--rounds 5]
 *
 * Everything runs in one process, so what the device does counts too. The target: 2,000 files, 200 MB, 20 changed, under two seconds.
 */
const APP = 'com.example.lab-probe';

function option(name: string, fallback: number): number {
	const index = process.argv.indexOf(`--${name}`);
	return index < 0 ? fallback : Number(process.argv[index + 1]);
}

async function timed<T>(what: string, work: () => Promise<T>, tell: (result: T) => string): Promise<number> {
	const startedAt = performance.now();
	const result = await work();
	const seconds = (performance.now() - startedAt) / 1000;
	console.log(`${what.padEnd(34)}${seconds.toFixed(2).padStart(7)} s   ${tell(result)}`);
	return seconds;
}

async function main(): Promise<void> {
	const [files, bytes, changed, rounds] = [option('files', 2000), option('bytes', 200_000_000), option('changed', 20), option('rounds', 5)];
	const folder = await mkdtemp(path.join(tmpdir(), 'devicelab-bench-'));
	const lab = await startLab({ listen: '127.0.0.1:0', devices: 1, seed: 'bench', profile: 'small', state: path.join(folder, 'lab') });
	const udid = lab.devices[0]?.udid ?? '';
	const engine = new Engine({ muxers: [lab.address], storeFolder: path.join(folder, 'store'), clock: systemClock, log: silentLogger });
	const use = (count: number, size: number, seed: string): Promise<void> =>
		tellLab(lab.address, udid, 'use-app', [APP, '--files', String(count), '--bytes', String(size), '--seed', seed], () => {});
	const order = { device: udid, app: APP };
	try {
		await use(files, bytes, 'all');
		console.log(`${files} files, ${bytes / 1e6} MB; ${changed} of them change between two rounds`);
		await timed(
			'first snapshot',
			() => engine.apps.snapshot({ ...order, name: 'base' }, {}),
			({ readFiles, readBytes }) => `${readFiles} files, ${(readBytes / 1e6).toFixed(0)} MB read`,
		);
		const times: number[] = [];
		for (let round = 1; round <= rounds; round++) {
			await use(changed, (bytes / files) * changed, `round ${round}`);
			if (round === 1) {
				await timed(
					'snapshot after the change',
					() => engine.apps.snapshot(order, {}),
					({ readFiles }) => `${readFiles} files read`,
				);
			}
			const rollBack = () => engine.apps.rollBack({ ...order, snapshot: 'base', safety: false, whenRunning: 'refuse' }, {});
			times.push(
				await timed(
					`roll-back ${round}`,
					rollBack,
					(result) => `${result.writtenFiles} files written, ${result.sameFiles} left, ${result.proof.verdict}`,
				),
			);
		}
		await use(changed, (bytes / files) * changed, 'safety');
		await timed(
			'roll-back with safety snapshot',
			() => engine.apps.rollBack({ ...order, snapshot: 'base', safety: true, whenRunning: 'refuse' }, {}),
			(result) => `${result.writtenFiles} files written, ${result.proof.verdict}`,
		);
		console.log(`median of the roll-backs: ${(times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(2)} s`);
	} finally {
		engine.dispose();
		await lab.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

void main();
