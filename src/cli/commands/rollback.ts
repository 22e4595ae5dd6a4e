import { resolve } from 'node:path';
import { confirm, mustConfirm, refusalError, refusalIn } from '../confirmation.ts';
import { quoted } from '../escape.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { checkWithPassword } from '../passwordTries.ts';
import { addRestoreChoices, choicesOf, type RestoreChoiceOptions } from '../restoreChoices.ts';
import { rollbackCard, rollbackLines } from '../rollbackText.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { DEVICE_ARGUMENT, examples, GROUP, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

interface RollbackOptions extends RestoreChoiceOptions {
	readonly plan?: boolean;
	readonly safety: boolean;
	readonly source?: string;
}

/** `rollback`: brings a device back to a snapshot. */
export const addRollback: AddCommand = (program, run) => {
	const command = program
		.command('rollback')
		.helpGroup(GROUP.snapshots)
		.summary('bring a device back to a snapshot')
		.description(
			'Brings the device back to a snapshot: checks, takes a safety snapshot of what is on it now, restores, restarts, and proves the result. ' +
				'The next snapshot of the device is then a child of this one.\n\n' +
				'The checks (Find My, iOS version, space, battery, password, whether the snapshot is whole) are shown before it asks. --yes answers ' +
				'that question; it never overrules a check that says no. Without a terminal and without --yes nothing is done.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.option('--source <device>', 'roll back to a snapshot of this other device (default: a snapshot of <device>)')
		.option('--plan', 'only check and show; change nothing')
		.option('--no-safety', 'take no safety snapshot: what is on the device and in no snapshot is lost');
	addRestoreChoices(command)
		.addHelpText(
			'after',
			examples(
				'devicelab rollback "Anna\'s iPhone" clean',
				'devicelab rollback 00008120 head --plan',
				'devicelab rollback 00008120 clean --yes',
			),
		)
		.action((selector: string, word: string, options: RollbackOptions) => run((session) => rollBack(session, selector, word, options)));
};

async function rollBack(session: Session, selector: string, word: string, options: RollbackOptions): Promise<ExitCode | void> {
	session.operation = 'rollback';
	session.device = selector;
	if (options.plan !== true) {
		mustConfirm(session, 'A roll-back replaces what is on the device', ', or --plan to only check');
	}
	const choices = choicesOf(options);
	const request = { device: selector, snapshot: word, source: options.source, choices, safety: options.safety, workingFolder: resolve() };
	const { checked: plan, password } = await checkWithPassword(session, async (tried) => {
		const found = await session.engine.planRollback({ ...request, password: tried }, session.signal);
		session.device = found.deviceName ?? selector;
		return found;
	});
	const refusal = refusalIn(plan.findings);
	if (options.plan === true) {
		const document = { ...plan, snapshot: snapshotDocument(plan.snapshot), choices, ready: refusal === undefined };
		session.result({ plan: document }, rollbackCard(plan, choices, session.style));
		return refusal === undefined ? undefined : EXIT.refused;
	}
	rollbackCard(plan, choices, session.errorStyle).forEach((line) => session.note(line));
	if (refusal !== undefined) {
		throw refusalError(refusal);
	}
	const name = quoted(plan.deviceName ?? plan.udid);
	await confirm(session, `Replace what is on ${name} with ${snapshotLabel(plan.snapshot)}?`);
	// What was confirmed is what is done: this snapshot, onto this UDID.
	const confirmed = { ...request, device: plan.udid, source: plan.snapshot.udid, snapshot: plan.snapshot.id, password };
	const result = await session.job((run) => session.engine.rollBack(confirmed, run));
	const document = {
		...result,
		snapshot: snapshotDocument(result.snapshot),
		safety: result.safety === undefined ? undefined : snapshotDocument(result.safety),
	};
	session.result({ rollback: document }, rollbackLines(result, name, session.style));
}
