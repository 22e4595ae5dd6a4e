import * as l10n from '@vscode/l10n';
import type { Node } from 'jsonc-parser';
import { LANGUAGE_COMMANDS, type TaskAction } from '../../../contract/index.ts';
import { deviceName, type LabFacts } from '../lookup/facts.ts';
import type { FoundDevice } from '../lookup/findDevice.ts';
import { plain, quoted } from '../text.ts';
import type { Fix, Problem } from './problem.ts';

/** So many phones are offered for a name that the lab file does not have. */
const MAX_PHONES = 5;

/** Actions that need no device at hand: a snapshot is verified in the store, and a device may be waited for. */
const NEEDS_NO_DEVICE: readonly (TaskAction | undefined)[] = ['verify', 'wait', undefined];

/** What is to be said of the device that a task names. */
export function deviceProblems(found: FoundDevice, node: Node, action: TaskAction | undefined, facts: LabFacts): readonly Problem[] {
	const text = String(node.value);
	switch (found.kind) {
		case 'unknown':
			return [
				{
					code: 'unknown-device',
					severity: found.nearest === undefined ? 'info' : 'warning',
					node,
					message:
						found.nearest === undefined
							? l10n.t('No device here is called {0}, and the lab file has no such name.', quoted(text))
							: l10n.t('No device is called {0}. Did you mean {1}?', quoted(text), quoted(found.nearest)),
					fixes: [...replaceFix(found.nearest), ...addFixes(text, facts)],
				},
			];
		case 'ambiguous':
			return [
				{
					code: 'ambiguous-device',
					severity: 'warning',
					node,
					message: l10n.t('{0} fits {1} devices. Name one by its UDID.', quoted(text), found.udids.length),
					fixes: found.udids.slice(0, MAX_PHONES).map((udid) => ({
						kind: 'replace',
						title: l10n.t('Change to {0} ({1})', quoted(deviceName(facts, udid)), udid),
						text: udid,
					})),
				},
			];
		case 'unmapped':
			return [lostLabDevice(found.friendly, node, 'info')];
		case 'device':
			return found.isAttached || NEEDS_NO_DEVICE.includes(action)
				? []
				: [
						{
							code: 'device-not-attached',
							severity: 'hint',
							node,
							message: l10n.t('{0} is not attached now.', quoted(deviceName(facts, found.udid))),
							fixes: [],
						},
					];
		case 'word':
		case 'variable':
			return [];
	}
}

/** A name of the lab file for which this desk has no phone yet. */
export function lostLabDevice(name: string, node: Node, severity: 'info' | 'hint'): Problem {
	return {
		code: 'lab-device-not-here',
		severity,
		node,
		message: l10n.t('No phone here is {0} of the lab file. It is asked for once, when a task needs it.', quoted(name)),
		fixes: [
			{
				kind: 'command',
				title: l10n.t('Choose the Phone That Is {0} Here…', quoted(name)),
				command: LANGUAGE_COMMANDS.choosePhone,
				argument: { name },
			},
		],
	};
}

/** Puts the word there that was probably meant. */
export function replaceFix(text: string | undefined): readonly Fix[] {
	return text === undefined ? [] : [{ kind: 'replace', title: l10n.t('Change to {0}', quoted(text)), text }];
}

/** The name as one of the lab file, for each phone that is attached. */
function addFixes(name: string, { devices, lab }: LabFacts): readonly Fix[] {
	if (lab.text !== undefined && lab.file === undefined) {
		return [];
	}
	return devices.slice(0, MAX_PHONES).map(({ udid, name: own }) => ({
		kind: 'addDevice',
		title: l10n.t('Add {0} to the Lab File: {1}', quoted(name), plain(own ?? udid)),
		name: name.trim(),
		device: own === undefined ? { udid } : { name: own },
	}));
}
