import * as l10n from '@vscode/l10n';
import { taskReferencesIn } from '../document/launchFile.ts';
import type { LabDocument } from '../document/labDocument.ts';
import { hasVariable } from '../document/tasksFile.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { nearest } from '../lookup/findDevice.ts';
import { isOfferedLabel } from '../lookup/offeredTasks.ts';
import { quoted } from '../text.ts';
import { replaceFix } from './deviceProblems.ts';
import type { Problem } from './problem.ts';

/**
 * What is to be said of a launch.json: tasks that are clearly meant to be ours, and are not there. Of others nobody here knows,
 * and those that nobody wrote come and go with what is attached.
 */
export function launchProblems({ root }: LabDocument, { tasks }: LabFacts): readonly Problem[] {
	const labels = new Set(tasks.map(({ label }) => label));
	const own = tasks.flatMap(({ isOurs, label }) => (isOurs && label !== undefined ? [label] : []));
	return taskReferencesIn(root).flatMap(({ node, task }): Problem[] => {
		const meant = labels.has(task) || hasVariable(task) || isOfferedLabel(task) ? undefined : nearest(task, own);
		return meant === undefined
			? []
			: [
					{
						code: 'unknown-task',
						severity: 'warning',
						node,
						message: l10n.t('tasks.json has no task {0}. Did you mean {1}?', quoted(task), quoted(meant)),
						fixes: replaceFix(meant),
					},
				];
	});
}
