import * as vscode from 'vscode';
import { readTimeWindow, type AutomaticMode, type AutomaticRules } from '../contract/index.ts';
import { withBaselines, type LabFile } from '../contract/index.ts';
import { settingIds } from '../contributions.ts';

/** Whether what ended well is worth a notification to whoever looks at this window; the views tell the others, and what failed. */
export function wantsGoodNews(): boolean {
	return vscode.window.state.focused && vscode.workspace.getConfiguration().get<string>(settingIds.notifications) === 'all';
}

/** Whether a roll-back takes a snapshot of the present state first, unless it is told not to. */
export function takesSafetySnapshot(): boolean {
	return vscode.workspace.getConfiguration().get<boolean>(settingIds.safetySnapshot) ?? true;
}

/**
 * What *Clean Up Snapshots…* keeps: by the setting, else by the lab file's rules, else by the setting's default. The lab file's baselines stay
 * with any rules.
 */
export function retentionPolicy(lab: Pick<LabFile, 'baselines' | 'retention'> = { baselines: [] }): string {
	const settings = vscode.workspace.getConfiguration();
	const written = settings.inspect<string>(settingIds.retentionPolicy);
	const own = written?.workspaceFolderValue ?? written?.workspaceValue ?? written?.globalValue;
	return withBaselines(own ?? lab.retention ?? settings.get<string>(settingIds.retentionPolicy) ?? '', lab);
}

/** When devices are backed up automatically; `off` also for what is no mode. */
export function automaticMode(): AutomaticMode | 'off' {
	const mode: unknown = vscode.workspace.getConfiguration().get(settingIds.automaticMode);
	return mode === 'onAttach' || mode === 'inWindow' || mode === 'both' ? mode : 'off';
}

/** The window of the day where the settings name none that can be read. */
const NIGHT = '22:00-06:00';

/** The rules of automatic backups as they are set; undefined while they are off. People may write anything there: what is no value counts as the default. */
export function automaticRules(): AutomaticRules | undefined {
	const mode = automaticMode();
	if (mode === 'off') {
		return undefined;
	}
	const settings = vscode.workspace.getConfiguration();
	const number = (id: string, otherwise: number, least: number, most: number): number => {
		const value: unknown = settings.get(id);
		return typeof value === 'number' && value >= least && value <= most ? value : otherwise;
	};
	const window: unknown = settings.get(settingIds.automaticWindow);
	return {
		mode,
		window: typeof window === 'string' && readTimeWindow(window) !== undefined ? window : NIGHT,
		everyHours: number(settingIds.automaticEveryHours, 12, 1, 24 * 365),
		minBatteryPercent: number(settingIds.automaticMinBattery, 30, 0, 100),
		onlyWhenCharging: settings.get(settingIds.automaticOnlyWhenCharging) === true,
		overWifi: settings.get(settingIds.automaticOverWifi) === true,
	};
}
