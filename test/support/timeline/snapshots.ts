import type { SnapshotInfo } from '../../../src/contract/index.ts';

const TRIGGERS = ['before-deploy', 'before-deploy', 'manual', 'scheduled', 'safety'];
const DAY_MS = 86_400_000;

/** A snapshot with what a test does not care about filled in. */
export function snapshotInfo(part: Partial<SnapshotInfo> & { readonly id: string }): SnapshotInfo {
	return {
		udid: '00008120-000A11112222333E',
		kind: 'device',
		pinned: false,
		isHead: false,
		takenAt: '2026-01-01T12:00:00.000Z',
		trigger: 'manual',
		deviceName: 'Lab-1',
		model: 'iPhone 15 Pro',
		iosVersion: '18.1',
		encrypted: false,
		fileCount: 2_400,
		sizeBytes: 1_800_000_000,
		addedBytes: 24_000_000,
		...part,
	};
}

/** A number between 0 and 1 for each call, the same at each run. */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Forty hexadecimal digits. */
function commitOf(random: () => number): string {
	return Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join('');
}

/**
 * Years of one phone's life: mostly one snapshot after the other, with roll-backs to older ones that begin branches, names now and then, and
 * the head at the newest. Newest first.
 */
export function longHistory(
	count: number,
	options: { readonly branches: number; readonly years: number; readonly seed?: number },
): SnapshotInfo[] {
	const random = seededRandom(options.seed ?? 7);
	const beginMs = Date.UTC(2026, 10, 20) - options.years * 365 * DAY_MS;
	const stepMs = (options.years * 365 * DAY_MS) / count;
	const branchEvery = Math.max(2, Math.floor(count / (options.branches + 1)));
	const snapshots: SnapshotInfo[] = [];
	const tips: string[] = [];
	let parent: string | undefined;
	for (let index = 0; index < count; index++) {
		const id =
			(index + 1).toString(16).padStart(8, '0') +
			Math.floor(random() * 2 ** 32)
				.toString(16)
				.padStart(8, '0');
		if (index > 0 && index % branchEvery === 0) {
			parent = snapshots[Math.floor(random() * snapshots.length)]?.id;
		} else if (tips.length > 1 && random() < 0.02) {
			parent = tips[Math.floor(random() * tips.length)];
		}
		const number = index + 1;
		snapshots.push(
			snapshotInfo({
				id,
				...(parent === undefined ? {} : { parent }),
				takenAt: new Date(beginMs + index * stepMs + random() * stepMs * 0.9).toISOString(),
				trigger: TRIGGERS[Math.floor(random() * TRIGGERS.length)] ?? 'manual',
				...(number % 25 === 0 ? { name: `baseline-${number}` } : {}),
				...(number % 40 === 0 ? { note: 'Signed in, onboarding done.' } : {}),
				pinned: number % 100 === 0,
				encrypted: index > count / 3,
				iosVersion: `18.${Math.floor((index / count) * 6)}`,
				...(random() < 0.7 ? { verifiedAt: '2026-11-19T02:00:00.000Z' } : {}),
				...(number % 1_500 === 0 ? { damagedAt: '2026-11-19T02:00:00.000Z' } : {}),
				git: {
					commit: commitOf(random),
					branch: random() < 0.8 ? 'main' : 'feature/login',
				},
				addedBytes: Math.floor(random() * 90_000_000),
				isHead: index === count - 1,
			}),
		);
		const tip = tips.indexOf(parent ?? '');
		tips.splice(tip === -1 ? tips.length : tip, tip === -1 ? 0 : 1, id);
		parent = id;
	}
	return snapshots.toReversed();
}
