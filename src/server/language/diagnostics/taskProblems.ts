import * as l10n from '@vscode/l10n';
import { NEEDED_FIELDS } from '../../../contract/index.ts';
import type { LabDocument } from '../document/labDocument.ts';
import { hasVariable, textIn, type TaskEntry } from '../document/tasksFile.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { devicesMeant, deviceWithoutName, findDevice } from '../lookup/findDevice.ts';
import { snapshotKindOf } from '../lookup/findSnapshot.ts';
import { quoted } from '../text.ts';
import { deviceProblems } from './deviceProblems.ts';
import type { Problem } from './problem.ts';
import { snapshotProblems, type WantedSnapshot } from './snapshotProblems.ts';

/** What is to be said of the tasks of a tasks.json. */
export function taskProblems({ tasks }: LabDocument, facts: LabFacts): readonly Problem[] {
	return tasks.filter(({ isOurs }) => isOurs).flatMap((task) => [...ofDevice(task, facts), ...ofSnapshot(task, tasks, facts)]);
}

/** The snapshots that the tasks of a tasks.json want, as far as that can be told before they run. */
export function wantedSnapshots({ tasks }: LabDocument, facts: LabFacts): readonly WantedSnapshot[] {
	return tasks.filter(({ isOurs }) => isOurs).flatMap((task) => wantedBy(task, tasks, facts) ?? []);
}

function ofDevice(task: TaskEntry, facts: LabFacts): readonly Problem[] {
	const text = textIn(task, 'device');
	const node = task.fields.get('device')?.value;
	return text === undefined || node === undefined || !facts.isKnown
		? []
		: deviceProblems(findDevice(text, facts), node, task.action, facts);
}

function ofSnapshot(task: TaskEntry, tasks: readonly TaskEntry[], facts: LabFacts): readonly Problem[] {
	const { action, fields } = task;
	const place = fields.get('action')?.value;
	// Tasks refuse it so; their schema cannot say it for one action and not for another.
	const needed = action === undefined ? undefined : NEEDED_FIELDS[action];
	if (action !== undefined && needed !== undefined && !fields.has(needed) && place !== undefined) {
		const message = l10n.t('{0} needs {1}.', quoted(action), quoted(needed));
		return [{ code: 'field-missing', severity: 'error', node: place, message, fixes: [] }];
	}
	const wanted = facts.isKnown ? wantedBy(task, tasks, facts) : undefined;
	return wanted === undefined ? [] : snapshotProblems(wanted, facts);
}

/** Undefined where none is named, or where its device is not known. */
function wantedBy(task: TaskEntry, tasks: readonly TaskEntry[], facts: LabFacts): WantedSnapshot | undefined {
	const text = textIn(task, 'snapshot');
	const node = task.fields.get('snapshot')?.value;
	if (text === undefined || node === undefined || hasVariable(text)) {
		return undefined;
	}
	const device = textIn(task, 'device');
	const found = device === undefined ? deviceWithoutName(facts) : findDevice(device, facts);
	if (found.kind !== 'device' && found.kind !== 'word') {
		return undefined;
	}
	const udids = devicesMeant(found, facts);
	const bundleId = textIn(task, 'bundleId');
	if (udids.length === 0 || (bundleId !== undefined && hasVariable(bundleId))) {
		return undefined;
	}
	return {
		text,
		node,
		action: task.action,
		kind: snapshotKindOf(task.action, textIn(task, 'scope'), bundleId),
		udids,
		isChosen: found.kind === 'word' && found.word !== 'all',
		isMade: tasks.some((each) => each.isOurs && textIn(each, 'name')?.toLowerCase() === text.toLowerCase()),
	};
}
