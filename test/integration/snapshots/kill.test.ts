import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as path from 'node:path';
import { silentLogger, toDisposable } from '../../../src/base/index.ts';
import { SnapshotStore } from '../../../src/snapshots/index.ts';
import { backUp, contentsOf, udid } from '../../support/snapshotStore.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { filesOfRound } from './killedWriter.ts';

const RUNS = Number(process.env['DEVICELAB_KILL_RUNS'] ?? 25);

const clock = {
	now: () => Date.now(),
	after: (delayMs: number, callback: () => void) => {
		const timer = setTimeout(callback, delayMs);
		timer.unref();
		return toDisposable(() => clearTimeout(timer));
	},
};

/** Of a backup that was not disturbed; until one was seen, about what it takes. */
const FIRST_GUESS_MS = 100;

/** When a process is killed: after so many snapshots were sealed, and so much of the time that one takes. */
interface Moment {
	readonly sealed: number;
	/** Above 1 it may be in the next backup. */
	readonly part: number;
}

/**
 * Lets a process back up into the store and ends it, without a warning. The moment is counted in backups, not in seconds, so that each stage of
 * one is hit on a slow machine as on a fast one.
 * @param usualMs - how long a backup took before.
 * @returns how long one took now; as before when none was finished.
 */
async function killWriter(folder: string, round: number, moment: Moment, usualMs: number): Promise<number> {
	const child = spawn(process.execPath, [path.join(import.meta.dirname, 'killedWriter.ts'), folder, String(round)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const lines = createInterface({ input: child.stdout });
	let tookMs = usualMs;
	let sealed = 0;
	let sinceMs = performance.now();
	for await (const line of lines) {
		if (line === 'sealed') {
			sealed++;
			tookMs = performance.now() - sinceMs;
		}
		sinceMs = performance.now();
		if (sealed === moment.sealed) {
			setTimeout(() => child.kill('SIGKILL'), moment.part * tookMs);
		}
	}
	await ended;
	return tookMs;
}

describe('a process that is killed while it backs up', () => {
	const temp = useTempFolder();

	it(`leaves every snapshot whole, ${RUNS} times`, async function () {
		this.timeout(RUNS * 10_000);
		const folder = path.join(temp.path, 'store');
		const open = (): Promise<SnapshotStore> => SnapshotStore.open(folder, { create: true, clock, log: silentLogger });
		await backUp(await open(), { files: filesOfRound(0) });
		let sealed = 0;
		let usualMs = FIRST_GUESS_MS;
		for (let round = 1; round <= RUNS; round++) {
			usualMs = await killWriter(folder, round, { sealed: round % 3, part: ((round * 37) % 125) / 100 }, usualMs);
			const store = await open();
			const { snapshots, unreadable } = await store.snapshots(udid);
			assert.deepEqual(unreadable, []);
			sealed = snapshots.length;
			const newest = snapshots.at(-1)?.record;
			assert.ok(newest !== undefined);
			assert.deepEqual(await contentsOf(store, newest), filesOfRound(newest.takenAtMs));
			assert.deepEqual((await store.verify()).damagedSnapshots, []);
			if (round % 5 === 0) {
				await store.prune(await store.planPrune({ graceMs: 0 }));
			}
		}
		const store = await open();
		const head = await store.head(udid);
		const next = await backUp(store, { base: head, files: filesOfRound(1e6), takenAtMs: 1e6 });
		assert.deepEqual(await contentsOf(store, next), filesOfRound(1e6));
		await store.prune(await store.planPrune({ graceMs: 0 }));
		assert.deepEqual((await store.planPrune()).packs, []);
		assert.ok(sealed > RUNS / 5, `${sealed} snapshots were sealed`);
	});
});
