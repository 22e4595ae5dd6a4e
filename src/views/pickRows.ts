import * as vscode from 'vscode';
import type { AppInfo, DeviceInfo, SnapshotInfo } from '../contract/index.ts';
import { formatAge, formatBytes, formatWhen, iosText, modelText, snapshotTitle, transportText, udidEnd } from './format.ts';
import { inline, withoutIcons } from './text.ts';

/** A device that can be chosen: attached, or known from its snapshots. */
export interface KnownDevice {
	readonly udid: string;
	readonly name: string;
	/** What it says of itself while it is attached. */
	readonly attached?: DeviceInfo;
	/** Its newest snapshot. */
	readonly newest?: SnapshotInfo;
}

/** A row of a choice, and what it stands for. */
export interface PickRow<T> extends vscode.QuickPickItem {
	readonly value?: T;
	/** Why it cannot be chosen now. */
	readonly refusal?: string;
}

/** Reasons and notes may be longer than names. */
const MAX_SENTENCE = 200;

/** Between the facts of a row. */
const SEPARATOR = ' · ';

/** What a row of a device depends on beside the device. */
interface DeviceRowOptions {
	/** Why it cannot be chosen now. */
	readonly refusal?: string | undefined;
	/** Another device has its name: the end of its UDID tells the two apart. */
	readonly hasNamesake?: boolean;
}

/** A device as a row: its name, what and where it is, and its newest snapshot; why it cannot be chosen, where it cannot. */
export function deviceRow(device: KnownDevice, nowMs: number, { refusal, hasNamesake }: DeviceRowOptions = {}): PickRow<KnownDevice> {
	const { attached, newest } = device;
	return {
		value: device,
		...(refusal === undefined ? {} : { refusal }),
		label: shown(device.name),
		iconPath: new vscode.ThemeIcon('device-mobile'),
		description: factsText([
			attached === undefined ? newest?.model : modelText(attached),
			iosText(attached?.iosVersion ?? newest?.iosVersion),
			attached === undefined ? vscode.l10n.t('not attached') : transportText(attached),
			hasNamesake === true ? udidEnd(device.udid) : undefined,
		]),
		detail: refusal === undefined ? newestText(newest, nowMs) : `$(circle-slash) ${shown(refusal, MAX_SENTENCE)}`,
	};
}

function newestText(newest: SnapshotInfo | undefined, nowMs: number): string {
	if (newest === undefined) {
		return vscode.l10n.t('No snapshot yet');
	}
	const age = formatAge(newest.takenAt, nowMs);
	return newest.name === undefined
		? vscode.l10n.t('Last snapshot {0}', age)
		: vscode.l10n.t('Last snapshot {0}: {1}', age, shown(newest.name));
}

/** A snapshot as a row: its name, or its time where it has none, and its facts; why it cannot be chosen, where it cannot. */
export function snapshotRow(snapshot: SnapshotInfo, nowMs: number, refusal?: string): PickRow<SnapshotInfo> {
	const detail = refusal === undefined ? shown(snapshot.note ?? '', MAX_SENTENCE) : `$(circle-slash) ${shown(refusal, MAX_SENTENCE)}`;
	return {
		value: snapshot,
		...(refusal === undefined ? {} : { refusal }),
		label: withoutIcons(snapshotTitle(snapshot, nowMs)),
		iconPath: new vscode.ThemeIcon(snapshot.kind === 'app' ? 'package' : snapshot.encrypted ? 'lock' : 'archive'),
		description: factsText([
			snapshot.app === undefined ? undefined : vscode.l10n.t('app {0}', snapshot.app.name ?? snapshot.app.bundleId),
			snapshot.isHead
				? snapshot.kind === 'app'
					? vscode.l10n.t('the app stands here')
					: vscode.l10n.t('the device stands here')
				: undefined,
			snapshot.name === undefined ? formatAge(snapshot.takenAt, nowMs) : formatWhen(snapshot.takenAt, nowMs),
			formatBytes(snapshot.sizeBytes),
			iosText(snapshot.iosVersion),
			snapshot.encrypted ? vscode.l10n.t('encrypted') : undefined,
			snapshot.pinned ? vscode.l10n.t('pinned') : undefined,
			snapshot.trigger === 'safety' ? vscode.l10n.t('safety snapshot') : undefined,
			snapshot.damagedAt === undefined ? undefined : vscode.l10n.t('damaged'),
		]),
		...(detail === '' ? {} : { detail }),
	};
}

/** An app as a row: its name, version and identifier; why it cannot be chosen, where it cannot. */
export function appRow(app: AppInfo, refusal?: string): PickRow<AppInfo> {
	return {
		value: app,
		...(refusal === undefined ? {} : { refusal }),
		label: shown(app.name ?? app.bundleId),
		iconPath: new vscode.ThemeIcon(app.signing === 'development' ? 'beaker' : 'package'),
		description: factsText([app.version, app.name === undefined ? undefined : app.bundleId]),
		...(refusal === undefined ? {} : { detail: `$(circle-slash) ${shown(refusal, MAX_SENTENCE)}` }),
	};
}

/** Facts of one row on one line; those that are not known are left out. */
export function factsText(facts: readonly (string | undefined)[]): string {
	return facts
		.filter((fact) => fact !== undefined)
		.map((fact) => shown(fact))
		.join(SEPARATOR);
}

/** Text from outside as a row shows it. */
function shown(text: string, max?: number): string {
	return withoutIcons(inline(text, max));
}
