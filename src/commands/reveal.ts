import * as vscode from 'vscode';

/** A file manager is there only where the editor's window and the files are on the same computer. */
export function revealActions(path: string): Readonly<Record<string, () => unknown>> {
	return vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined
		? { [vscode.l10n.t('Reveal')]: () => vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path)) }
		: { [vscode.l10n.t('Copy Path')]: () => vscode.env.clipboard.writeText(path) };
}
