import * as vscode from 'vscode';
import type { DeviceInfo, SnapshotInfo } from '../contract/index.ts';
import { commandIds, type CommandId, type CommandTarget } from '../contributions.ts';
import { knownDevices, pickDevices, pickSnapshots, quoted, unlinked, type KnownDevice, type PickOptions } from '../views/index.ts';
import type { CommandContext } from './context.ts';
import { notAttached } from './refusals.ts';

/** What a command acts on, and how it asks when it was not told. */
interface Choice<T> {
	/** The command that asks. */
	readonly title: string;
	readonly placeholder?: string;
	readonly many?: boolean;
	/** Of many, the one that was used last is ticked: for what is no harm on the wrong one. */
	readonly ticksLast?: boolean;
	/** Why one cannot be acted on now, in a sentence; undefined when it can. */
	refusal?(item: T): string | undefined;
}

/**
 * The attached devices that a command acts on: those of the rows, else what a person chooses.
 * @throws CancellationError - none was chosen, or none can be acted on; a message has said why.
 */
export async function chooseDevices(
	context: CommandContext,
	targets: readonly CommandTarget[],
	choice: Choice<DeviceInfo>,
): Promise<readonly DeviceInfo[]> {
	const { lab, recent } = context;
	await lab.whenReady();
	const udids = [...new Set(targets.flatMap(({ udid }) => udid ?? []))];
	const devices = udids.length > 0 ? ofRows(context, udids, choice) : await ofPicker(context, choice);
	devices.forEach(({ udid }) => recent.used(udid));
	return atLeastOne(devices);
}

/** As `chooseDevices`, for commands that act on one. */
export async function chooseDevice(
	context: CommandContext,
	targets: readonly CommandTarget[],
	choice: Choice<DeviceInfo>,
): Promise<DeviceInfo> {
	return first(await chooseDevices(context, targets.slice(0, 1), choice));
}

function ofRows({ lab }: CommandContext, udids: readonly string[], choice: Choice<DeviceInfo>): DeviceInfo[] {
	const refusals: string[] = [];
	const devices = udids.flatMap((udid) => {
		const device = lab.device(udid);
		const refusal = device === undefined ? notAttached(lab, udid) : choice.refusal?.(device);
		refusals.push(...(refusal === undefined ? [] : [refusal]));
		return device === undefined || refusal !== undefined ? [] : [device];
	});
	warn(refusals);
	return devices;
}

/** Says why something is not done, each reason once. */
export function warn(refusals: readonly string[]): void {
	if (refusals.length > 0) {
		void vscode.window.showWarningMessage(unlinked([...new Set(refusals)].join(' ')));
	}
}

async function ofPicker(context: CommandContext, choice: Choice<DeviceInfo>): Promise<DeviceInfo[]> {
	const { lab, recent } = context;
	const devices = knownDevices(lab, 'attached');
	if (devices.length === 0) {
		tellNoDevice();
		throw new vscode.CancellationError();
	}
	const picked = await pickDevices(devices, recent, {
		...optionsOf(context, choice),
		refusal: ({ attached }) => (attached === undefined ? undefined : choice.refusal?.(attached)),
	});
	return (picked ?? []).flatMap(({ attached }) => attached ?? []);
}

/** Says that nothing is attached, and what can be done about it. */
function tellNoDevice(): void {
	const check = vscode.l10n.t('Check This Computer');
	const virtual = vscode.l10n.t('Start Virtual Lab');
	void vscode.window.showInformationMessage(vscode.l10n.t('No iPhone or iPad is attached.'), check, virtual).then((answer) => {
		if (answer !== undefined) {
			void vscode.commands.executeCommand(answer === check ? commandIds.checkComputer : commandIds.startVirtualLab);
		}
	});
}

/** A message that says why there is nothing to choose, with the command that leads on. */
interface Hint {
	readonly message: string;
	readonly action?: { readonly title: string; readonly command: CommandId };
}

/** Which devices' snapshots are offered, and which of them. */
interface SnapshotChoice extends Choice<SnapshotInfo> {
	/** Offered at all; all are when it is absent. */
	filter?(snapshot: SnapshotInfo): boolean;
	/** What is said where there are snapshots, and none passes the filter. */
	readonly none?: Hint;
	/** Offer snapshots of attached devices only. */
	readonly attachedOnly?: boolean;
	/** Takes the only one that there is without asking. */
	readonly takeOnly?: boolean;
	/** Why the snapshots of a device cannot be acted on now, in a sentence; undefined when they can. */
	deviceRefusal?(udid: string): string | undefined;
}

/**
 * The snapshots that a command acts on: those of the rows; of a device's row, what a person chooses among its own; else a device is asked for
 * first.
 * @throws CancellationError - none was chosen, or none can be acted on; a message has said why.
 */
