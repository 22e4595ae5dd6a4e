import * as l10n from '@vscode/l10n';
import { offeredTasks, TASK_SOURCE, type OfferedTask } from '../../../contract/index.ts';
import { deviceName, type LabFacts } from './facts.ts';

/** A task that nobody wrote, with the name that others have for it. */
export interface NamedOfferedTask extends OfferedTask {
	readonly label: string;
}

/** The tasks that the editor offers for what is attached, in the words of `src/tasks/provider.ts`. */
export function offeredTasksOf(facts: LabFacts): readonly NamedOfferedTask[] {
	const attached = facts.devices.map(({ udid }) => ({
		udid,
		name: deviceName(facts, udid),
		states: (facts.snapshots.get(udid) ?? []).flatMap(({ kind, name }) => (kind === 'device' && name !== undefined ? [name] : [])),
	}));
	return offeredTasks(attached, facts.lab.file?.baselines ?? []).map((task) => ({ ...task, label: `${TASK_SOURCE}: ${nameOf(task)}` }));
}

/** Whether a label is of the form that tasks have which nobody wrote. */
export function isOfferedLabel(label: string): boolean {
	return label.startsWith(`${TASK_SOURCE}: `);
}

function nameOf({ shown, snapshot }: OfferedTask): string {
	return snapshot === undefined ? l10n.t('Back Up {0}', shown) : l10n.t('Roll Back {0} to {1}', shown, snapshot);
}
