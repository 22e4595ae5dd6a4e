import * as vscode from 'vscode';
import { LANGUAGE_COMMANDS, type SnapshotInfo } from '../contract/index.ts';
import { knownDevices, pickDevices, quoted, showFailure, type LabSource, type RecentDevices } from '../views/index.ts';
import { isCancellation } from './run.ts';
import { targetsOf } from './targets.ts';

/** What the commands of language features work with. */
export interface LanguageCommandDeps {
	readonly lab: LabSource;
	readonly log: vscode.LogOutputChannel;
	/** Shared with whoever else asks for devices. */
	readonly recent: RecentDevices;
	/** Which phone stands for which name of the lab file here. */
	readonly names: { map(friendlyName: string, udid: string): Promise<void> };
	/** Asks for a password, unless the remembered one is right. @throws CancellationError */
	readonly snapshotPassword: (snapshot: SnapshotInfo, title: string) => Promise<string | undefined>;
	/** Milliseconds since 1970. */
	readonly now: () => number;
}

/** Registers what quick fixes and code lenses do that no command of the palette does. */
export function registerLanguageCommands(deps: LanguageCommandDeps): vscode.Disposable {
	const register = (id: string, act: (argument: unknown) => Promise<void>): vscode.Disposable =>
		vscode.commands.registerCommand(id, async (argument: unknown) => {
			try {
				await act(argument);
			} catch (error) {
				if (!isCancellation(error)) {
					void showFailure(error, deps.log);
				}
			}
		});
	return vscode.Disposable.from(
		register(LANGUAGE_COMMANDS.enterPassword, (argument) => enterPassword(deps, argument)),
		register(LANGUAGE_COMMANDS.choosePhone, (argument) => choosePhone(deps, argument)),
	);
}

async function enterPassword({ lab, snapshotPassword }: LanguageCommandDeps, argument: unknown): Promise<void> {
	await lab.whenReady();
	const [{ udid = '', snapshot: id = '' } = {}] = targetsOf(argument, undefined);
	const snapshot = lab.snapshot(udid, id);
	if (snapshot !== undefined) {
		await snapshotPassword(snapshot, vscode.l10n.t('Enter Password'));
	}
}

async function choosePhone({ lab, recent, names, now }: LanguageCommandDeps, argument: unknown): Promise<void> {
	const name: unknown = (argument as { name?: unknown } | null | undefined)?.name;
	if (typeof name !== 'string') {
		return;
	}
	await lab.whenReady();
	const devices = knownDevices(lab, 'stored');
	if (devices.length === 0) {
		void vscode.window.showInformationMessage(vscode.l10n.t('No device is attached.'));
		return;
	}
	const picked = await pickDevices(devices, recent, {
		title: vscode.l10n.t('Choose Phone'),
		placeholder: vscode.l10n.t('Which of your devices is {0} of the lab file?', quoted(name)),
		nowMs: now(),
	});
	const udid = picked?.[0]?.udid;
	if (udid !== undefined) {
		await names.map(name, udid);
	}
}
