import type { TaskAction } from '../contract/index.ts';
import type { Action } from './actions/action.ts';
import { appSnapshot, install } from './actions/apps.ts';
import { assertState } from './actions/assertState.ts';
import { backUp } from './actions/backUp.ts';
import { appRollback, rollBack } from './actions/rollBack.ts';
import { verify } from './actions/verify.ts';
import { waitForDevice } from './waitForDevice.ts';

/** What each action does: this does not compile when one is missing. What runs another task is in `wrapped.ts`. */
export const actions: Readonly<Record<Exclude<TaskAction, 'snapshotOnFailure'>, Action>> = {
	backup: backUp,
	rollback: rollBack,
	assertState,
	verify,
	install,
	appSnapshot,
	appRollback,
	wait: (task, udid, run) => waitForDevice(task, udid, run),
};
