import * as vscode from 'vscode';
import { LabFailure } from '../../client/index.ts';
import {
	usualRollbackChoices,
	type LabTask,
	type RouteJudgement,
	type RunningAnswer,
	type StateParams,
	type StatePlan,
	type StateRoute,
	type WhenRunning,
} from '../../contract/index.ts';
import { formatBytes, formatNumber, inline } from '../../views/index.ts';
import type { TaskReport, TaskRun } from '../world.ts';

/** How the words of tasks are those of the engine. */
export const WHEN_RUNNING: Readonly<Record<RunningAnswer, WhenRunning>> = { wait: 'wait', fail: 'refuse', 'go-on': 'go-on' };

/** The way to a state, and what it was asked with. */
export interface PlannedState {
	readonly plan: StatePlan;
	readonly params: StateParams;
}

const MAX_SENTENCE = 300;

/**
 * Asks for the cheapest way to the task's state. The data of apps in an encrypted snapshot can only be compared with its password.
 * @param passwordTitle - has a person asked for the password when none is remembered; else such data is not looked at where that is possible.
 * @throws what the engine fails with; CancellationError.
 */
export async function planState(task: LabTask, udid: string, run: TaskRun, passwordTitle?: string): Promise<PlannedState> {
	const { world, token } = run;
	const { snapshot = '', bundleId, scope } = task;
	const plain: StateParams = {
		udid,
		snapshot,
		...(bundleId === undefined ? {} : { bundleId }),
		scope,
		safety: task.safety ?? world.takesSafetySnapshot(),
		choices: usualRollbackChoices,
	};
	const ask = async (params: StateParams): Promise<PlannedState> => ({
		params,
		plan: await world.client.request('state/plan', params, token),
	});
	const withPassword = async (): Promise<PlannedState | undefined> => {
		const found = await world.client.request('snapshots/find', { udid, snapshot }, token);
		const password = await world.snapshotPassword(found, passwordTitle ?? vscode.l10n.t('Device Lab Task'));
		return password === undefined ? undefined : ask({ ...plain, snapshot: found.id, password });
	};
	if (bundleId === undefined) {
		return (passwordTitle === undefined ? undefined : await withPassword()) ?? ask(plain);
	}
	try {
		return await ask(plain);
	} catch (error) {
		// Words such as `head` mean a snapshot of the app here, which has no password; only a device's can want one.
		const planned = error instanceof LabFailure && error.code === 'PASSWORD_REQUIRED' ? await withPassword() : undefined;
		if (planned === undefined) {
			throw error;
		}
		return planned;
	}
}

/** Writes which way is taken, why the cheaper ones are not, what it costs, and what it does not cover. */
export function tellPlan({ judgements, route, findings }: StatePlan, report: TaskReport): void {
	const chosen = judgements.findIndex((judgement) => judgement.route === route);
	judgements.slice(0, chosen + 1).forEach((judgement, index) => {
		const mark = index === chosen ? '→' : '✗';
		const facts = index === chosen ? costs(judgement) : [];
		const text = [`${mark} ${ROUTES[judgement.route]()}: ${judgement.reason}`, ...facts].join(' · ');
		report.line(`  ${inline(text, MAX_SENTENCE)}`);
	});
	const leavesOut = judgements[chosen]?.leavesOut ?? [];
	if (leavesOut.length > 0) {
		report.line(`    ${vscode.l10n.t('Not covered: {0}', inline(leavesOut.join('; '), MAX_SENTENCE))}`);
	}
	for (const { message } of findings.filter(({ severity }) => severity === 'warning')) {
		report.line(`    ${inline(message, MAX_SENTENCE)}`);
	}
}

const ROUTES: Readonly<Record<StateRoute, () => string>> = {
	nothing: () => vscode.l10n.t('Nothing to do'),
	app: () => vscode.l10n.t('The data of apps'),
	device: () => vscode.l10n.t('The whole device'),
};

function costs({ files, bytes, restarts }: RouteJudgement): string[] {
	return [
		...(files === undefined || files === 0 ? [] : [vscode.l10n.t('{0} files', formatNumber(files))]),
		...(bytes === undefined || bytes === 0 ? [] : [formatBytes(bytes)]),
		...(restarts ? [vscode.l10n.t('it restarts')] : []),
	];
}
