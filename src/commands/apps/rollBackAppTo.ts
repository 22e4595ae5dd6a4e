import * as vscode from 'vscode';
import type { AppRollbackParams, AppRollbackPlan, AppRollbackResult } from '../../contract/index.ts';
import { formatNumber, quoted, snapshotPhrase } from '../../views/index.ts';
import { confirm, tell } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { runJob } from '../run.ts';
import { takesSafetySnapshot } from '../settings.ts';
import type { RollbackTarget } from '../snapshots/rollBackTo.ts';
import { planWithoutRefusal, tellDifferences } from '../snapshots/rollbackSteps.ts';
import { appRollbackFacts } from './appRollbackFacts.ts';

/** Asks for a yes to the facts of an app's roll-back; what stands against it ends it. @throws CancellationError */
export async function confirmAppRollback(context: CommandContext, { snapshot, udid }: RollbackTarget): Promise<AppRollbackParams> {
	const { lab, now } = context;
	const device = lab.deviceName(udid);
	const safety = takesSafetySnapshot();
	const params: AppRollbackParams = {
		udid,
		snapshot: snapshot.id,
		...(snapshot.udid === udid ? {} : { source: snapshot.udid }),
		safety,
		// Nothing here can end an app, but a person can, and is asked to.
		whenRunning: 'wait',
	};
	const plan = await planOf(context, params, device);
	const app = quoted(plan.app.name ?? plan.app.bundleId);
	const asSet = vscode.l10n.t('Roll Back {0}', app);
	const otherwise = safety ? vscode.l10n.t('Roll Back Without Safety Snapshot') : vscode.l10n.t('Roll Back With Safety Snapshot');
	const answer = await confirm({
		message: vscode.l10n.t('Roll back the data of {0} on {1} to {2}?', app, quoted(device), snapshotPhrase(snapshot, now())),
		facts: appRollbackFacts({ plan, device, safety, nowMs: now() }),
		actions: plan.isKept ? [asSet] : [asSet, otherwise],
	});
	return answer === asSet ? params : { ...params, safety: !safety };
}

/** Does what was said yes to, and tells what came of it. @throws CancellationError, or what the job failed with. */
export async function runAppRollback(context: CommandContext, params: AppRollbackParams): Promise<void> {
	tellRolledBack(context, await runJob(context, 'apps/rollBack', params));
}

function planOf(context: CommandContext, params: AppRollbackParams, device: string): Promise<AppRollbackPlan> {
	return planWithoutRefusal(context, {
		looking: vscode.l10n.t('Looking at the app on {0} before the roll-back…', quoted(device)),
		device,
		what: ({ app }) => quoted(app.name ?? app.bundleId),
		ask: (token) => context.client.request('apps/rollbackPlan', params, token),
	});
}

function tellRolledBack(context: CommandContext, result: AppRollbackResult): void {
	const { snapshot, proof, writtenFiles, removedItems } = result;
	const app = quoted(snapshot.app?.name ?? snapshot.app?.bundleId ?? '');
	const what = vscode.l10n.t('{0} is back at {1}.', app, snapshotPhrase(snapshot, context.now()));
	const { verdict, differences } = proof;
	if (verdict === 'differs') {
		tellDifferences(context, what, vscode.l10n.t('Differences of {0}', app), differences);
		return;
	}
	const counts = vscode.l10n.t('Files written: {0}, removed: {1}.', formatNumber(writtenFiles), formatNumber(removedItems));
	const worth =
		verdict === 'verified'
			? vscode.l10n.t('Verified: all its files are as they were.')
			: vscode.l10n.t('Whether it is as it was cannot be told.');
	tell(`${what} ${counts} ${worth}`);
}