export async function chooseSnapshots(
	context: CommandContext,
	targets: readonly CommandTarget[],
	choice: SnapshotChoice,
): Promise<readonly SnapshotInfo[]> {
	const { lab, recent } = context;
	await lab.whenReady();
	const named = (await Promise.all(targets.map((target) => ofRow(context, target)))).flat();
	const refusal = (snapshot: SnapshotInfo): string | undefined => choice.deviceRefusal?.(snapshot.udid) ?? choice.refusal?.(snapshot);
	if (named.length > 0) {
		warn(named.flatMap((snapshot) => refusal(snapshot) ?? []));
		return atLeastOne(named.filter((snapshot) => refusal(snapshot) === undefined));
	}
	const asked = targets.find((target) => target.udid !== undefined)?.udid;
	const askedRefusal = asked === undefined ? undefined : choice.deviceRefusal?.(asked);
	if (askedRefusal !== undefined) {
		warn([askedRefusal]);
		throw new vscode.CancellationError();
	}
	const udid = asked ?? (await chooseHistory(context, choice)).udid;
	recent.used(udid);
	const offered = lab.snapshots(udid).filter((snapshot) => choice.filter?.(snapshot) ?? true);
	if (offered.length === 0) {
		tellNoSnapshot(context, udid, lab.snapshots(udid).length > 0 ? choice.none : undefined);
	}
	if (choice.takeOnly === true && offered.length === 1) {
		return offered;
	}
	const picked = offered.length === 0 ? undefined : await pickSnapshots(offered, { ...optionsOf(context, choice), ...refusalOf(choice) });
	return atLeastOne(picked ?? []);
}

/** As `chooseSnapshots`, for commands that act on one. */
export async function chooseSnapshot(
	context: CommandContext,
	targets: readonly CommandTarget[],
	choice: SnapshotChoice,
): Promise<SnapshotInfo> {
	return first(await chooseSnapshots(context, targets.slice(0, 1), choice));
}

/** A key binding may name a snapshot as people do; one that was taken a moment ago may not be in the lists yet. */
async function ofRow({ lab }: CommandContext, { udid, snapshot }: CommandTarget): Promise<SnapshotInfo[]> {
	if (udid === undefined || snapshot === undefined) {
		return [];
	}
	const find = (): SnapshotInfo | undefined => lab.snapshot(udid, snapshot) ?? lab.snapshots(udid).find(({ name }) => name === snapshot);
	let found = find();
	if (found === undefined) {
		await lab.refresh();
		found = find();
	}
	if (found === undefined) {
		warn([vscode.l10n.t('This snapshot is no longer there.')]);
		throw new vscode.CancellationError();
	}
	return [found];
}

/** The device whose snapshots are meant. With one there is nothing to ask. */
async function chooseHistory({ lab, recent, now }: CommandContext, choice: SnapshotChoice): Promise<KnownDevice> {
	const devices = knownDevices(lab, choice.attachedOnly === true ? 'attached' : 'stored').filter(({ udid }) =>
		lab.snapshots(udid).some((snapshot) => choice.filter?.(snapshot) ?? true),
	);
	const refusal = ({ udid }: KnownDevice): string | undefined => choice.deviceRefusal?.(udid);
	const [only, ...others] = devices;
	if (only === undefined) {
		tellNone({ lab }, choice);
		throw new vscode.CancellationError();
	}
	if (others.length === 0 && refusal(only) === undefined) {
		return only;
	}
	const placeholder = vscode.l10n.t('Choose a device');
	return first((await pickDevices(devices, recent, { title: choice.title, placeholder, nowMs: now(), refusal })) ?? []);
}

/** Says why no device can be offered, and what leads on. */
function tellNone({ lab }: Pick<CommandContext, 'lab'>, { attachedOnly, none }: SnapshotChoice): void {
	const isAttached = (udid: string): boolean => lab.device(udid) !== undefined;
	const hasSnapshots = [...lab.allSnapshots()].some(([udid, own]) => own.length > 0 && (attachedOnly !== true || isAttached(udid)));
	if (hasSnapshots && none !== undefined) {
		hint(none);
	} else if (lab.devices.length === 0) {
		tellNoDevice();
	} else {
		const message =
			attachedOnly === true ? vscode.l10n.t('There is no snapshot of an attached device yet.') : vscode.l10n.t('There is no snapshot yet.');
		hint({ message, action: { title: vscode.l10n.t('Back Up Now'), command: commandIds.backUp } });
	}
}

/** The same for one device. @param none - what is said where it has snapshots. */
function tellNoSnapshot({ lab }: CommandContext, udid: string, none: Hint | undefined): void {
	if (none !== undefined) {
		hint(none, { udid });
		return;
	}
	const message = vscode.l10n.t('There is no snapshot of {0} yet.', unlinked(quoted(lab.deviceName(udid))));
	hint({ message, action: { title: vscode.l10n.t('Back Up Now'), command: commandIds.backUp } }, { udid });
}

function hint({ message, action }: Hint, target?: CommandTarget): void {
	const titles = action === undefined ? [] : [action.title];
	void vscode.window.showInformationMessage(message, ...titles).then((answer) => {
		if (action !== undefined && answer === action.title) {
			void vscode.commands.executeCommand(action.command, ...(target === undefined ? [] : [target]));
		}
	});
}

function optionsOf({ now }: CommandContext, choice: Choice<never>): Omit<PickOptions<never>, 'refusal'> {
	const { title, placeholder, many, ticksLast } = choice;
	return {
		title,
		...(ticksLast === undefined ? {} : { ticksLast }),
		nowMs: now(),
		...(placeholder === undefined ? {} : { placeholder }),
		...(many === undefined ? {} : { many }),
	};
}

function refusalOf(choice: SnapshotChoice): Pick<SnapshotChoice, 'refusal'> {
	return choice.refusal === undefined ? {} : { refusal: (snapshot) => choice.refusal?.(snapshot) };
}

function first<T>(items: readonly T[]): T {
	const [item] = items;
	if (item === undefined) {
		throw new vscode.CancellationError();
	}
	return item;
}

function atLeastOne<T>(items: readonly T[]): readonly T[] {
	first(items);
	return items;
}
