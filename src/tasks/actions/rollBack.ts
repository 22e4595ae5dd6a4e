import * as vscode from 'vscode';
import {
	EXIT,
	usualRollbackChoices,
	type ExitCode,
	type LabTask,
	type RollbackParams,
	type RollbackResult,
	type SnapshotInfo,
	type StateResult,
} from '../../contract/index.ts';
import { differenceSentence, inline, snapshotPhrase } from '../../views/index.ts';
import { runWatched } from '../watchedJob.ts';
import type { TaskRun } from '../world.ts';
import { nameOf, placesOf, type Action } from './action.ts';
import { planState, tellPlan, WHEN_RUNNING, type PlannedState } from './plannedState.ts';
import { thinOut } from './thinOut.ts';

/**
 * `rollback`: the whole device, one app, or what is cheapest.
 * Order matters: the ways that cost little are only taken where nothing says that more differs.
 */
export const rollBack: Action = async (task, udid, run) => {
	if (isHeld(udid, run)) {
		return EXIT.done;
	}
	if (task.scope === 'device' && task.ifUnchanged === 'run') {
		const snapshot = await run.world.client.request('snapshots/find', { udid, snapshot: task.snapshot ?? '' }, run.token);
		if (snapshot.kind === 'device') {
			return rollBackDevice(task, snapshot, udid, run);
		}
	}
	return rollBackCheaply(task, udid, run);
};

/** `appRollback`: the data of one app, in seconds, without the passcode and without a restart. */
export const appRollback: Action = async (task, udid, run) =>
	isHeld(udid, run) ? EXIT.done : rollBackCheaply({ ...task, scope: 'app' }, udid, run);

/** Whether a launch begins from another state that a person chose: then the roll-backs before it stand aside. */
function isHeld(udid: string, run: TaskRun): boolean {
	const held = run.world.debugging.heldAt(udid);
	if (held !== undefined) {
		const phrase = snapshotPhrase(held, run.world.clock.now());
		run.report.line(vscode.l10n.t('{0} is left at {1}: this launch begins from there.', nameOf(udid, run), phrase));
	}
	return held !== undefined;
}

async function rollBackCheaply(task: LabTask, udid: string, run: TaskRun): Promise<ExitCode> {
	const { world, report } = run;
	const planned = await planState(task, udid, run, vscode.l10n.t('Roll Back {0}', nameOf(udid, run)));
	const { plan } = planned;
	const phrase = snapshotPhrase(plan.snapshot, world.clock.now());
	report.line(vscode.l10n.t('The cheapest way back to {0} for {1}', phrase, nameOf(udid, run)));
	tellPlan(plan, report);
	switch (plan.route) {
		case 'nothing':
			report.line(vscode.l10n.t('{0} stands at {1} already, as far as it tells. Nothing was done.', nameOf(udid, run), phrase));
			world.recent.used(udid);
			return EXIT.done;
		case 'app':
			return rollBackApps(task, planned, udid, run);
		case 'device':
			return rollBackDevice(task, plan.snapshot, udid, run);
	}
}

async function rollBackApps(task: LabTask, { plan, params }: PlannedState, udid: string, run: TaskRun): Promise<ExitCode> {
	// What was planned is what is done: never more than apps.
	const order = { ...params, snapshot: plan.snapshot.id, scope: 'app', whenRunning: WHEN_RUNNING[task.onAppRunning] } as const;
	const result = await runWatched(run, { method: 'state/ensure', kind: 'state', udid, params: order }, task);
	tellRolledBack(result, 'not-asked', snapshotPhrase(plan.snapshot, run.world.clock.now()), udid, run);
	for (const safety of result.safeties) {
		await thinOut(task, safety, run);
	}
	// Nothing is under way any more that could make it right, as apps that a restored device still downloads.
	return result.proof.verdict === 'differs' ? EXIT.failed : EXIT.done;
}

async function rollBackDevice(task: LabTask, snapshot: SnapshotInfo, udid: string, run: TaskRun): Promise<ExitCode> {
	const { world, report, token } = run;
	const phrase = snapshotPhrase(snapshot, world.clock.now());
	report.line(vscode.l10n.t('Rolling {0} back to {1}', nameOf(udid, run), phrase));
	const password = await world.snapshotPassword(snapshot, vscode.l10n.t('Roll Back {0}', nameOf(udid, run)));
	const params: RollbackParams = {
		udid,
		snapshot: snapshot.id,
		...(password === undefined ? {} : { password }),
		choices: usualRollbackChoices,
		safety: task.safety ?? world.takesSafetySnapshot(),
	};
	const { findings } = await world.client.request('rollback/plan', params, token);
	for (const { message } of findings.filter(({ severity }) => severity === 'warning')) {
		report.line(`  ${inline(message, 300)}`);
	}
	const result = await runWatched(run, { method: 'rollback/run', kind: 'rollback', udid, params }, task);
	const { safety, restart, proof } = result;
	const safeties = safety === undefined ? [] : [safety];
	tellRolledBack({ proof, safeties }, restart, phrase, udid, run);
	if (safety !== undefined) {
		await thinOut(task, safety, run);
	}
	return EXIT.done;
}

function tellRolledBack(
	{ proof, safeties }: Pick<StateResult, 'proof' | 'safeties'>,
	restart: RollbackResult['restart'],
	phrase: string,
	udid: string,
	run: TaskRun,
): void {
	const { report, world } = run;
	for (const safety of safeties) {
		report.line(vscode.l10n.t('What was there before is kept as snapshot {0}.', safety.id.slice(0, 8)));
	}
	report.line(vscode.l10n.t('{0} is back at {1}.', nameOf(udid, run), phrase));
	switch (proof.verdict) {
		case 'verified':
			report.line(vscode.l10n.t('Verified: it answers as it did when the snapshot was taken.'));
			break;
		case 'differs':
			report.line(differenceSentence(proof.differences.length, placesOf(proof.differences)));
			break;
		case 'cannot-tell':
			report.line(
				restart === 'restarting'
					? vscode.l10n.t('It is restarting. Unlock it once when it is back.')
					: vscode.l10n.t('Whether it is as it was cannot be told.'),
			);
	}
	world.recent.used(udid);
}
