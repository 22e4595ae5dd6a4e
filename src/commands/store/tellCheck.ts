import * as vscode from 'vscode';
import type { SnapshotCheck } from '../../contract/index.ts';
import { commandIds } from '../../contributions.ts';
import { unlinked } from '../../views/index.ts';
import { tell } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { checkedText, checkLines, damageText } from '../reports/checkLines.ts';

/** Tells what a check found: that all is whole, or what is damaged, with the files in a document. @param whole - what to say when it is. */
export function tellCheck({ documents }: CommandContext, check: SnapshotCheck, whole: string): void {
	if (check.whole) {
		tell(`${whole} ${checkedText(check)}`);
		return;
	}
	const details = vscode.l10n.t('Show Damaged Files');
	const repair = vscode.l10n.t('Repair…');
	void vscode.window
		.showWarningMessage(unlinked(`${damageText(check)} ${vscode.l10n.t('All others can be used.')}`), details, repair)
		.then((answer) => {
			if (answer === details) {
				return documents.show(vscode.l10n.t('Damage in Snapshots'), checkLines(check));
			}
			return answer === repair ? vscode.commands.executeCommand(commandIds.repairStore) : undefined;
		});
}
