import * as vscode from 'vscode';
import type { AppSnapshotResult } from '../../contract/index.ts';
import { commandIds } from '../../contributions.ts';
import { formatBytes, formatNumber, inline, quoted } from '../../views/index.ts';
import { askText, note, tell } from '../ask.ts';
import type { Command, CommandContext } from '../context.ts';
import { runJob } from '../run.ts';
import { wantsGoodNews } from '../settings.ts';
import { takenBy } from '../snapshots/nameSnapshot.ts';
import { chooseApp, refusalOfData } from './chooseApp.ts';

/** Take App Snapshot…: keeps the data of one app that is signed for development, in seconds and without a passcode. */
export const takeAppSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Take App Snapshot');
	const { device, app } = await chooseApp(context, targets, {
		title,
		placeholder: vscode.l10n.t('The app whose data is to be kept'),
		refusal: refusalOfData,
	});
	const { udid } = device;
	const { bundleId } = app;
	const name = await askText({
		title: vscode.l10n.t('{0} of {1}', title, quoted(app.name ?? bundleId)),
		prompt: vscode.l10n.t('People and tests find the snapshot by its name. Leave it empty for none.'),
		validateInput: (text) => takenBy(context, { udid, id: '' }, text),
	});
	tellTaken(
		context,
		await runJob(context, 'apps/snapshot', { udid, bundleId, trigger: 'manual', ...(name.trim() === '' ? {} : { name: name.trim() }) }),
	);
};

/** What is named of files that went on changing. */
const MAX_UNSTEADY = 3;

function tellTaken({ lab }: CommandContext, { snapshot, readFiles, activity, unsteady }: AppSnapshotResult): void {
	const { udid, id, app } = snapshot;
	const message = vscode.l10n.t(
		'The data of {0} on {1} is kept: {2} in {3} files, of which {4} had changed.',
		quoted(app?.name ?? app?.bundleId ?? ''),
		quoted(lab.deviceName(udid)),
		formatBytes(snapshot.sizeBytes),
		formatNumber(snapshot.fileCount),
		formatNumber(readFiles),
	);
	const remark =
		unsteady.length > 0
			? vscode.l10n.t(
					'Some files went on changing while they were read: {0}',
					unsteady
						.slice(0, MAX_UNSTEADY)
						.map((path) => inline(path))
						.join(', '),
				)
			: activity === 'running'
				? vscode.l10n.t('The app was running, and may have been in the middle of something.')
				: undefined;
	if (remark !== undefined || wantsGoodNews()) {
		tell([message, remark].filter((part) => part !== undefined).join(' '), {
			[vscode.l10n.t('Name It…')]: () => vscode.commands.executeCommand(commandIds.nameSnapshot, { udid, snapshot: id }),
		});
	} else {
		note(message);
	}
}
