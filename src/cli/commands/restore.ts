import { basename, dirname, resolve } from 'node:path';
import { ERROR_CODES, type ErrorCode, type PreflightFinding, type RestoreChoices } from '../../contract/index.ts';
import { AbortError } from '../../base/index.ts';
import { CliError, wrongUse } from '../errors.ts';
import { deviceName } from '../deviceText.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { PASSWORD_TRIES, presentPassword } from '../passwords.ts';
import { expandHome } from '../paths.ts';
import { preflightCard, restoreLines, type Preflight } from '../restoreText.ts';
import { askLine } from '../prompt.ts';
import type { Session } from '../session.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

interface RestoreOptions {
	readonly from: string;
	readonly source?: string;
	readonly keepSettings?: boolean;
	readonly systemFiles?: boolean;
	readonly removeOthers?: boolean;
	readonly keepCameraRoll?: boolean;
	readonly reboot: boolean;
	readonly copyFirst?: boolean;
	readonly reinstallApps: boolean;
	readonly plan?: boolean;
}

/** `restore`: brings a device back to the state in a backup. */
export const addRestore: AddCommand = (program, run) => {
	program
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
		.option('--plan', 'only check and show; change nothing')
		.optionsGroup('What is restored:')
		.option('--keep-settings', "keep the device's present settings instead of the backup's")
		.option('--system-files', 'restore system domains too (the default)')
		.option('--no-system-files', 'leave system domains as they are')
		.option('--remove-others', 'also remove what belongs to no part of the backup, such as data of apps that it does not know')
		.option('--keep-camera-roll', 'keep the photos and videos that are on the device')
		.optionsGroup('How:')
		.option('--no-reboot', 'do not restart the device; until it restarts, the restore is not complete')
		.option('--copy-first', 'have the device copy the backup before it uses it; needs twice the space there')
		.option('--no-reinstall-apps', 'do not have the device download the apps of the backup again')
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
	if (options.plan !== true && !session.options.yes && !session.canAsk) {
		throw wrongUse(
			'A restore replaces what is on the device, so it asks first, and there is no terminal to ask on. Add --yes to go on without being asked, or --plan to only check.',
		);
	}
	const choices = choicesOf(options);
	const { preflight, password } = await check(session, selector, session.folder, options.source, choices);
	const refusal = preflight.findings.find((finding) => finding.severity === 'refusal');
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
	if (!session.options.yes) {
		await confirm(session, preflight);
	}
	// What was confirmed is what is restored: this backup, onto this UDID.
	const { path } = preflight.backup;
	const request = { device: preflight.target.udid, folder: dirname(path), source: basename(path), password, choices };
	const result = await session.job((run) => session.engine.restore(request, run));
	session.result({ restore: result }, restoreLines(result, deviceName(preflight.target), session.style));
}

function choicesOf(options: RestoreOptions): RestoreChoices {
	return {
		keepSettings: options.keepSettings === true,
		systemFiles: options.systemFiles !== false,
		removeOthers: options.removeOthers === true,
		keepCameraRoll: options.keepCameraRoll === true,
		reboot: options.reboot,
		copyFirst: options.copyFirst === true,
		reinstallApps: options.reinstallApps,
	};
}

/** The preflight, with the password of an encrypted backup once one is needed; typed ones may be wrong a few times. */
async function check(
	session: Session,
	selector: string,
	folder: string,
	source: string | undefined,
	choices: RestoreChoices,
): Promise<{ preflight: Preflight; password: string | undefined }> {
	let password = session.io.environment['DEVICELAB_PASSWORD'] || undefined;
	for (let tries = 1; ; tries++) {
		const outcome = await preflightOnce(session, { device: selector, folder, source, password, choices });
		const preflight = outcome.preflight;
		if (preflight !== undefined) {
			session.device = preflight.target.name ?? selector;
		}
		const { wants } = outcome;
		if (preflight !== undefined && wants === undefined) {
			return { preflight, password };
		}
		const mistyped = wants === 'WRONG_PASSWORD';
		if (!session.canAsk || (mistyped && session.io.environment['DEVICELAB_PASSWORD'] !== undefined) || tries > PASSWORD_TRIES) {
			if (preflight !== undefined) {
				return { preflight, password };
			}
			throw outcome.error;
		}
		if (mistyped) {
			session.warn('That is not the password of this backup.');
		}
		password = (await presentPassword(session, 'Password of the backup: ')).password;
	}
}

interface PreflightOutcome {
	readonly preflight?: Preflight;
	/** The password that is missing or wrong; undefined when passwords are in order. */
	readonly wants?: 'PASSWORD_REQUIRED' | 'WRONG_PASSWORD';
	readonly error?: unknown;
}

/** One preflight; a password that is missing or wrong comes as a finding or as an error, and is told apart from other trouble. */
async function preflightOnce(session: Session, request: Parameters<Session['engine']['preflightRestore']>[0]): Promise<PreflightOutcome> {
	try {
		const preflight = await session.engine.preflightRestore(request, session.signal);
		return { preflight, wants: preflight.findings.map((finding) => finding.code).find(isAboutPassword) };
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : '';
		if (isAboutPassword(code)) {
			return { wants: code, error };
		}
		throw error;
	}
}

function isAboutPassword(code: string): code is 'PASSWORD_REQUIRED' | 'WRONG_PASSWORD' {
	return code === 'PASSWORD_REQUIRED' || code === 'WRONG_PASSWORD';
}

function refusalError(finding: PreflightFinding): CliError {
	const code = (ERROR_CODES as readonly string[]).includes(finding.code) ? (finding.code as ErrorCode) : 'DEVICE_REFUSED';
	return new CliError(code, finding.message, { details: { ...finding.details, finding: finding.code } });
}

async function confirm(session: Session, preflight: Preflight): Promise<void> {
	const question = session.errorStyle.bold(`Replace what is on ${deviceName(preflight.target)} with this backup? [y/N] `);
	const answer = await askLine(session.io, question, { hidden: false, signal: session.signal, interrupt: () => session.interrupt() });
	if (!/^y(es)?$/i.test(answer.trim())) {
		throw new AbortError('Not confirmed.');
	}
}
