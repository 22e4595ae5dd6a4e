import * as vscode from 'vscode';
import { commandIds } from '../contributions.ts';
import { jobTitle, progressText } from './jobText.ts';
import type { LabSource } from './labSource.ts';
import { Throttle } from './throttle.ts';
import type { Clock } from '../base/index.ts';
import { plainText, withoutIcons } from './text.ts';

interface JobPick extends vscode.QuickPickItem {
	readonly jobId: string;
	readonly udid?: string;
}

/** Shows the running jobs, live, each with a button that cancels it. Resolves when the list is closed; it closes with the last job. */
export async function showJobs(lab: LabSource, clock: Clock): Promise<void> {
	const pick = vscode.window.createQuickPick<JobPick>();
	const cancelButton: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('close'), tooltip: vscode.l10n.t('Cancel This Job') };
	pick.title = vscode.l10n.t('Device Lab: Running Jobs');
	pick.placeholder = vscode.l10n.t('Choose one to show its device; the button at its end cancels it');
	const show = (): void => {
		if (lab.jobs.length === 0) {
			pick.hide();
			return;
		}
		const active = pick.activeItems[0]?.jobId;
		pick.items = lab.jobs.map((job) => ({
			label: `${job.waitsFor === undefined ? '$(sync~spin)' : '$(bell-dot)'} ${withoutIcons(
				job.udid === undefined
					? jobTitle(job.kind)
					: vscode.l10n.t('{0} of {1}', jobTitle(job.kind), plainText(job.deviceName ?? lab.deviceName(job.udid))),
			)}`,
			description: withoutIcons(progressText(job)),
			buttons: job.cancelling ? [] : [cancelButton],
			jobId: job.id,
			udid: job.udid,
		}));
		pick.activeItems = pick.items.filter(({ jobId }) => jobId === active);
	};
	// Each change of the items draws the whole list.
	const throttle = new Throttle(clock, 500, show);
	const held = [
		pick,
		throttle,
		lab.onDidChange(() => throttle.trigger()),
		pick.onDidTriggerItemButton(({ item }) => void vscode.commands.executeCommand(commandIds.cancelJob, { jobId: item.jobId })),
		pick.onDidAccept(() => {
			pick.hide();
			void vscode.commands.executeCommand('deviceLab.devices.focus');
		}),
	];
	try {
		await new Promise<void>((resolve) => {
			held.push(pick.onDidHide(resolve));
			pick.show();
			throttle.trigger();
		});
	} finally {
		vscode.Disposable.from(...held).dispose();
	}
}
