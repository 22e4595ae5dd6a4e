import * as vscode from 'vscode';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import { commandIds } from '../../contributions.ts';
import { formatBytes, quoted } from '../../views/index.ts';
import { note, tell } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';
import { wantsGoodNews } from '../settings.ts';

/**
 * Back Up Now: takes a snapshot of each chosen device, all at once. Asks for nothing but the device: a name can be given afterwards, unless
 * whoever called it gave one.
 */
export const backUp: Command = async (context, targets) => {
	const devices = await chooseDevices(context, targets, {
		title: vscode.l10n.t('Back Up Now'),
		placeholder: vscode.l10n.t('The devices to back up'),
		many: context.lab.devices.length > 1,
		ticksLast: true,
		refusal: (device) => refusalOfWork(context.lab, device),
	});
	const name = targets.find((target) => target.name !== undefined)?.name;
	await runEach(context, devices, async (device) => tellTaken(context, await takeSnapshot(context, device, name)));
};

/** Backs a device up, as a person asked for it. */
export function takeSnapshot(context: CommandContext, { udid }: DeviceInfo, name?: string): Promise<SnapshotInfo> {
	return runJob(context, 'snapshots/take', { udid, trigger: 'manual', ...(name === undefined ? {} : { name }) });
}

function tellTaken({ lab }: CommandContext, snapshot: SnapshotInfo): void {
	const { udid, id } = snapshot;
	const message = vscode.l10n.t(
		'{0} is backed up: {1}, of which {2} are new.',
		quoted(lab.deviceName(udid)),
		formatBytes(snapshot.sizeBytes),
		formatBytes(snapshot.addedBytes),
	);
	if (wantsGoodNews()) {
		tell(message, {
			[vscode.l10n.t('Name It…')]: () => vscode.commands.executeCommand(commandIds.nameSnapshot, { udid, snapshot: id }),
		});
	} else {
		note(message);
	}
}
