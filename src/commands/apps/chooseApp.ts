import * as vscode from 'vscode';
import type { AppInfo, DeviceInfo } from '../../contract/index.ts';
import type { CommandTarget } from '../../contributions.ts';
import { inline, pickApp, quoted } from '../../views/index.ts';
import { tell, whileAsking } from '../ask.ts';
import { chooseDevice, warn } from '../choose.ts';
import type { CommandContext } from '../context.ts';
import { refusalOfWork } from '../refusals.ts';

/** An app on an attached device. */
export interface ChosenApp {
	readonly device: DeviceInfo;
	readonly app: AppInfo;
}

interface AppChoice {
	/** The command that asks. */
	readonly title: string;
	readonly placeholder: string;
	/** Why one cannot be acted on, in a sentence; undefined when it can. */
	refusal?(app: AppInfo): string | undefined;
}

/**
 * The app that a command acts on: that of the row, else what a person chooses on the device.
 * @throws CancellationError - none was chosen, or it cannot be acted on; a message has said why.
 */
export async function chooseApp(context: CommandContext, targets: readonly CommandTarget[], choice: AppChoice): Promise<ChosenApp> {
	const { lab, now } = context;
	const { title, placeholder } = choice;
	const device = await chooseDevice(context, targets, {
		title,
		placeholder: vscode.l10n.t('The device that has the app'),
		refusal: (each) => refusalOfWork(lab, each),
	});
	const bundleId = bundleIdOf(context, targets[0]);
	const apps = await listApps(context, device);
	const name = quoted(lab.deviceName(device.udid));
	if (bundleId !== undefined) {
		const app = apps.find((each) => each.bundleId === bundleId);
		const refusal = app === undefined ? vscode.l10n.t('{0} is not installed on {1}.', inline(bundleId), name) : choice.refusal?.(app);
		if (app === undefined || refusal !== undefined) {
			warn([refusal ?? '']);
			throw new vscode.CancellationError();
		}
		return { device, app };
	}
	if (apps.length === 0) {
		tell(vscode.l10n.t('No app is installed on {0} beside those of the system.', name));
	}
	const options = { title, placeholder, nowMs: now(), refusal: (app: AppInfo) => choice.refusal?.(app) };
	const app = apps.length === 0 ? undefined : await pickApp(apps, options);
	if (app === undefined) {
		throw new vscode.CancellationError();
	}
	return { device, app };
}

/** The app of a row: its own, or that whose data a snapshot holds. */
export function bundleIdOf({ lab }: CommandContext, target: CommandTarget | undefined): string | undefined {
	const { udid, snapshot, bundleId } = target ?? {};
	return bundleId ?? (udid === undefined || snapshot === undefined ? undefined : lab.snapshot(udid, snapshot)?.app?.bundleId);
}

/** The apps that people installed on a device, by name. */
export function listApps({ lab, client }: CommandContext, { udid }: DeviceInfo): Promise<readonly AppInfo[]> {
	return whileAsking(vscode.l10n.t('Asking {0} for its apps…', quoted(lab.deviceName(udid))), (token) =>
		client.request('apps/list', { udid }, token),
	);
}

/** Why the data of an app cannot be had alone; undefined where it can, or only the device knows. */
export function refusalOfData(app: AppInfo): string | undefined {
	return app.signing === 'store'
		? vscode.l10n.t(
				'{0} is not signed for development, and iOS gives out the data of no other app. A backup of the whole device has it.',
				quoted(app.name ?? app.bundleId),
			)
		: undefined;
}
