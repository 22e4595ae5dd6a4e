import * as vscode from 'vscode';
import type { PreflightFinding, SnapshotInfo } from '../../contract/index.ts';
import { differenceSentence, inline, snapshotPhrase } from '../../views/index.ts';
import { confirm, tell, whileAsking } from '../ask.ts';
import type { CommandContext } from '../context.ts';
import { refusalFacts } from './rollbackFacts.ts';

/** What is shown of differences; the document has all. */
const MAX_DIFFERENCES = 3;

/** How a plan is asked for, and what is said while and when it cannot be carried out. */
interface PlanQuestion<Plan> {
	/** What is done meanwhile, as a sentence. */
	readonly looking: string;
	/** The device's name. */
	readonly device: string;
	/** What is rolled back, quoted. */
	readonly what: (plan: Plan) => string;
	readonly ask: (token: vscode.CancellationToken) => Promise<Plan>;
}

/**
 * A plan that nothing stands against. While something does, it is said with what helps, and looked at again when a person has done that.
 * @throws CancellationError
 */
export async function planWithoutRefusal<Plan extends { readonly findings: readonly PreflightFinding[]; readonly snapshot: SnapshotInfo }>(
	{ now }: CommandContext,
	{ looking, device, what, ask }: PlanQuestion<Plan>,
): Promise<Plan> {
	for (;;) {
		const plan = await whileAsking(looking, ask);
		const refusals = refusalFacts(plan.findings, device);
		if (refusals.length === 0) {
			return plan;
		}
		await confirm({
			message: vscode.l10n.t('{0} cannot be rolled back to {1} now.', what(plan), snapshotPhrase(plan.snapshot, now())),
			facts: [...refusals, '', vscode.l10n.t('Nothing was changed.')],
			actions: [vscode.l10n.t('Check Again')],
		});
	}
}

/** Tells what differs behind a roll-back. @param what - what was rolled back, as a sentence. @param title - of the document that has all of it. */
export function tellDifferences({ documents }: CommandContext, what: string, title: string, differences: readonly string[]): void {
	const lines = differences.map((place) => inline(place, 1000));
	const places = lines.slice(0, MAX_DIFFERENCES).join(', ') + (lines.length > MAX_DIFFERENCES ? ' …' : '');
	tell(`${what} ${differenceSentence(differences.length, places)}`, {
		[vscode.l10n.t('Show Differences')]: () => documents.show(title, [what, '', ...lines]),
	});
}
