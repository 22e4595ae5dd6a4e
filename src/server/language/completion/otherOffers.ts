import * as l10n from '@vscode/l10n';
import { commandIds } from '../../../contributions.ts';
import { dependenciesOf, textIn, type TaskEntry } from '../document/tasksFile.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { offeredTasksOf } from '../lookup/offeredTasks.ts';
import { factsText, plain } from '../text.ts';
import type { Offer } from './offer.ts';

/** Apps on some devices, and apps of which there are snapshots. */
export function bundleIdOffers(udids: readonly string[], { apps, snapshots }: LabFacts): readonly Offer[] {
	const offers = new Map<string, Offer>();
	for (const { bundleId, name, version, signing } of udids.flatMap((udid) => apps.get(udid) ?? [])) {
		const isOpen = signing === 'development' ? undefined : l10n.t('not signed for development');
		const facts = factsText([name === undefined ? undefined : plain(name), version === undefined ? undefined : plain(version), isOpen]);
		offers.set(bundleId, { kind: 'app', value: bundleId, facts });
	}
	for (const { app } of udids.flatMap((udid) => snapshots.get(udid) ?? [])) {
		if (app !== undefined && !offers.has(app.bundleId)) {
			const facts = factsText([app.name === undefined ? undefined : plain(app.name), l10n.t('has snapshots')]);
			offers.set(app.bundleId, { kind: 'app', value: app.bundleId, facts });
		}
	}
	return [...offers.values()];
}

/** Tasks by their labels. */
export function taskOffers(tasks: readonly TaskEntry[]): readonly Offer[] {
	return tasks.flatMap((task): Offer[] => (task.label === undefined ? [] : [{ kind: 'task', value: task.label, facts: taskFacts(task) }]));
}

/** Tasks that are there without being written: for what is attached. */
export function offeredTaskOffers(facts: LabFacts): readonly Offer[] {
	return offeredTasksOf(facts).map(({ label }) => ({ kind: 'task', value: label, facts: l10n.t('there without being written') }));
}

/** Action, device and snapshot of a task of ours; of another the tasks that it waits for. */
export function taskFacts(task: TaskEntry): string {
	const texts = task.isOurs ? [task.action, textIn(task, 'device'), textIn(task, 'snapshot')] : [dependenciesOf(task).join(', ')];
	return factsText(texts.map((text) => (text === undefined ? undefined : plain(text))));
}

const values: readonly { readonly id: string; readonly facts: () => string }[] = [
	{ id: commandIds.valueUdid, facts: () => l10n.t('the UDID of the device chosen last, or of the only one') },
	{ id: commandIds.valueSnapshotId, facts: () => l10n.t('the id of a snapshot that is chosen') },
	{ id: commandIds.valueState, facts: () => l10n.t('the name of the state that the device stands at') },
	{ id: commandIds.valueCommit, facts: () => l10n.t('the first digits of the commit that is checked out') },
];

/** The commands that answer values, as an input of type `command` names them. */
export function commandOffers(): readonly Offer[] {
	return values.map(({ id, facts }) => ({ kind: 'command', value: id, facts: facts() }));
}

/** The same as variables. */
export function variableOffers(): readonly Offer[] {
	return values.map(({ id, facts }) => ({ kind: 'command', value: `\${command:${id}}`, facts: facts() }));
}
