import type { SnapshotInfo } from '../../contract/index.ts';
import type { CommandContext } from '../context.ts';
import { notAttached, refusalOfWork } from '../refusals.ts';
import { runEach } from '../run.ts';
import { confirmAppRollback, runAppRollback } from '../apps/rollBackAppTo.ts';
import { confirmRollback, runRollback, type RollbackTarget } from './rollBackTo.ts';

/**
 * Brings each device back to its snapshot: each is confirmed with its facts, and when all are, all run at once. A device goes to one state only:
 * of several of its snapshots the one that was named first counts. A snapshot of an app brings back that app alone.
 * @throws CancellationError - one was not confirmed; then none is done.
 */
export async function rollBackEach(context: CommandContext, snapshots: readonly SnapshotInfo[]): Promise<void> {
	const targets = snapshots.filter((snapshot, index) => snapshots.findIndex(({ udid }) => udid === snapshot.udid) === index);
	const confirmed = [];
	for (const snapshot of targets) {
		confirmed.push(await confirmOne(context, { snapshot, udid: snapshot.udid }));
	}
	await runEach(context, confirmed, (run) => run());
}

/** Asks for a yes to a roll-back of what the snapshot holds, the device or one app. @returns what does it. @throws CancellationError */
export async function confirmOne(context: CommandContext, target: RollbackTarget): Promise<() => Promise<void>> {
	if (target.snapshot.kind === 'app') {
		const params = await confirmAppRollback(context, target);
		return () => runAppRollback(context, params);
	}
	const params = await confirmRollback(context, target);
	return () => runRollback(context, params);
}

/** Why a device cannot be rolled back now, in a sentence; undefined when it can. */
export function refusalOfRollback({ lab }: CommandContext, udid: string): string | undefined {
	const device = lab.device(udid);
	return device === undefined ? notAttached(lab, udid) : refusalOfWork(lab, device);
}
