import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note, tell } from '../ask.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, type Settled } from '../run.ts';
import { wantsGoodNews } from '../settings.ts';
import type { DeviceInfo } from '../../contract/index.ts';
import { takeSnapshot } from './backUp.ts';

/** Back Up All: every attached device at once. One that cannot be, or fails, stops no other; the sum is told at the end. */
export const backUpAll: Command = async (context) => {
	const { lab } = context;
	await lab.whenReady();
	if (lab.devices.length === 0) {
		tell(vscode.l10n.t('No iPhone or iPad is attached.'));
		return;
	}
	const refusals = lab.devices.flatMap((device) => refusalOfWork(lab, device) ?? []);
	const devices = lab.devices.filter((device) => refusalOfWork(lab, device) === undefined);
	const settled = await runEach(context, devices, (device) => takeSnapshot(context, device));
	tellSum(context, settled, refusals);
};

function tellSum({ lab }: CommandContext, { done, failed, cancelled }: Settled<DeviceInfo, unknown>, refusals: readonly string[]): void {
	const all = done.length + failed.length + cancelled.length + refusals.length;
	const names = (devices: readonly DeviceInfo[]): string => devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', ');
	const sentences = [
		done.length === all
			? all === 1
				? vscode.l10n.t('The attached device is backed up.')
				: vscode.l10n.t('All {0} attached devices are backed up.', all)
			: vscode.l10n.t('{0} of {1} attached devices are backed up.', done.length, all),
		failed.length === 0 ? undefined : vscode.l10n.t('Failed: {0}.', names(failed)),
		cancelled.length === 0 ? undefined : vscode.l10n.t('Cancelled: {0}.', names(cancelled)),
		...refusals,
	];
	const message = sentences.filter((sentence) => sentence !== undefined).join(' ');
	if (failed.length + refusals.length > 0 || wantsGoodNews()) {
		tell(message);
	} else {
		note(message);
	}
}
