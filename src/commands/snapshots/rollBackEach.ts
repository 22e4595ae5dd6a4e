import type { SnapshotInfo } from '../../contract/index.ts';
import type { CommandContext } from '../context.ts';
import { notAttached, refusalOfWork } from '../refusals.ts';
import { runEach } from '../run.ts';
import { confirmRollback, runRollback } from './rollBackTo.ts';

/**
 * Brings each device back to its snapshot: each is confirmed with its facts, and when all are, all run at once. A device goes to one state only:
 * of several of its snapshots the one that was named first counts.
 * @throws CancellationError - one was not confirmed; then none is done.
 */
export async function rollBackEach(context: CommandContext, snapshots: readonly SnapshotInfo[]): Promise<void> {
	const targets = snapshots.filter((snapshot, index) => snapshots.findIndex(({ udid }) => udid === snapshot.udid) === index);
	const confirmed = [];
	for (const snapshot of targets) {
		confirmed.push(await confirmRollback(context, { snapshot, udid: snapshot.udid }));
	}
	await runEach(context, confirmed, (params) => runRollback(context, params));
}

/** Why a device cannot be rolled back now, in a sentence; undefined when it can. */
export function refusalOfRollback({ lab }: CommandContext, udid: string): string | undefined {
	const device = lab.device(udid);
	return device === undefined ? notAttached(lab, udid) : refusalOfWork(lab, device);
}
