import * as vscode from 'vscode';
import { errorText } from '../base/index.ts';
import { EXIT, type ExitCode, type LabTask } from '../contract/index.ts';
import { isDeviceWork } from '../views/index.ts';
import type { TaskRun } from './world.ts';

/** A device tells of its lock only when it is asked. */
const LOOK_EVERY_MS = 2000;

/** Waits until a device is attached, trusted, unlocked and idle, and says meanwhile which of these it is not. */
export async function waitForDevice({ timeoutSeconds }: LabTask, udid: string, run: TaskRun): Promise<ExitCode> {
	const { world, report, token } = run;
	const { lab, clock } = world;
	const device = lab.deviceName(udid);
	const deadlineMs = clock.now() + timeoutSeconds * 1000;
	// What is known of it may be older than the task.
	await lookAgain(run);
	for (let missing = missingOf(udid, run); missing !== undefined; missing = missingOf(udid, run)) {
		report.progress(missing);
		if (clock.now() >= deadlineMs) {
			report.progress(undefined);
			report.line(vscode.l10n.t('Waited {0} seconds. {1}', timeoutSeconds, missing));
			return EXIT.deviceUnavailable;
		}
		await changeOf(udid, run);
		if (token.isCancellationRequested) {
			throw new vscode.CancellationError();
		}
		await lookAgain(run);
	}
	report.progress(undefined);
	report.line(vscode.l10n.t('{0} is ready.', `“${device}”`));
	return EXIT.done;
}

async function lookAgain({ world, report, token }: TaskRun): Promise<void> {
	try {
		await world.client.request('devices/list', {}, token);
	} catch (error) {
		if (error instanceof vscode.CancellationError) {
			throw error;
		}
		// It is asked again; until then what was seen last counts.
		report.progress(errorText(error));
	}
}

/** What a device lacks to be worked with, in a sentence; undefined when nothing. */
function missingOf(udid: string, { world: { lab } }: TaskRun): string | undefined {
	const name = `“${lab.deviceName(udid)}”`;
	const device = lab.device(udid);
	if (device === undefined) {
		return vscode.l10n.t('{0} is not attached.', name);
	}
	if (device.trust !== 'paired') {
		return vscode.l10n.t('{0} does not trust this computer yet.', name);
	}
	if (lab.jobs.some((job) => job.udid === udid && isDeviceWork(job)) || device.activity !== undefined) {
		return vscode.l10n.t('{0} is busy.', name);
	}
	return device.locked === true ? vscode.l10n.t('{0} is locked.', name) : undefined;
}

/** Resolves when the lab changes, some time has passed, or the task is cancelled. */
function changeOf(udid: string, { world: { lab, clock }, token }: TaskRun): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			waits.forEach((each) => void each.dispose());
			resolve();
		};
		const waits = [
			clock.after(LOOK_EVERY_MS, done),
			lab.onDidChange((change) => (change.udid === undefined || change.udid === udid ? done() : undefined)),
			token.onCancellationRequested(done),
		];
	});
}
