import * as vscode from 'vscode';
import type { AppRollbackParams, AppRollbackPlan, AppRollbackResult } from '../../contract/index.ts';
import { formatNumber, inline, quoted, snapshotPhrase } from '../../views/index.ts';
import { confirm, tell, whileAsking } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { runJob } from '../run.ts';
import { takesSafetySnapshot } from '../settings.ts';
import type { RollbackTarget } from '../snapshots/rollBackTo.ts';
import { refusalFacts } from '../snapshots/rollbackFacts.ts';
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

/** A plan that nothing stands against. While something does, it is said with what helps, and looked at again when a person has done that. */
async function planOf({ client, now }: CommandContext, params: AppRollbackParams, device: string): Promise<AppRollbackPlan> {
	for (;;) {
		const looking = vscode.l10n.t('Looking at the app on {0} before the roll-back…', quoted(device));
		const plan = await whileAsking(looking, (token) => client.request('apps/rollbackPlan', params, token));
		const refusals = refusalFacts(plan.findings, device);
		if (refusals.length === 0) {
			return plan;
		}
		const app = quoted(plan.app.name ?? plan.app.bundleId);
		await confirm({
			message: vscode.l10n.t('{0} cannot be rolled back to {1} now.', app, snapshotPhrase(plan.snapshot, now())),
			facts: [...refusals, '', vscode.l10n.t('Nothing was changed.')],
			actions: [vscode.l10n.t('Check Again')],
		});
	}
}

/** What is shown of differences; the document has all. */
const MAX_DIFFERENCES = 3;

function tellRolledBack({ documents, now }: CommandContext, result: AppRollbackResult): void {
	const { snapshot, proof, writtenFiles, removedItems } = result;
	const app = quoted(snapshot.app?.name ?? snapshot.app?.bundleId ?? '');
	const what = vscode.l10n.t('{0} is back at {1}.', app, snapshotPhrase(snapshot, now()));
	const { verdict, differences } = proof;
	if (verdict === 'differs') {
		const lines = differences.map((place) => inline(place, 1000));
		const places = lines.slice(0, MAX_DIFFERENCES).join(', ') + (lines.length > MAX_DIFFERENCES ? ' …' : '');
		tell(`${what} ${vscode.l10n.t('It differs in {0} places: {1}', differences.length, places)}`, {
			[vscode.l10n.t('Show Differences')]: () => documents.show(vscode.l10n.t('Differences of {0}', app), [what, '', ...lines]),
		});
		return;
	}
	const counts = vscode.l10n.t('Files written: {0}, removed: {1}.', formatNumber(writtenFiles), formatNumber(removedItems));
	const worth =
		verdict === 'verified'
			? vscode.l10n.t('Verified: all its files are as they were.')
			: vscode.l10n.t('Whether it is as it was cannot be told.');
	tell(`${what} ${counts} ${worth}`);
}
