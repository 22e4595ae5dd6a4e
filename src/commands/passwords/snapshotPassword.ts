import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { quoted, snapshotPhrase } from '../../views/index.ts';
import { whileAsking } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { askSecret } from './askSecret.ts';

/**
 * The password that opens a snapshot, tried before it is answered: the remembered one, else the one that a person types, until it is right. A
 * remembered one that is wrong is forgotten where it was meant for this snapshot alone.
 *
 * @returns undefined for a snapshot that is not encrypted.
 * @throws CancellationError
 */
export async function snapshotPassword(context: CommandContext, snapshot: SnapshotInfo, title: string): Promise<string | undefined> {
	if (!snapshot.encrypted) {
		return undefined;
	}
	const { lab, passwords, now } = context;
	const { udid, id } = snapshot;
	const remembered = await passwords.get({ udid, snapshot: id });
	if (remembered !== undefined) {
		const checking = vscode.l10n.t('Trying the remembered password…');
		if (await whileAsking(checking, (token) => opens(context, snapshot, remembered.password, token))) {
			return remembered.password;
		}
		if (remembered.where === 'snapshot') {
			await passwords.forget({ udid, snapshot: id });
		}
	}
	const device = quoted(lab.deviceName(udid));
	// The device's later snapshots have the same one until it is changed; a wrong guess costs a second question.
	const isForDevice = remembered === undefined && isNewest(context, snapshot);
	const { value, remember } = await askSecret({
		title,
		prompt: vscode.l10n.t('The backup password of {0} of {1}.', snapshotPhrase(snapshot, now()), device),
		offersToRemember: true,
		keptWhere: isForDevice
			? vscode.l10n.t("It is kept in the editor's secret storage, for all snapshots of {0} that it opens.", device)
			: vscode.l10n.t("It is kept in the editor's secret storage, for this snapshot."),
		whenLost: whenLost(),
		check: async (password) => ((await opens(context, snapshot, password)) ? undefined : wrongPassword()),
	});
	if (remember) {
		await passwords.set(isForDevice ? { udid } : { udid, snapshot: id }, value);
	}
	return value;
}

/** Whether a password opens a snapshot; tried here, and never on the device. */
export async function opens(
	{ client }: CommandContext,
	{ udid, id }: SnapshotInfo,
	password: string,
	token?: vscode.CancellationToken,
): Promise<boolean> {
	if (password === '') {
		return false;
	}
	return (await client.request('snapshots/checkPassword', { udid, snapshot: id, password }, token)).correct;
}

/** How iOS handles a backup password that nobody knows any more. */
export function whenLost(): string {
	return vscode.l10n.t(
		'Nobody can open a snapshot without its password: not Apple, and not this extension. For later backups the device can forget it: Settings › General › Transfer or Reset › Reset › Reset All Settings, which keeps apps and data, and takes settings such as Wi-Fi and the backup password away. Then turn encryption on again with a new one.',
	);
}

function wrongPassword(): string {
	return vscode.l10n.t('This is not its password. It is the one that was set when the snapshot was taken, perhaps on another computer.');
}

/** Whether it has the device's present password, as far as snapshots tell. */
function isNewest({ lab }: CommandContext, { udid, id }: SnapshotInfo): boolean {
	return lab.snapshots(udid).find(({ encrypted }) => encrypted)?.id === id;
}
