import * as l10n from '@vscode/l10n';
import type { LabDocument } from '../document/labDocument.ts';
import { baselinesIn, labDevicesIn } from '../document/labFileTree.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { findDevice, nearest } from '../lookup/findDevice.ts';
import { quoted } from '../text.ts';
import { deviceProblems, lostLabDevice, replaceFix } from './deviceProblems.ts';
import type { Problem } from './problem.ts';
import { backUpFixes } from './snapshotProblems.ts';

/** What is to be said of a lab file. A teammate's has other phones and other snapshots: that is no mistake. */
export function labFileProblems({ root }: LabDocument, facts: LabFacts): readonly Problem[] {
	if (!facts.isKnown || facts.lab.file === undefined) {
		return [];
	}
	const devices = labDevicesIn(root).flatMap(({ name, key }): readonly Problem[] => {
		const found = findDevice(name, facts);
		switch (found.kind) {
			case 'unmapped':
				return [lostLabDevice(name, key, 'hint')];
			case 'ambiguous':
				// Which of them is meant is a matter of the entry, not of its name.
				return deviceProblems(found, key, undefined, facts).map((problem) => ({ ...problem, fixes: [] }));
			default:
				return [];
		}
	});
	return [...devices, ...baselineProblems(root, facts)];
}

function baselineProblems(root: LabDocument['root'], facts: LabFacts): readonly Problem[] {
	const names = [...facts.snapshots.values()].flat().flatMap(({ name }) => (name === undefined ? [] : [name]));
	const there = new Set(names.map((name) => name.toLowerCase()));
	return baselinesIn(root).flatMap(({ name, node }): Problem[] => {
		if (there.has(name.toLowerCase())) {
			return [];
		}
		const attached = facts.devices.map(({ udid }) => udid);
		return [
			{
				code: 'baseline-not-here',
				severity: 'hint',
				node,
				message: l10n.t('No device here has a snapshot {0}.', quoted(name)),
				fixes: [...replaceFix(nearest(name, names)), ...backUpFixes(attached, name, facts)],
			},
		];
	});
}
