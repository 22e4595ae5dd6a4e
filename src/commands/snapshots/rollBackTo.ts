import * as vscode from 'vscode';
import {
	usualRollbackChoices,
	type RestoreChoices,
	type RollbackParams,
	type RollbackPlan,
	type RollbackResult,
	type SnapshotInfo,
} from '../../contract/index.ts';
import { inline, quoted, snapshotPhrase } from '../../views/index.ts';
import { confirm, tell } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { snapshotPassword } from '../passwords/snapshotPassword.ts';
import { runJob } from '../run.ts';
import { takesSafetySnapshot } from '../settings.ts';
import { askChoices, unusualChoices } from './rollbackChoices.ts';
import { rollbackFacts } from './rollbackFacts.ts';
import { planWithoutRefusal, tellDifferences } from './rollbackSteps.ts';

/** What goes where: bound when it is asked for, and never looked up again. */
export interface RollbackTarget {
	readonly snapshot: SnapshotInfo;
	/** The device that it goes onto. */
	readonly udid: string;
}

/**
 * Asks for all that a roll-back needs: the password, checked here before the device is touched; the plan, whose refusals end it; the options;
 * and a yes to the facts.
 * @returns what was said yes to. @throws CancellationError
 */
export async function confirmRollback(context: CommandContext, target: RollbackTarget): Promise<RollbackParams> {
	const { lab, now } = context;
	const { snapshot, udid } = target;
	const device = lab.deviceName(udid);
	const title = vscode.l10n.t('Roll Back {0}', quoted(device));
	const password = await snapshotPassword(context, snapshot, title);
	const wantsSafety = takesSafetySnapshot();
	let choices = usualRollbackChoices;
	for (;;) {
		const params = paramsOf(target, choices, wantsSafety, password);
		const plan = await planOf(context, params, device);
		const buttons = buttonsOf(device, wantsSafety);
		const unusual = unusualChoices(choices);
		const newest = lab.snapshots(udid)[0];
		const answer = await confirm({
			message: vscode.l10n.t('Roll back {0} to {1}?', quoted(device), snapshotPhrase(snapshot, now())),
			facts: [
				...rollbackFacts({ plan, device, ...(newest === undefined ? {} : { newest }), safety: wantsSafety, nowMs: now() }),
				...(unusual.length === 0 ? [] : ['', vscode.l10n.t('Options: {0}', unusual.join(', '))]),
			],
			actions: [buttons.asSet, buttons.otherwise, buttons.options],
		});
		if (answer !== buttons.options) {
			return paramsOf(target, choices, answer === buttons.asSet ? wantsSafety : !wantsSafety, password);
		}
		choices = await askChoices(choices);
	}
}

/** Does what was said yes to, and tells what came of it. @throws CancellationError, or what the job failed with. */
export async function runRollback(context: CommandContext, params: RollbackParams): Promise<void> {
	const left = context.leaveResult?.({ kind: 'rollback', udid: params.udid });
	try {
		tellRolledBack(context, params, await runJob(context, 'rollback/run', params));
	} finally {
		left?.dispose();
	}
}

function paramsOf(
	{ snapshot, udid }: RollbackTarget,
	choices: RestoreChoices,
	safety: boolean,
	password: string | undefined,
): RollbackParams {
	return {
		udid,
		snapshot: snapshot.id,
		...(snapshot.udid === udid ? {} : { source: snapshot.udid }),
		...(password === undefined ? {} : { password }),
		choices,
		safety,
	};
}

/** A button is cut at both of its ends, so that a long name hides the verb. */
const BUTTON_NAME = 30;

function buttonsOf(device: string, wantsSafety: boolean): { asSet: string; otherwise: string; options: string } {
	return {
		asSet: vscode.l10n.t('Roll Back {0}', quoted(device, BUTTON_NAME)),
		otherwise: wantsSafety ? vscode.l10n.t('Roll Back Without Safety Snapshot') : vscode.l10n.t('Roll Back With Safety Snapshot'),
		options: vscode.l10n.t('Options…'),
	};
}

function planOf(context: CommandContext, params: RollbackParams, device: string): Promise<RollbackPlan> {
	return planWithoutRefusal(context, {
		looking: vscode.l10n.t('Checking {0} before the roll-back…', quoted(device)),
		device,
		what: () => quoted(device),
		ask: (token) => context.client.request('rollback/plan', params, token),
	});
}

function tellRolledBack(context: CommandContext, { udid, choices }: RollbackParams, result: RollbackResult): void {
	const { lab, now } = context;
	const device = quoted(lab.deviceName(udid));
	const what = vscode.l10n.t('{0} is back at {1}.', device, snapshotPhrase(result.snapshot, now()));
	const { verdict, differences } = result.proof;
	const after =
		result.restart === 'not-asked'
			? vscode.l10n.t('Restart it yourself: until then nothing of it appears.')
			: result.restart === 'restarting'
				? vscode.l10n.t('It is restarting. Unlock it once when it is back.')
				: undefined;
	switch (verdict) {
		case 'verified':
			tell(`${what} ${vscode.l10n.t('Verified: it answers as it did when the snapshot was taken. Unlock it once.')}`);
			return;
		case 'cannot-tell':
			tell(
				[what, after, choices.reboot ? vscode.l10n.t('Whether it is as it was cannot be told: it did not answer.') : undefined]
					.filter((sentence) => sentence !== undefined)
					.join(' '),
			);
			return;
		case 'differs':
			tellDifferences(context, what, vscode.l10n.t('Differences of {0}', inline(lab.deviceName(udid))), differences);
	}
}
