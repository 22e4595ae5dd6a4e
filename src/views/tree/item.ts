import * as vscode from 'vscode';

/** What a row shows, as plain data: so that a change can be told, and a test can look at it. */
export interface RowItem {
	readonly label: string;
	readonly description?: string;
	readonly icon: RowIcon;
	/** Words that menus match; the first is the kind of row. */
	readonly words: readonly string[];
	readonly collapsed?: 'collapsed' | 'expanded';
	/** A sentence for screen readers: everything that icon and description say. */
	readonly spoken: string;
}

export interface RowIcon {
	readonly name: string;
	/** A theme colour that goes with the icon, never instead of it. */
	readonly color?: string;
}

/** Colours that this extension contributes. */
export const rowColors = {
	waiting: 'deviceLab.waitingForeground',
	running: 'deviceLab.runningForeground',
	damaged: 'deviceLab.damagedForeground',
	head: 'deviceLab.headForeground',
} as const;

const STATES = {
	collapsed: vscode.TreeItemCollapsibleState.Collapsed,
	expanded: vscode.TreeItemCollapsibleState.Expanded,
	none: vscode.TreeItemCollapsibleState.None,
};

/** A row as the editor draws it. Its tooltip comes later, when it is asked for. */
export function treeItem(id: string, shown: RowItem): vscode.TreeItem {
	const item = new vscode.TreeItem(shown.label, STATES[shown.collapsed ?? 'none']);
	item.id = id;
	item.description = shown.description;
	item.iconPath = new vscode.ThemeIcon(
		shown.icon.name,
		shown.icon.color === undefined ? undefined : new vscode.ThemeColor(shown.icon.color),
	);
	item.contextValue = shown.words.join(';');
	item.accessibilityInformation = { label: shown.spoken };
	return item;
}

/** Parts of a description on one line; those that are not known are left out. */
export function joined(parts: readonly (string | undefined)[]): string {
	return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** Sentences for a screen reader; those that do not apply are left out. */
export function sentences(parts: readonly (string | undefined)[]): string {
	return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
