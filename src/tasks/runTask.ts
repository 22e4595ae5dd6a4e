import * as vscode from 'vscode';
import {
	BACKUP_ERROR_EXIT_CODES,
	ERROR_EXIT_CODES,
	EXIT,
	type ErrorReport,
	type ExitCode,
	type JobKind,
	type LabTask,
	type TaskAction,
} from '../contract/index.ts';
import { inline, quoted, reportOf, sentenceOf } from '../views/index.ts';
import { actions } from './actions.ts';
import { nameOf, type Action } from './actions/action.ts';
import { keepFailure, runWrapped } from './actions/wrapped.ts';
import { readDefinition } from './definition.ts';
import { withHooks } from './hooks.ts';
import { devicesOf } from './devices.ts';
import { JobCancelled, PasscodeNeeded } from './watchedJob.ts';
import type { TaskReport, TaskRun, TaskWorld } from './world.ts';

/** What a task writes to. */
export interface TaskOutput extends TaskReport {
	/** Where one of several devices writes. */
	of(device: string): TaskReport;
}

/** The work of each action, for what a failure means for the user's data. */
const KINDS: Readonly<Record<TaskAction, JobKind | undefined>> = {
	backup: 'snapshot',
	rollback: 'rollback',
	assertState: undefined,
	verify: 'verify',
	install: 'install',
	appSnapshot: 'app-snapshot',
	appRollback: 'app-rollback',
	snapshotOnFailure: 'snapshot',
	wait: undefined,
};

/**
 * Runs a task as it is written in tasks.json, to its end: on several devices at once where it is for all. Never rejects; what went wrong is
 * written, and the exit code is the one that the command line would end with, or that of the task that it runs.
 *
 * @param folder - where the paths of the task begin.
 */
export async function runTask(
	definition: Readonly<Record<string, unknown>>,
	world: TaskWorld,
	output: TaskOutput,
	token: vscode.CancellationToken,
	folder?: vscode.WorkspaceFolder,
): Promise<number> {
	let task: LabTask;
	try {
		task = readDefinition(definition, folder);
	} catch (error) {
		return tellFailure(error, output, {});
	}
	let udids: readonly string[];
	try {
		udids = await devicesOf(task, world);
	} catch (error) {
		return tellNoDevice(error, task, world, output);
	}
	const onEach = (action: Action): Promise<ExitCode> => runOnEach(action, task, udids, { world, output, token });
	try {
		if (task.action !== 'snapshotOnFailure') {
			const { action } = task;
			return await withHooks(task, udids, { world, report: output, token }, () => onEach(actions[action]));
		}
		return await runWrapped(task, { world, report: output, token }, (exitCode) => onEach(keepFailure(exitCode)));
	} catch (error) {
		return tellFailure(error, output, {});
	}
}

interface EachRun extends Omit<TaskRun, 'report'> {
	readonly output: TaskOutput;
}

/** On all devices at once. Resolves with the first code that is not of success. */
async function runOnEach(action: Action, task: LabTask, udids: readonly string[], { world, output, token }: EachRun): Promise<ExitCode> {
	const codes = await Promise.all(
		udids.map((udid) => {
			const report = udids.length === 1 ? output : output.of(world.lab.deviceName(udid));
			return runOnDevice(action, task, udid, { world, report, token });
		}),
	);
	const failed = codes.filter((code) => code !== EXIT.done);
	if (udids.length > 1) {
		output.line(
			failed.length === 0
				? vscode.l10n.t('Done on all {0} devices.', udids.length)
				: vscode.l10n.t('Done on {0} of {1} devices.', udids.length - failed.length, udids.length),
		);
	}
	return failed[0] ?? EXIT.done;
}

async function runOnDevice(action: Action, task: LabTask, udid: string, run: TaskRun): Promise<ExitCode> {
	try {
		return await action(task, udid, run);
	} catch (error) {
		if (error instanceof PasscodeNeeded) {
			return tellPasscode(error, task, nameOf(udid, run), run.report);
		}
		const kind = KINDS[task.action];
		return tellFailure(error, run.report, { device: run.world.lab.deviceName(udid), ...(kind === undefined ? {} : { kind }) });
	}
}

function tellPasscode({ outcome }: PasscodeNeeded, { passcodeTimeoutSeconds }: LabTask, device: string, report: TaskReport): ExitCode {
	switch (outcome) {
		case 'skip':
			report.line(vscode.l10n.t('{0} wants its passcode: skipped, as the task says. Nothing was backed up.', device));
			return EXIT.done;
		case 'fail':
			report.line(vscode.l10n.t('{0} wants its passcode, and the task says not to wait for it.', device));
			return EXIT.deviceUnavailable;
		case 'late':
			report.line(vscode.l10n.t('{0} was not given its passcode within {1} seconds.', device, passcodeTimeoutSeconds ?? 0));
			return EXIT.deviceUnavailable;
	}
}

/** Why a task does not begin: its device is not there, or not told from others; then those that are. */
function tellNoDevice(error: unknown, { action }: LabTask, { lab }: TaskWorld, report: TaskReport): ExitCode {
	const { code, details } = reportOf(error);
	const wanted = typeof details['selector'] === 'string' ? details['selector'] : undefined;
	const kind = KINDS[action];
	const exitCode = tellFailure(error, report, {
		...(wanted === undefined ? {} : { device: wanted }),
		...(kind === undefined ? {} : { kind }),
	});
	const listed = ({ udid }: { readonly udid: string }): string => `${quoted(lab.deviceName(udid))} (${inline(udid)})`;
	const { candidates } = details;
	const fitting = lab.devices.filter(({ udid }) => Array.isArray(candidates) && candidates.includes(udid));
	if (code === 'DEVICE_AMBIGUOUS' && wanted !== undefined && fitting.length > 0) {
		report.line(`  ${vscode.l10n.t('{0} fits {1}.', quoted(wanted), fitting.map(listed).join(', '))}`);
	} else if (code === 'DEVICE_NOT_FOUND' && wanted !== undefined && lab.devices.length > 0) {
		report.line(`  ${vscode.l10n.t('Attached now: {0}.', lab.devices.map(listed).join(', '))}`);
	}
	return exitCode;
}

function tellFailure(error: unknown, report: TaskReport, context: { device?: string; kind?: JobKind }): ExitCode {
	if (error instanceof vscode.CancellationError) {
		report.line(
			!(error instanceof JobCancelled)
				? vscode.l10n.t('Cancelled. Nothing was changed.')
				: context.kind === 'rollback'
					? vscode.l10n.t('Cancelled. The snapshots are whole; if the device restarts, it may hold a part of this one: roll it back again.')
					: vscode.l10n.t('Cancelled. What was there before is whole.'),
		);
		return EXIT.cancelled;
	}
	const failure = reportOf(error);
	const { message, safe, next, details } = sentenceOf(failure, context);
	report.line(vscode.l10n.t('Failed: {0}', message));
	for (const sentence of [details, safe, next]) {
		// Where the engine's own words are the message they are not told twice.
		if (sentence !== undefined && sentence !== message) {
			report.line(`  ${sentence}`);
		}
	}
	return exitCodeOf(failure);
}

function exitCodeOf({ code, details }: ErrorReport): ExitCode {
	const { reason } = details;
	return (code === 'BACKUP_ERROR' && typeof reason === 'string' ? BACKUP_ERROR_EXIT_CODES[reason] : undefined) ?? ERROR_EXIT_CODES[code];
}
