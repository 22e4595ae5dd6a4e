import * as vscode from 'vscode';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import { quoted } from '../../views/index.ts';
import type { CommandContext } from '../context.ts';
import { askSecret } from './askSecret.ts';
import { opens, whenLost } from './snapshotPassword.ts';

/** The backup passwords that devices have now, asked for one after the other. @throws CancellationError - one was not given. */
export async function presentPasswords(
	context: CommandContext,
	devices: readonly DeviceInfo[],
	title: string,
): Promise<{ readonly udid: string; readonly oldPassword: string }[]> {
	const known = [];
	for (const device of devices) {
		known.push({ udid: device.udid, oldPassword: await presentPassword(context, device, title) });
	}
	return known;
}

/**
 * The backup password that a device has now. The device tells nobody whether one is right before a person has entered the passcode on it, so it is
 * tried here first, on the newest encrypted snapshot. It may have been changed since: the same one, entered again, is tried on the device.
 * @throws CancellationError
 */
async function presentPassword(context: CommandContext, { udid }: DeviceInfo, title: string): Promise<string> {
	const { lab, passwords } = context;
	const newest = lab.snapshots(udid).find(({ encrypted }) => encrypted);
	const remembered = await passwords.get({ udid });
	if (remembered !== undefined && newest !== undefined && (await opens(context, newest, remembered.password))) {
		return remembered.password;
	}
	let doubted: string | undefined;
	const { value } = await askSecret({
		title,
		prompt: vscode.l10n.t('The present backup password of {0}.', quoted(lab.deviceName(udid))),
		whenLost: whenLost(),
		check: async (password) => {
			if (password === '') {
				return vscode.l10n.t('It must not be empty.');
			}
			if (newest === undefined || password === doubted || (await opens(context, newest, password))) {
				return undefined;
			}
			doubted = password;
			return vscode.l10n.t(
				'It does not open the newest encrypted snapshot. If it was changed since, press Enter once more to try it on the device.',
			);
		},
	});
	return value;
}

/**
 * Remembers a new password of a device, or that it has one that is not remembered. Snapshots that were opened with the one before keep it, each
 * for itself.
 */
export async function deviceHasPassword(context: CommandContext, udid: string, password: string | undefined): Promise<void> {
	const { lab, passwords } = context;
	const before = await passwords.get({ udid });
	if (before !== undefined) {
		for (const snapshot of lab.snapshots(udid).filter(({ encrypted }) => encrypted)) {
			await keepOwn(context, snapshot, before.password);
		}
	}
	await (password === undefined ? passwords.forget({ udid }) : passwords.set({ udid }, password));
}

async function keepOwn({ passwords }: CommandContext, { udid, id }: SnapshotInfo, password: string): Promise<void> {
	if ((await passwords.get({ udid, snapshot: id }))?.where === 'device') {
		await passwords.set({ udid, snapshot: id }, password);
	}
}
