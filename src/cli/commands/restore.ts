import { basename, dirname, resolve } from 'node:path';
import { expandHome } from '../../engine/index.ts';
import { confirm, mustConfirm, refusalError, refusalIn } from '../confirmation.ts';
import { deviceName } from '../deviceText.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { checkWithPassword } from '../passwordTries.ts';
import { addRestoreChoices, choicesOf, type RestoreChoiceOptions } from '../restoreChoices.ts';
import { preflightCard, restoreLines } from '../restoreText.ts';
import type { Session } from '../session.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

interface RestoreOptions extends RestoreChoiceOptions {
	readonly from: string;
	readonly source?: string;
	readonly plan?: boolean;
}

/** `restore`: brings a device back to the state in a backup. */
export const addRestore: AddCommand = (program, run) => {
	const command = program
		.command('restore')
		.helpGroup(GROUP.backup)
		.summary('bring a device back to a backup')
		.description(
			'Replaces what is on the device with what a backup holds. Without options that is what Finder\'s "Restore Backup" does: everything, the ' +
				"backup's settings included; then the device restarts and downloads the apps of the backup again.\n\n" +
				'First it checks (Find My, iOS version, space, battery, password, whether the backup is whole), shows what it found, and asks. ' +
				'--yes answers that question; it never overrules a check that says no. Without a terminal and without --yes nothing is done.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.requiredOption('--from <dir>', 'the folder that holds the backups, or the backup itself')
		.option('--source <udid>', 'restore the backup of this other device (default: the backup of <device>)')
		.option('--plan', 'only check and show; change nothing');
	addRestoreChoices(command)
		.addHelpText(
			'after',
			examples(
				'devicelab restore "Anna\'s iPhone" --from ~/Backups',
				'devicelab restore 00008120 --from ~/Backups --plan',
				'devicelab restore 00008120 --from ~/Backups --source 00008101 --yes',
			),
		)
		.action((selector: string, options: RestoreOptions) => run((session) => restore(session, selector, options)));
};

async function restore(session: Session, selector: string, options: RestoreOptions): Promise<ExitCode | void> {
	session.operation = 'restore';
	session.device = selector;
	session.folder = resolve(expandHome(options.from, session.io.environment));
	if (options.plan !== true) {
		mustConfirm(session, 'A restore replaces what is on the device', ', or --plan to only check');
	}
	const choices = choicesOf(options);
	const request = { device: selector, folder: session.folder, source: options.source, choices };
	const { checked: preflight, password } = await checkWithPassword(session, async (tried) => {
		const found = await session.engine.preflightRestore({ ...request, password: tried }, session.signal);
		session.device = found.target.name ?? selector;
		return found;
	});
	const refusal = refusalIn(preflight.findings);
	if (options.plan === true) {
		session.result(
			{ preflight: { ...preflight, choices, ready: refusal === undefined } },
			preflightCard(preflight, choices, session.style),
		);
		return refusal === undefined ? undefined : EXIT.refused;
	}
	preflightCard(preflight, choices, session.errorStyle).forEach((line) => session.note(line));
	if (refusal !== undefined) {
		throw refusalError(refusal);
	}
	await confirm(session, `Replace what is on ${deviceName(preflight.target)} with this backup?`);
	// What was confirmed is what is restored: this backup, onto this UDID.
	const { path } = preflight.backup;
	const confirmed = { device: preflight.target.udid, folder: dirname(path), source: basename(path), password, choices };
	const result = await session.job((run) => session.engine.restore(confirmed, run));
	session.result({ restore: result }, restoreLines(result, deviceName(preflight.target), session.style));
}
