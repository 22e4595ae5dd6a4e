import type { PruneOptions, SnapshotStore } from '../../snapshots/index.ts';
import type { JobRun } from '../jobs/progress.ts';

type UpkeepOptions = NonNullable<Parameters<SnapshotStore['prune']>[1]> & Pick<PruneOptions, 'signal'>;

/** How upkeep of the store is watched and stopped, by the way in which jobs are. */
export function upkeepOptions({ signal, ...run }: JobRun): UpkeepOptions {
	return {
		...(signal === undefined ? {} : { signal }),
		onProgress: ({ doneBytes, totalBytes }) =>
			run.onProgress?.({
				phase: 'finishing',
				percent: totalBytes === 0 ? 100 : Math.min(100, (100 * doneBytes) / totalBytes),
				transferredBytes: doneBytes,
				transferredFiles: 0,
				expectedBytes: totalBytes,
			}),
	};
}
