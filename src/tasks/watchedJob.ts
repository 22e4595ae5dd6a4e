import * as vscode from 'vscode';
import type { JobInfo, JobKind, LabMethod, LabParams, LabResult, LabTask } from '../contract/index.ts';
import { jobText, progressText } from '../views/index.ts';
import type { TaskRun } from './world.ts';

/** A job that stopped because the device wanted its passcode and nobody was to be waited for. */
export class PasscodeNeeded extends Error {
	/** `skip`: the task is over without it. `fail`: it was not to be waited for. `late`: it was waited for long enough. */
	readonly outcome: 'skip' | 'fail' | 'late';

	constructor(outcome: PasscodeNeeded['outcome']) {
		super('the passcode was needed');
		this.outcome = outcome;
	}
}

/** A job that had begun was cancelled; what it did so far is in order. Else nothing was done. */
export class JobCancelled extends vscode.CancellationError {}

/** How a device that waits for its passcode is treated. */
type PasscodeRules = Pick<LabTask, 'onPasscodeNeeded' | 'passcodeTimeoutSeconds'>;

/** A request that is a job on one device. */
interface JobRequest<M extends LabMethod> {
	readonly method: M;
	readonly kind: JobKind;
	readonly udid: string;
	readonly params: LabParams<M>;
}

/**
 * Asks for a job, writes where it stands, and stops it when the token is cancelled or the rules about the passcode say so. Resolves or rejects
 * when the job has ended: also a cancelled one leaves everything in order first.
 * @throws PasscodeNeeded; `CancellationError` - nothing was begun; JobCancelled; what the job failed with.
 */
export async function runWatched<M extends LabMethod>(
	{ world, report, token }: TaskRun,
	{ method, kind, udid, params }: JobRequest<M>,
	rules: PasscodeRules,
): Promise<LabResult<M>> {
	const { lab, client } = world;
	const stop = new vscode.CancellationTokenSource();
	const passcode = new PasscodeWatch(world.clock, rules, () => stop.cancel());
	let phase: string | undefined;
	const look = (): void => {
		const job = lab.jobs.find((each) => each.udid === udid && each.kind === kind);
		if (job === undefined) {
			return;
		}
		passcode.look(job);
		report.progress(jobText(job));
		const now = phaseOf(job);
		if (now !== undefined && now !== phase) {
			phase = now;
			report.line(`  ${now}`);
		}
	};
	if (token.isCancellationRequested) {
		throw new vscode.CancellationError();
	}
	const watching = [lab.onDidChange(look), token.onCancellationRequested(() => stop.cancel())];
	try {
		return await client.request(method, params, stop.token);
	} catch (error) {
		if (passcode.stopped !== undefined) {
			throw new PasscodeNeeded(passcode.stopped);
		}
		throw error instanceof vscode.CancellationError ? new JobCancelled() : error;
	} finally {
		report.progress(undefined);
		passcode.dispose();
		watching.forEach((each) => void each.dispose());
		stop.dispose();
	}
}

/** The phase in words, without what changes ten times a second. */
function phaseOf(job: JobInfo): string | undefined {
	const { percent: _percent, transferredBytes: _transferred, expectedBytes: _expected, ...steady } = job;
	const text = progressText(steady);
	return text === '' ? undefined : text;
}

class PasscodeWatch {
	readonly #clock: TaskRun['world']['clock'];
	readonly #rules: PasscodeRules;
	readonly #stop: () => void;
	#timer: { dispose(): void } | undefined;
	/** Why the job was stopped; undefined while it was not. */
	stopped: PasscodeNeeded['outcome'] | undefined;

	constructor(clock: TaskRun['world']['clock'], rules: PasscodeRules, stop: () => void) {
		this.#clock = clock;
		this.#rules = rules;
		this.#stop = stop;
	}

	look({ waitsFor }: JobInfo): void {
		if (waitsFor !== 'passcode') {
			this.dispose();
			return;
		}
		const { onPasscodeNeeded, passcodeTimeoutSeconds } = this.#rules;
		if (onPasscodeNeeded !== 'wait') {
			this.#end(onPasscodeNeeded);
		} else if (passcodeTimeoutSeconds !== undefined) {
			this.#timer ??= this.#clock.after(passcodeTimeoutSeconds * 1000, () => this.#end('late'));
		}
	}

	dispose(): void {
		this.#timer?.dispose();
		this.#timer = undefined;
	}

	#end(outcome: PasscodeNeeded['outcome']): void {
		if (this.stopped === undefined) {
			this.stopped = outcome;
			this.#stop();
		}
	}
}
