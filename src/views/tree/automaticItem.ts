import * as vscode from 'vscode';
import type { AutomaticReport, AutomaticRules, AutomaticState } from '../../contract/index.ts';
import { formatAge, formatWhen } from '../format.ts';
import { joined, rowColors, sentences, type RowIcon, type RowItem } from './item.ts';

/** Whether a device is backed up automatically, when next, or why it waits. */
export function automaticItem(report: AutomaticReport, udid: string, nowMs: number): RowItem {
	const state = stateOf(report, udid);
	const text = automaticText(report, udid, nowMs);
	const isOn = report.rules !== undefined;
	return {
		label: vscode.l10n.t('Automatic backup'),
		description: text,
		icon: iconOf(isOn, state),
		words: ['automatic', isOn ? 'automaticOn' : 'automaticOff'],
		spoken: sentences([
			vscode.l10n.t('Automatic backup: {0}.', text),
			state?.lastSnapshotAt === undefined ? undefined : vscode.l10n.t('It was last backed up {0}.', formatAge(state.lastSnapshotAt, nowMs)),
		]),
	};
}

/** The same as text alone: `off`, `on · next: Today, 22:00`, `on · waits until it is unlocked`. */
export function automaticText(report: AutomaticReport, udid: string, nowMs: number): string {
	const { rules } = report;
	if (rules === undefined) {
		return vscode.l10n.t('off');
	}
	const state = stateOf(report, udid);
	return joined([vscode.l10n.t('on'), state === undefined ? undefined : reasonText(state, rules, nowMs)]);
}

function stateOf({ devices }: AutomaticReport, udid: string): AutomaticState | undefined {
	return devices.find((state) => state.udid === udid);
}

function reasonText({ reason, until, lastSnapshotAt }: AutomaticState, rules: AutomaticRules, nowMs: number): string {
	const when = until === undefined ? undefined : formatWhen(until, nowMs);
	const next = when === undefined ? undefined : vscode.l10n.t('next: {0}', when);
	const texts: Record<AutomaticState['reason'], () => string> = {
		'backing-up': () => vscode.l10n.t('backing up now'),
		queued: () => vscode.l10n.t('next, when others are done'),
		busy: () => vscode.l10n.t('waits until it is free'),
		fresh: () =>
			joined([
				lastSnapshotAt === undefined ? undefined : vscode.l10n.t('backed up {0}', formatWhen(lastSnapshotAt, nowMs)),
				next ?? vscode.l10n.t('next when it is attached again'),
			]),
		'next-attach': () => vscode.l10n.t('next when it is attached again'),
		'outside-window': () => next ?? vscode.l10n.t('waits for its time of day'),
		'not-paired': () => vscode.l10n.t('waits until it trusts this computer'),
		wifi: () => vscode.l10n.t('waits for the cable'),
		'not-charging': () => vscode.l10n.t('waits until it is charging'),
		'battery-low': () => vscode.l10n.t('waits until its battery is at {0} %', rules.minBatteryPercent),
		locked: () => vscode.l10n.t('waits until it is unlocked'),
		'no-space': () => vscode.l10n.t('waits for space on this computer'),
		failed: () => joined([vscode.l10n.t('the last one failed'), next]),
		cancelled: () => joined([vscode.l10n.t('the last one was cancelled'), next]),
	};
	return texts[reason]();
}

function iconOf(isOn: boolean, state: AutomaticState | undefined): RowIcon {
	if (!isOn) {
		return { name: 'circle-slash' };
	}
	switch (state?.reason) {
		case 'backing-up':
			return { name: 'sync~spin', color: rowColors.running };
		case 'failed':
			return { name: 'warning', color: rowColors.damaged };
		default:
			return { name: 'calendar' };
	}
}
