import * as vscode from 'vscode';
import { EXIT, type StateCheck } from '../../contract/index.ts';
import { inline, snapshotPhrase } from '../../views/index.ts';
import type { TaskRun } from '../world.ts';
import { nameOf, placesOf, type Action } from './action.ts';
import { planState } from './plannedState.ts';

const MAX_SENTENCE = 300;

/** `assertState`: succeeds where the device, or the app, is in a state, as far as it tells; changes nothing. */
export const assertState: Action = async (task, udid, run) => {
	const { world, report, token } = run;
	const { snapshot = '', bundleId } = task;
	const found = bundleId === undefined ? await world.client.request('snapshots/find', { udid, snapshot }, token) : undefined;
	if (found?.kind !== 'device') {
		return assertPlanned(task, udid, run);
	}
	const check = await world.client.request('state/check', { udid, snapshot: found.id }, token);
	const phrase = snapshotPhrase(check.snapshot, world.clock.now());
	const refusal = refusalOfState(check, phrase, udid, run);
	if (refusal !== undefined) {
		report.line(refusal);
		return EXIT.refused;
	}
	if (check.proof.verdict === 'cannot-tell') {
		report.line(vscode.l10n.t('{0} was last brought to {1}. It tells nothing to compare.', nameOf(udid, run), phrase));
		return EXIT.done;
	}
	return assertPlanned({ ...task, snapshot: found.id }, udid, run);
};

/** Looks into the data of apps as well, where they are signed for development. */
const assertPlanned: Action = async (task, udid, run) => {
	const { report, world } = run;
	const { plan } = await planState({ ...task, scope: 'auto' }, udid, run);
	const phrase = snapshotPhrase(plan.snapshot, world.clock.now());
	const nothing = plan.judgements.find(({ route }) => route === 'nothing');
	const reason = inline(nothing?.reason ?? '', MAX_SENTENCE);
	if (plan.route !== 'nothing') {
		report.line(vscode.l10n.t('{0} is not at {1}: {2}.', nameOf(udid, run), phrase, reason));
		return EXIT.refused;
	}
	report.line(vscode.l10n.t('{0} is at {1}: {2}.', nameOf(udid, run), phrase, reason));
	const leavesOut = (nothing?.leavesOut ?? []).filter((sentence) => sentence !== '');
	if (leavesOut.length > 0) {
		report.line(`  ${vscode.l10n.t('Not looked at: {0}', inline(leavesOut.join('; '), MAX_SENTENCE))}`);
	}
	return EXIT.done;
};

function refusalOfState({ isHead, proof }: StateCheck, phrase: string, udid: string, run: TaskRun): string | undefined {
	const device = nameOf(udid, run);
	if (!isHead) {
		const head = run.world.lab.snapshots(udid).find((snapshot) => snapshot.isHead && snapshot.kind === 'device');
		return head === undefined
			? vscode.l10n.t('{0} is not at {1}: it was never brought to a snapshot.', device, phrase)
			: vscode.l10n.t('{0} is not at {1}: it stands at {2}.', device, phrase, snapshotPhrase(head, run.world.clock.now()));
	}
	return proof.verdict === 'differs'
		? vscode.l10n.t('{0} is no longer at {1}. It differs in: {2}.', device, phrase, placesOf(proof.differences))
		: undefined;
}
