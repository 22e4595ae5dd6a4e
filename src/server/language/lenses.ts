import * as l10n from '@vscode/l10n';
import type { Node } from 'jsonc-parser';
import { LANGUAGE_COMMANDS } from '../../contract/index.ts';
import { commandIds } from '../../contributions.ts';
import type { LabDocument } from './document/labDocument.ts';
import { labDevicesIn } from './document/labFileTree.ts';
import type { LabFacts } from './lookup/facts.ts';
import { findDevice } from './lookup/findDevice.ts';

/** A command above a line. */
export interface Lens {
	readonly node: Node;
	readonly title: string;
	readonly command: string;
	readonly argument: Readonly<Record<string, unknown>>;
}

/** What can be done with each device of a lab file, above its name. */
export function lenses({ kind, root }: LabDocument, facts: LabFacts): readonly Lens[] {
	if (kind !== 'lab' || !facts.isKnown) {
		return [];
	}
	return labDevicesIn(root).flatMap(({ name, key }): Lens[] => {
		const found = findDevice(name, facts);
		if (found.kind === 'unmapped') {
			return [{ node: key, title: l10n.t('Choose Its Phone…'), command: LANGUAGE_COMMANDS.choosePhone, argument: { name } }];
		}
		if (found.kind !== 'device') {
			return [];
		}
		const lens = (title: string, command: string): Lens => ({ node: key, title, command, argument: { udid: found.udid } });
		const hasSnapshots = (facts.snapshots.get(found.udid)?.length ?? 0) > 0;
		return [
			...(found.isAttached ? [lens(l10n.t('Back Up Now'), commandIds.backUp)] : []),
			...(found.isAttached && hasSnapshots ? [lens(l10n.t('Roll Back…'), commandIds.rollBack)] : []),
			lens(found.isAttached ? l10n.t('Open Timeline') : l10n.t('Open Timeline (not attached)'), commandIds.openTimeline),
		];
	});
}
