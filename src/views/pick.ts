import * as vscode from 'vscode';
import type { AppInfo, SnapshotInfo } from '../contract/index.ts';
import type { LabSource } from './labSource.ts';
import { pickMany } from './pickMany.ts';
import { appRow, deviceRow, snapshotRow, type KnownDevice, type PickRow } from './pickRows.ts';
import type { RecentDevices } from './recent.ts';
import { unlinked } from './text.ts';

/** How a choice is put. */
export interface PickOptions<T> {
	/** The command that asks, and for what. */
	readonly title: string;
	readonly placeholder?: string;
	/** Any number may be chosen, but one at least. */
	readonly many?: boolean;
	/** Of many, the one that was used last is ticked, so that Enter alone takes it. */
	readonly ticksLast?: boolean;
	/** Milliseconds since 1970: rows say how long ago things were. */
	readonly nowMs: number;
	/** Why something cannot be chosen now, in a sentence; undefined when it can. */
	refusal?(item: T): string | undefined;
}

/** Devices that are attached, and with `stored` also those that only have snapshots; attached ones first. */
export function knownDevices(
	lab: Pick<LabSource, 'devices' | 'deviceName' | 'allSnapshots'>,
	stored: 'stored' | 'attached',
): KnownDevice[] {
	const snapshots = lab.allSnapshots();
	const attached = lab.devices.map((device) => device.udid);
	const others = stored === 'stored' ? [...snapshots].filter(([udid, own]) => own.length > 0 && !attached.includes(udid)) : [];
	return [...attached, ...others.map(([udid]) => udid)].map((udid) => {
		const device = lab.devices.find((each) => each.udid === udid);
		const newest = snapshots.get(udid)?.[0];
		return {
			udid,
			name: lab.deviceName(udid),
			...(device === undefined ? {} : { attached: device }),
			...(newest === undefined ? {} : { newest }),
		};
	});
}

/**
 * Has a person choose among devices, last used first.
 * @returns what was chosen; undefined when nothing was, or only what cannot be: then a message has said why.
 */
export async function pickDevices(
	devices: readonly KnownDevice[],
	recent: RecentDevices,
	options: PickOptions<KnownDevice>,
): Promise<readonly KnownDevice[] | undefined> {
	const hasNamesake = ({ udid, name }: KnownDevice): boolean => devices.some((other) => other.udid !== udid && other.name === name);
	const rows = recent
		.sorted(devices)
		.map((device) => deviceRow(device, options.nowMs, { refusal: options.refusal?.(device), hasNamesake: hasNamesake(device) }));
	const isTicked = ({ value, refusal }: PickRow<KnownDevice>): boolean =>
		options.ticksLast === true && refusal === undefined && value !== undefined && recent.isLast(value.udid);
	return pick(
		rows.map((row) => (isTicked(row) ? { ...row, picked: true } : row)),
		options,
	);
}

/** Has a person choose among snapshots, in the order given. @returns as of `pickDevices`. */
export async function pickSnapshots(
	snapshots: readonly SnapshotInfo[],
	options: PickOptions<SnapshotInfo>,
): Promise<readonly SnapshotInfo[] | undefined> {
	return pick(
		snapshots.map((snapshot) => snapshotRow(snapshot, options.nowMs, options.refusal?.(snapshot))),
		options,
	);
}

/** The same for one, where there is something else to choose: its rows come first. */
export async function pickSnapshotOr<T>(
	others: readonly PickRow<T>[],
	snapshots: readonly SnapshotInfo[],
	options: PickOptions<SnapshotInfo>,
): Promise<SnapshotInfo | T | undefined> {
	const rows = snapshots.map((snapshot) => snapshotRow(snapshot, options.nowMs, options.refusal?.(snapshot)));
	return (await pick<SnapshotInfo | T>([...others, ...rows], options))?.[0];
}

/** Has a person choose one of the apps of a device. @returns as of `pickDevices`. */
export async function pickApp(apps: readonly AppInfo[], options: PickOptions<AppInfo>): Promise<AppInfo | undefined> {
	const rows = apps.map((app) => appRow(app, options.refusal?.(app)));
	return (await pick(rows, options))?.[0];
}

async function pick<T>(rows: readonly PickRow<T>[], options: Omit<PickOptions<T>, 'refusal'>): Promise<readonly T[] | undefined> {
	const shown = inOrder(rows);
	const chosen = await (options.many === true ? pickMany(shown, options) : pickOne(shown, options));
	const refusals = (chosen ?? []).flatMap(({ refusal }) => refusal ?? []);
	if (refusals.length > 0) {
		void vscode.window.showInformationMessage(unlinked(refusals.join(' ')));
	}
	const values = (chosen ?? []).flatMap(({ value, refusal }) => (value === undefined || refusal !== undefined ? [] : [value]));
	return values.length === 0 ? undefined : values;
}

async function pickOne<T>(
	rows: readonly PickRow<T>[],
	{ title, placeholder }: Pick<PickOptions<T>, 'title' | 'placeholder'>,
): Promise<readonly PickRow<T>[] | undefined> {
	const row = await vscode.window.showQuickPick(rows, {
		title,
		matchOnDescription: true,
		matchOnDetail: true,
		...(placeholder === undefined ? {} : { placeHolder: placeholder }),
	});
	return row === undefined ? undefined : [row];
}

/** What can be chosen first; the rest stays in sight, with the reasons. */
function inOrder<T>(rows: readonly PickRow<T>[]): PickRow<T>[] {
	const possible = rows.filter(({ refusal }) => refusal === undefined);
	const refused = rows.filter(({ refusal }) => refusal !== undefined);
	return refused.length === 0
		? possible
		: [...possible, { label: vscode.l10n.t('Not possible now'), kind: vscode.QuickPickItemKind.Separator }, ...refused];
}
