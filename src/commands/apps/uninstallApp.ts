import * as vscode from 'vscode';
import { formatAge, formatNumber, quoted } from '../../views/index.ts';
import { confirm, note } from '../ask.ts';
import type { Command } from '../context.ts';
import { runJob } from '../run.ts';
import { chooseApp, refusalOfData } from './chooseApp.ts';

/** Uninstall App…: removes an app with all its data, after its data was kept where a person wants that and iOS allows it. */
export const uninstallApp: Command = async (context, targets) => {
	const { lab, now } = context;
	const { device, app } = await chooseApp(context, targets, {
		title: vscode.l10n.t('Uninstall App'),
		placeholder: vscode.l10n.t('The app to remove with all its data'),
	});
	const { udid } = device;
	const { bundleId } = app;
	const name = quoted(app.name ?? bundleId);
	const own = lab.snapshots(udid).filter((snapshot) => snapshot.app?.bundleId === bundleId);
	const [newest] = own;
	const remove = vscode.l10n.t('Uninstall {0}', name);
	const keepFirst = vscode.l10n.t('Take App Snapshot, Then Uninstall');
	const answer = await confirm({
		message: vscode.l10n.t('Uninstall {0} from {1}?', name, quoted(lab.deviceName(udid))),
		facts: [
			vscode.l10n.t('The app and all its data are deleted from the device. What it put into the keychain stays there.'),
			newest === undefined
				? vscode.l10n.t('There is no snapshot of its data alone.')
				: vscode.l10n.t(
						'Snapshots of its data that stay here: {0}, the newest taken {1}.',
						formatNumber(own.length),
						formatAge(newest.takenAt, now()),
					),
			refusalOfData(app) ?? vscode.l10n.t('Its data can be kept first, and brought back once the app is installed again.'),
		],
		actions: app.signing === 'development' ? [keepFirst, remove] : [remove],
	});
	if (answer === keepFirst) {
		const said = vscode.l10n.t('Before the app was uninstalled.');
		await runJob(context, 'apps/snapshot', { udid, bundleId, trigger: 'safety', note: said, onlyIfChanged: true });
	}
	await runJob(context, 'apps/uninstall', { udid, bundleId });
	note(vscode.l10n.t('{0} is removed from {1}.', name, quoted(lab.deviceName(udid))));
};
