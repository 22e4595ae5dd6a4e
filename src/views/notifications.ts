import * as vscode from 'vscode';
import { Disposable } from '../base/index.ts';
import type { ErrorCode, JobEnd, JobInfo, JobKind, WaitsFor } from '../contract/index.ts';
import { commandIds, settingIds } from '../contributions.ts';
import { showReport } from './failures.ts';
import { endSentence, isDeviceWork, waitSentence } from './jobText.ts';
import type { LabSource } from './labSource.ts';
import { literalText, unlinked } from './text.ts';

/** Work that somebody asked for. */
export interface ResultLeft {
	readonly kind: JobKind;
	readonly udid: string;
}

/** What a phone that is unplugged in the middle makes of a backup; the next one goes on from there. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['CONNECTION_LOST', 'DEVICE_NOT_FOUND', 'MUX_UNAVAILABLE']);

/** Work that took this long may have been forgotten by the person who began it. */
const LONG_JOB_MS = 60_000;

/**
 * Interrupts a person, as `deviceLab.notifications` allows: when one is needed at a device (once for each job and what it waits for, and only
 * for as long), when a job failed, and with `all` when a long one ended while this window had no focus.
 */
export class LabNotices extends Disposable {
	readonly #lab: LabSource;
	readonly #log: vscode.LogOutputChannel;
	/** What was asked for already, by job. */
	readonly #asked = new Map<string, Set<string>>();
	/** Takes away what a job asks for now, by job. */
	readonly #shown = new Map<string, { readonly waitsFor: WaitsFor; readonly close: () => void }>();
	/** Work whose results are told by whoever asked for it. */
	readonly #left = new Set<ResultLeft>();
	/** Why the last automatic backup of a device failed, by UDID. */
	readonly #automaticFailures = new Map<string, string>();

	constructor(lab: LabSource, log: vscode.LogOutputChannel) {
		super();
		this.#lab = lab;
		this.#log = log;
		this.register(lab.onDidChange(() => this.#lookAtJobs()));
		this.register(lab.onDidEndJob((end) => this.#ended(end)));
	}

	override dispose(): void {
		this.#shown.forEach(({ close }) => close());
		super.dispose();
	}

	/** Says nothing of work that ends well, until disposed: whoever asked for it has more to tell. */
	leaveResult(work: ResultLeft): vscode.Disposable {
		const left = { ...work };
		this.#left.add(left);
		return { dispose: () => void this.#left.delete(left) };
	}

	#lookAtJobs(): void {
		for (const [id, { waitsFor, close }] of this.#shown) {
			const job = this.#lab.jobs.find((each) => each.id === id);
			if (job?.waitsFor !== waitsFor || job.cancelling) {
				close();
			}
		}
		for (const job of this.#lab.jobs) {
			const asked = this.#asked.get(job.id) ?? new Set();
			if (job.waitsFor !== undefined && !asked.has(job.waitsFor) && !job.cancelling) {
				asked.add(job.waitsFor);
				this.#asked.set(job.id, asked);
				if (setting() !== 'never') {
					this.#askPerson(job, job.waitsFor);
				}
			}
		}
	}

	/** The editor withdraws by itself only what it shows as progress; so that is what this is. */
	#askPerson(job: JobInfo, waitsFor: WaitsFor): void {
		const title = literalText(waitSentence(waitsFor, this.#nameOf(job)));
		void vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Notification, title, cancellable: true },
			(_progress, token) =>
				new Promise<void>((resolve) => {
					const cancelling = token.onCancellationRequested(() => {
						close();
						void vscode.commands.executeCommand(commandIds.cancelJob, { jobId: job.id });
					});
					const close = (): void => {
						this.#shown.delete(job.id);
						cancelling.dispose();
						resolve();
					};
					this.#shown.set(job.id, { waitsFor, close });
				}),
		);
	}

	#ended(end: JobEnd): void {
		const { job, outcome, error } = end;
		this.#asked.delete(job.id);
		this.#log.info(endSentence({ ...end, job: { ...job, deviceName: undefined } }));
		if (outcome === 'done' && job.udid !== undefined) {
			this.#automaticFailures.delete(job.udid);
		}
		if ((outcome === 'failed' || outcome === 'interrupted') && !this.#isKnown(end)) {
			const report = error ?? { code: 'ENGINE_STOPPED' as const, message: 'The engine ended while a job ran.', details: {} };
			const target = {
				...(job.udid === undefined ? {} : { udid: job.udid }),
				...(job.snapshot === undefined ? {} : { snapshot: job.snapshot }),
			};
			const device = job.udid === undefined ? undefined : this.#nameOf(job);
			void showReport(report, this.#log, { kind: job.kind, target, ...(device === undefined ? {} : { device }) });
		} else if (outcome === 'done' && setting() === 'all' && this.#isNews(job)) {
			void vscode.window.showInformationMessage(unlinked(endSentence(end)));
		}
	}

	/** Whether an automatic backup failed as the one before did, or because its phone was taken away, which a person need not be told. */
	#isKnown({ job: { automatic, udid }, error }: JobEnd): boolean {
		if (automatic !== true || udid === undefined || error === undefined) {
			return false;
		}
		const isKnown = AWAY.has(error.code) || this.#automaticFailures.get(udid) === error.code;
		this.#automaticFailures.set(udid, error.code);
		return isKnown;
	}

	#isNews(job: JobInfo): boolean {
		const isLeft = [...this.#left].some(({ kind, udid }) => kind === job.kind && udid === job.udid);
		return isDeviceWork(job) && !isLeft && !vscode.window.state.focused && isLong(job);
	}

	#nameOf(job: JobInfo): string {
		return job.deviceName ?? (job.udid === undefined ? '' : this.#lab.deviceName(job.udid));
	}
}

function isLong({ startedAt }: JobInfo): boolean {
	return Date.now() - new Date(startedAt).getTime() >= LONG_JOB_MS;
}

function setting(): unknown {
	return vscode.workspace.getConfiguration().get(settingIds.notifications);
}
