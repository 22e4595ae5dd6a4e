import * as vscode from 'vscode';
import type { AppInfo, AppPackageInfo, DeviceInfo, InstallResult } from '../../contract/index.ts';
import { inline, quoted } from '../../views/index.ts';
import { note, tell } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfWork } from '../refusals.ts';
import { isCancellation, runEach, runJob } from '../run.ts';
import { wantsGoodNews } from '../settings.ts';
import type { CommandTarget } from '../../contributions.ts';
import { listApps } from './chooseApp.ts';
import { chooseBuild } from './chooseBuild.ts';

/** Install Dev Build…: an .ipa file or an .app folder onto each chosen device. The data of an app that is there stays. */
export const installBuild: Command = async (context, targets) => {
	const title = vscode.l10n.t('Install Dev Build');
	const devices = await chooseTargets(context, targets, title);
	const file = await chooseBuild(targets, title, context.now());
	await runEach(context, devices, async (device) => tellInstalled(context, await install(context, device, file)));
};

/**
 * Back Up, Then Install Dev Build…: the state that the build is going to change is kept first: the whole device, or only the data of the app
 * where that can be had. Where the backup fails, nothing is installed.
 */
export const backUpAndInstall: Command = async (context, targets) => {
	const title = vscode.l10n.t('Back Up, Then Install Dev Build');
	const devices = await chooseTargets(context, targets, title);
	const file = await chooseBuild(targets, title, context.now());
	const build = await context.client.request('apps/readPackage', { file });
	const plans = [];
	for (const device of devices) {
		plans.push({ device, app: await keepableApp(context, device, build.bundleId) });
	}
	const onlyApp = plans.some(({ app }) => app !== undefined) && (await wantsOnlyApp(title, build));
	await runEach(context, plans, async ({ device, app }) => {
		await keep(context, device, build, onlyApp ? app : undefined);
		tellInstalled(context, await install(context, device, file));
	});
};

function chooseTargets(context: CommandContext, targets: readonly CommandTarget[], title: string): Promise<readonly DeviceInfo[]> {
	return chooseDevices(context, targets, {
		title,
		placeholder: vscode.l10n.t('The devices that get the build'),
		many: context.lab.devices.length > 1,
		refusal: (device) => refusalOfWork(context.lab, device),
	});
}

/** The app as it is installed, where its data can be kept alone. */
async function keepableApp(context: CommandContext, device: DeviceInfo, bundleId: string): Promise<AppInfo | undefined> {
	return (await listApps(context, device)).find((app) => app.bundleId === bundleId && app.signing === 'development');
}

/** @throws CancellationError */
async function wantsOnlyApp(title: string, build: AppPackageInfo): Promise<boolean> {
	const rows = [
		{
			label: vscode.l10n.t('The Data of {0}', quoted(build.name ?? build.bundleId)),
			iconPath: new vscode.ThemeIcon('beaker'),
			detail: vscode.l10n.t('Takes seconds and no passcode. Keychain items and permissions are not a part of it.'),
			onlyApp: true,
		},
		{
			label: vscode.l10n.t('The Whole Device'),
			iconPath: new vscode.ThemeIcon('device-mobile'),
			detail: vscode.l10n.t('Takes minutes, and most devices ask for their passcode.'),
			onlyApp: false,
		},
	];
	const chosen = await vscode.window.showQuickPick(rows, {
		title,
		placeHolder: vscode.l10n.t('What is to be kept before the build goes on'),
	});
	if (chosen === undefined) {
		throw new vscode.CancellationError();
	}
	return chosen.onlyApp;
}

/** Keeps what the build is going to change. @throws CancellationError, or what the backup failed with: then nothing is to be installed. */
async function keep(context: CommandContext, { udid }: DeviceInfo, build: AppPackageInfo, app: AppInfo | undefined): Promise<void> {
	const said = vscode.l10n.t('Before the installation of {0}.', buildText(build));
	const wishes = { udid, trigger: 'before-deploy', note: said };
	try {
		await (app === undefined
			? runJob(context, 'snapshots/take', wishes)
			: runJob(context, 'apps/snapshot', { ...wishes, bundleId: app.bundleId, onlyIfChanged: true }));
	} catch (error) {
		if (!isCancellation(error)) {
			void vscode.window.showWarningMessage(
				vscode.l10n.t('{0} was not backed up, so nothing was installed on it.', quoted(context.lab.deviceName(udid))),
			);
		}
		throw error;
	}
}

function install(context: CommandContext, { udid }: DeviceInfo, file: string): Promise<InstallResult> {
	return runJob(context, 'apps/install', { udid, file });
}

function tellInstalled({ lab }: CommandContext, { udid, app, before }: InstallResult): void {
	const [build, device] = [buildText(app), quoted(lab.deviceName(udid))];
	const message =
		before === undefined
			? vscode.l10n.t('{0} is installed on {1}.', build, device)
			: vscode.l10n.t('{0} is installed on {1}, in the place of {2}. Its data is as it was.', build, device, versionText(before) ?? '?');
	(wantsGoodNews() ? tell : note)(message);
}

/** `“Probe” 1.2 (7)`. */
function buildText({ bundleId, name, ...build }: Pick<AppInfo, 'bundleId' | 'name' | 'version' | 'build'>): string {
	return [quoted(name ?? bundleId), versionText(build)].filter((part) => part !== undefined).join(' ');
}

function versionText({ version, build }: Pick<AppInfo, 'version' | 'build'>): string | undefined {
	return version === undefined || build === undefined ? inlined(version ?? build) : `${inline(version)} (${inline(build)})`;
}

function inlined(text: string | undefined): string | undefined {
	return text === undefined ? undefined : inline(text);
}
