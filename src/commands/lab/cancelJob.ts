import * as vscode from 'vscode';
import type { JobInfo } from '../../contract/index.ts';
import { inline, jobText, pickMany, withoutIcons } from '../../views/index.ts';
import { tell } from '../ask.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfBusy } from '../refusals.ts';
import { runEach } from '../run.ts';

/** Cancel: asks jobs to stop. Nothing is lost by it, so that the only one that runs is stopped without a question. */
export const cancelJob: Command = async (context, targets) => {
	const { lab, client } = context;
	await lab.whenReady();
	const jobs = targets.length > 0 ? targets.flatMap(({ jobId, udid }) => jobsOf(context, jobId, udid)) : await askForJobs(context);
	const unique = jobs.filter((job, index) => jobs.findIndex(({ id }) => id === job.id) === index);
	await runEach(context, unique, ({ id }) => client.request('jobs/cancel', { id }));
};

function jobsOf({ lab }: CommandContext, jobId: string | undefined, udid: string | undefined): JobInfo[] {
	const job = jobId === undefined ? (udid === undefined ? undefined : lab.jobOf(udid)) : lab.jobs.find(({ id }) => id === jobId);
	if (job !== undefined) {
		return [job];
	}
	// It may have ended a moment ago, which is what was wanted; work of another program cannot be stopped from here.
	const elsewhere = udid === undefined ? undefined : refusalOfBusy(lab, udid);
	if (elsewhere !== undefined) {
		tell(`${elsewhere} ${vscode.l10n.t('Cancel it there.')}`);
	}
	return [];
}

async function askForJobs({ lab }: CommandContext): Promise<readonly JobInfo[]> {
	const jobs = lab.jobs.filter(({ cancelling }) => !cancelling);
	if (jobs.length === 0) {
		tell(vscode.l10n.t('Nothing runs that could be cancelled.'));
		return [];
	}
	if (jobs.length === 1) {
		return jobs;
	}
	const rows = jobs.map((job) => ({
		label: withoutIcons(job.deviceName === undefined ? jobText(job) : `${inline(job.deviceName)} · ${jobText(job)}`),
		job,
	}));
	const picked = await pickMany(rows, { title: vscode.l10n.t('Cancel'), placeholder: vscode.l10n.t('What to cancel') });
	return (picked ?? []).map(({ job }) => job);
}
