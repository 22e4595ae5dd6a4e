import * as vscode from 'vscode';

interface ManyOptions {
	readonly title: string;
	readonly placeholder?: string;
}

/**
 * Has a person tick rows of a list. The editor's own list closes without a word when Enter is pressed and nothing is ticked; here Enter then
 * takes the row that must be meant: the one that the keyboard is on, or the only one that what was typed leaves. Else the list stays open.
 *
 * Rows with `picked` are ticked until something is typed: what is out of sight then would be taken along unseen.
 *
 * @returns the rows; undefined when the list was closed
 */
export function pickMany<Row extends vscode.QuickPickItem>(
	rows: readonly Row[],
	{ title, placeholder }: ManyOptions,
): Promise<readonly Row[] | undefined> {
	const pick = vscode.window.createQuickPick<Row>();
	pick.title = title;
	pick.placeholder = placeholder;
	pick.canSelectMany = true;
	pick.matchOnDescription = true;
	pick.matchOnDetail = true;
	pick.items = rows;
	let ticked = rows.filter(({ picked }) => picked === true);
	pick.selectedItems = ticked;
	return new Promise<readonly Row[] | undefined>((resolve) => {
		pick.onDidChangeValue(() => {
			if (ticked.length > 0 && pick.selectedItems.every((row) => ticked.includes(row))) {
				pick.selectedItems = [];
			}
			ticked = [];
		});
		pick.onDidAccept(() => {
			const chosen = pick.selectedItems.length > 0 ? pick.selectedItems : meantBy(pick);
			if (chosen.length === 0) {
				pick.title = vscode.l10n.t('{0}: tick one at least', title);
				return;
			}
			resolve(chosen);
			pick.hide();
		});
		pick.onDidHide(() => resolve(undefined));
		pick.show();
	}).finally(() => pick.dispose());
}

function meantBy<Row extends vscode.QuickPickItem>({ activeItems, items, value }: vscode.QuickPick<Row>): readonly Row[] {
	if (activeItems.length > 0) {
		return activeItems.slice(0, 1);
	}
	const text = value.trim().toLowerCase();
	const fitting = items.filter(
		({ kind, label, description, detail }) =>
			kind !== vscode.QuickPickItemKind.Separator && [label, description, detail].some((part) => part?.toLowerCase().includes(text)),
	);
	return text !== '' && fitting.length === 1 ? fitting : [];
}
