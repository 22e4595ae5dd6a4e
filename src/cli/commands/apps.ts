import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { WhenRunning } from '../../contract/index.ts';
import { appLines, appRollbackCard, appRollbackLines, appSnapshotLines } from '../appText.ts';
import { confirm, mustConfirm, refusalError, refusalIn } from '../confirmation.ts';
import { quoted } from '../escape.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { APP_ARGUMENT, APP_SNAPSHOT_ARGUMENT, DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

/** `apps`: what is installed on a device. */
export const addApps: AddCommand = (program, run) => {
	program
		.command('apps')
		.helpGroup(GROUP.apps)
		.summary('list the apps on a device')
		.description(
			'Lists the apps on a device by name. Only those that are signed for development let a computer read and write their data; of the others ' +
				'only a backup of the whole device has it.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.option('--sizes', 'also what each takes: the device adds it up, which can last a minute')
		.option('--system', 'also the apps of the system')
		.addHelpText('after', examples('devicelab apps "Anna\'s iPhone"', 'devicelab apps 00008120 --sizes --json'))
		.action((selector: string, options: { sizes?: boolean; system?: boolean }) => run((session) => listApps(session, selector, options)));
};

async function listApps(session: Session, selector: string, options: { sizes?: boolean; system?: boolean }): Promise<void> {
	session.device = selector;
	const apps = await session.engine.apps.list(selector, {
		sizes: options.sizes === true,
		system: options.system === true,
		signal: session.signal,
	});
	session.result({ apps }, appLines(apps, session.style));
}

interface AppSnapshotOptions {
	readonly name?: string;
	readonly note?: string;
	readonly full?: boolean;
	readonly ifChanged?: boolean;
}

/** `app-snapshot`: takes a snapshot of one app's data. */
export const addAppSnapshot: AddCommand = (program, run) => {
	program
		.command('app-snapshot')
		.helpGroup(GROUP.apps)
		.summary('take a snapshot of the data of one app')
		.description(
			'Takes the data of an app that is signed for development into the store: in seconds, without passcode or restart. Only files whose size ' +
				"or time differs from the app's head are read. Keychain items and permissions are not a part of it.",
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<app>', APP_ARGUMENT)
		.option('--name <name>', 'call it so; unique per device')
		.option('--note <text>', 'a sentence about it')
		.option('--full', 'read every file anew')
		.option('--if-changed', "take none when nothing differs from the app's head")
		.addHelpText('after', examples('devicelab app-snapshot "Anna\'s iPhone" com.example.probe --name signed-in'))
		.action((selector: string, app: string, options: AppSnapshotOptions) =>
			run((session) => takeAppSnapshot(session, selector, app, options)),
		);
};

async function takeAppSnapshot(session: Session, selector: string, app: string, options: AppSnapshotOptions): Promise<void> {
	session.operation = 'snapshot';
	session.device = selector;
	const order = {
		device: selector,
		app,
		name: options.name,
		note: options.note,
		full: options.full === true,
		ifUnchanged: options.ifChanged === true ? ('skip' as const) : ('take' as const),
		workingFolder: resolve(),
	};
	const result = await session.job((job) => session.engine.apps.snapshot(order, job));
	session.result({ appSnapshot: { ...result, snapshot: snapshotDocument(result.snapshot) } }, appSnapshotLines(result, session.style));
}

interface AppRollbackOptions {
	readonly plan?: boolean;
	readonly safety: boolean;
	readonly source?: string;
	readonly whenRunning: WhenRunning;
}

/** `app-rollback`: brings one app's data back. */
export const addAppRollback: AddCommand = (program, run) => {
	program
		.command('app-rollback')
		.helpGroup(GROUP.apps)
		.summary('bring the data of one app back to a snapshot')
		.description(
			'Writes only the files that differ, and removes what the snapshot does not have. All that is to be written comes first, and only then ' +
				'anything is put in place, so that a lost cable leaves the app as it was. The result is proved by looking at every file once more.\n\n' +
				'The app must not run meanwhile. Nothing on a computer without developer tools can end it, so while it runs the roll-back is refused; ' +
				'--when-running wait asks you to close it, and waits two minutes.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<app>', APP_ARGUMENT)
		.argument('<snapshot>', APP_SNAPSHOT_ARGUMENT)
		.option('--plan', 'only check and show; change nothing')
		.option('--no-safety', 'take no snapshot first: what is there and in no snapshot is lost')
		.option('--source <device>', 'a snapshot of the app on this other device')
		.option('--when-running <what>', 'refuse, wait or go-on', parseWhenRunning, 'refuse')
		.addHelpText(
			'after',
			examples(
				'devicelab app-rollback "Anna\'s iPhone" com.example.probe signed-in',
				'devicelab app-rollback 00008120 probe head --when-running wait --yes',
			),
		)
		.action((selector: string, app: string, word: string, options: AppRollbackOptions) =>
			run((session) => rollBackApp(session, selector, app, word, options)),
		);
};

async function rollBackApp(
	session: Session,
	selector: string,
	app: string,
	word: string,
	options: AppRollbackOptions,
): Promise<ExitCode | void> {
	session.operation = 'app-rollback';
	session.device = selector;
	if (options.plan !== true) {
		mustConfirm(session, 'A roll-back replaces the data of the app', ', or --plan to only check');
	}
	const { source, safety, whenRunning } = options;
	const request = { device: selector, app, snapshot: word, source, safety, whenRunning };
	const plan = await session.engine.apps.planRollback(request, session.signal);
	session.device = plan.deviceName ?? selector;
	const refusal = refusalIn(plan.findings);
	if (options.plan === true) {
		const document = { ...plan, snapshot: snapshotDocument(plan.snapshot), ready: refusal === undefined };
		session.result({ plan: document }, appRollbackCard(plan, session.style));
		return refusal === undefined ? undefined : EXIT.refused;
	}
	appRollbackCard(plan, session.errorStyle).forEach((line) => session.note(line));
	if (refusal !== undefined) {
		throw refusalError(refusal);
	}
	await confirm(session, `Replace the data of ${quoted(plan.app.name ?? plan.app.bundleId)} with ${snapshotLabel(plan.snapshot)}?`);
	// What was confirmed is what is done: this snapshot, of this app, onto this UDID.
	const confirmed = { ...request, device: plan.udid, app: plan.app.bundleId, source: plan.snapshot.udid, snapshot: plan.snapshot.id };
	const result = await session.job((job) => session.engine.apps.rollBack(confirmed, job));
	const document = {
		...result,
		snapshot: snapshotDocument(result.snapshot),
		safety: result.safety === undefined ? undefined : snapshotDocument(result.safety),
	};
	session.result({ appRollback: document }, appRollbackLines(result, session.style));
}

/** What is done while the app runs, as typed. */
export function parseWhenRunning(text: string): WhenRunning {
	if (text !== 'refuse' && text !== 'wait' && text !== 'go-on') {
		throw new InvalidArgumentError('It is refuse, wait or go-on.');
	}
	return text;
}
