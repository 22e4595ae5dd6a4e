import type { RollbackResult, SnapshotCheck } from '../contract/index.ts';
import type { BoardRun } from './jobBoard.ts';

/** Has the end of a verification say that it found damage. @returns the check */
export function checked(run: BoardRun, check: SnapshotCheck): SnapshotCheck {
	if (!check.whole) {
		run.found('damage');
	}
	return check;
}

/** Has the end of a roll-back say that the device does not answer as it did. @returns the result */
export function proved<T extends Pick<RollbackResult, 'proof'>>(run: BoardRun, result: T): T {
	if (result.proof.verdict === 'differs') {
		run.found('differs');
	}
	return result;
}
