import * as vscode from 'vscode';
import { settingIds } from '../contributions.ts';

/** Whether what ended well is worth a notification to whoever looks at this window; the views tell the others, and what failed. */
export function wantsGoodNews(): boolean {
	return vscode.window.state.focused && vscode.workspace.getConfiguration().get<string>(settingIds.notifications) === 'all';
}

/** Whether a roll-back takes a snapshot of the present state first, unless it is told not to. */
export function takesSafetySnapshot(): boolean {
	return vscode.workspace.getConfiguration().get<boolean>(settingIds.safetySnapshot) ?? true;
}

/** What *Clean Up Snapshots…* keeps. */
export function retentionPolicy(): string {
	return vscode.workspace.getConfiguration().get<string>(settingIds.retentionPolicy) ?? '';
}
