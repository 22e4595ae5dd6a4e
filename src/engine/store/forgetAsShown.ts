import type { PruneResult } from '../../snapshots/index.ts';
import { EngineError } from '../errors.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';
import { upkeepOptions } from './upkeepOptions.ts';

/** Snapshots that somebody was shown as the ones to go. */
export interface ShownSnapshot {
	readonly udid: string;
	readonly snapshot: string;
}

/**
 * Does what a policy says, when that is what was shown.
 * @throws EngineError `STORE_BUSY`, details.reason `outdated` - other snapshots would go by now; nothing was forgotten.
 */
export async function forgetAsShown(
	library: SnapshotLibrary,
	device: string | undefined,
	policy: string,
	shown: readonly ShownSnapshot[],
	run: JobRun = {},
): Promise<PruneResult> {
	const { plan } = await library.previewRetention(device, policy, run.signal);
	const keyOf = (udid: string, id: string): string => `${udid}/${id}`;
	const expected = new Set(shown.map(({ udid, snapshot }) => keyOf(udid, snapshot)));
	const others = plan.forget.filter(({ udid, id }) => !expected.has(keyOf(udid, id)));
	if (others.length > 0 || plan.forget.length !== expected.size) {
		throw new EngineError('STORE_BUSY', 'The snapshots have changed since they were shown; nothing was deleted.', {
			details: { reason: 'outdated', wouldForget: plan.forget.map(({ udid, id }) => ({ udid, snapshot: id })) },
		});
	}
	return translated(async () => (await library.store()).prune(plan, upkeepOptions(run)));
}
