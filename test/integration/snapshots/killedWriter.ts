import { silentLogger, toDisposable } from '../../../src/base/index.ts';
import { SnapshotStore } from '../../../src/snapshots/index.ts';
import { backUp, fileIdPath, noise, udid } from '../../support/snapshotStore.ts';

/** What the device holds at a time: most of it stays from round to round. */
export function filesOfRound(round: number): Record<string, Buffer> {
	const files: Record<string, Buffer> = {
		'Manifest.db': Buffer.concat([Buffer.from('SQLite format 3\0\x10\0'), noise(`manifest ${round}`, 100_000)]),
		'Status.plist': Buffer.from(`status ${round}`),
	};
	for (let file = 0; file < 100; file++) {
		const version = file % 7 === round % 7 ? round : Math.floor(file / 7) % 2;
		files[fileIdPath(`${file}`)] = noise(`${file} ${version}`, 8000);
	}
	return files;
}

/** The program that the test kills: backs up on top of the head, again and again, until it is. */
async function main(folder: string, round: number): Promise<void> {
	const clock = {
		now: () => Date.now(),
		after: (delayMs: number, callback: () => void) => {
			const timer = setTimeout(callback, delayMs);
			return toDisposable(() => clearTimeout(timer));
		},
	};
	const store = await SnapshotStore.open(folder, { clock, log: silentLogger });
	console.log('begins');
	for (let takenAtMs = 100 * round; ; takenAtMs++) {
		await backUp(store, { base: await store.head(udid), files: filesOfRound(takenAtMs), takenAtMs });
		console.log('sealed');
	}
}

const [, program, folder, round] = process.argv;
if (program === import.meta.filename && folder !== undefined) {
	await main(folder, Number(round));
}
