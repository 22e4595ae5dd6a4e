import { Option } from 'commander';
import type { WhenRunning } from '../../contract/index.ts';
import { stateLines, statePlanLines } from '../appText.ts';
import { confirm, mustConfirm, refusalError, refusalIn } from '../confirmation.ts';
import { quoted } from '../escape.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { choicesOf } from '../restoreChoices.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { parseWhenRunning } from './apps.ts';
import { DEVICE_ARGUMENT, examples, GROUP, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

interface EnsureStateOptions {
	readonly app?: string;
	readonly scope: 'auto' | 'app' | 'device';
	readonly plan?: boolean;
	readonly safety: boolean;
	readonly whenRunning: WhenRunning;
}

/** `ensure-state`: brings a device to a state in the cheapest way. */
export const addEnsureState: AddCommand = (program, run) => {
	program
		.command('ensure-state')
		.helpGroup(GROUP.snapshots)
		.summary('bring a device to a state in the cheapest way')
		.description(
			'Looks at what the device tells without a backup, and takes the first of these that leads to the state: nothing to do, putting back the ' +
				'data of development apps, rolling back the whole device. Says what it chose and why, what that costs and what it does not cover, and ' +
				'proves the result. For launch configurations and scripts: it fails with an exit code when the state cannot be had.\n\n' +
				'What it compares: sizes and times of all files of apps that are signed for development, and for a whole device its name, apps and photos. ' +
				'The data of encrypted snapshots is looked at with DEVICELAB_PASSWORD.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.option('--app <app>', 'only the data of this app is wanted: bundle id, its last part, or its name')
		.addOption(new Option('--scope <scope>', 'how far it may go').choices(['auto', 'app', 'device']).default('auto'))
		.option('--plan', 'only look and say what would be done')
		.option('--no-safety', 'take no snapshot first: what is there and in no snapshot is lost')
		.option('--when-running <what>', 'while an app runs: refuse, wait or go-on', parseWhenRunning, 'refuse')
		.addHelpText(
			'after',
			examples(
				'devicelab ensure-state "Anna\'s iPhone" clean --yes',
				'devicelab ensure-state 00008120 signed-in --app com.example.probe --scope app --yes',
				'devicelab ensure-state 00008120 clean --plan --json',
			),
		)
		.action((selector: string, word: string, options: EnsureStateOptions) =>
			run((session) => ensureState(session, selector, word, options)),
		);
};

async function ensureState(session: Session, selector: string, word: string, options: EnsureStateOptions): Promise<ExitCode | void> {
	session.operation = 'rollback';
	session.device = selector;
	if (options.plan !== true) {
		mustConfirm(session, 'Bringing a device to a state may replace what is on it', ', or --plan to only look');
	}
	const { app, scope, safety, whenRunning } = options;
	const password = session.io.environment['DEVICELAB_PASSWORD'] || undefined;
	const request = {
		device: selector,
		snapshot: word,
		app,
		scope,
		safety,
		whenRunning,
		password,
		choices: choicesOf({ reboot: true, reinstallApps: true }),
	};
	const plan = await session.engine.apps.planState(request, session.signal);
	session.device = plan.deviceName ?? selector;
	const refusal = refusalIn(plan.findings);
	if (options.plan === true) {
		const document = { ...plan, snapshot: snapshotDocument(plan.snapshot), ready: refusal === undefined };
		session.result({ plan: document }, statePlanLines(plan, session.style));
		return refusal === undefined ? undefined : EXIT.refused;
	}
	statePlanLines(plan, session.errorStyle).forEach((line) => session.note(line));
	if (refusal !== undefined) {
		throw refusalError(refusal);
	}
	if (plan.route !== 'nothing') {
		const what = plan.route === 'app' ? 'Replace the data of these apps' : `Replace what is on ${quoted(plan.deviceName ?? plan.udid)}`;
		await confirm(session, `${what} with ${snapshotLabel(plan.snapshot)}?`);
	}
	// What was confirmed is what is done: never more than this way, of this snapshot, on this UDID.
	const confirmed = {
		...request,
		device: plan.udid,
		snapshot: plan.snapshot.id,
		scope: plan.route === 'device' ? scope : ('app' as const),
	};
	const result = await session.job((job) => session.engine.apps.ensureState(confirmed, job));
	const document = {
		...result,
		plan: { ...result.plan, snapshot: snapshotDocument(result.plan.snapshot) },
		safeties: result.safeties.map((safety) => snapshotDocument(safety)),
	};
	session.result({ state: document }, stateLines(result, session.style));
	return result.proof.verdict === 'differs' ? EXIT.failed : undefined;
}
