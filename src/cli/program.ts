import { Command, CommanderError } from 'commander';
import { isAbortError } from '../base/index.ts';
import { addAppDiff, addAppExport, addAppImport } from './commands/appExchange.ts';
import { addApps, addAppRollback, addAppSnapshot } from './commands/apps.ts';
import { addAutoSnapshot } from './commands/autoSnapshot.ts';
import { addBackup } from './commands/backup.ts';
import { addCat, addLs } from './commands/browse.ts';
import { addBackups } from './commands/backups.ts';
import { addComplete, addCompletion } from './commands/completion.ts';
import { addCoverage, addStorage } from './commands/coverage.ts';
import { addDemo } from './commands/demo.ts';
import { addDelete } from './commands/delete.ts';
import { addDevice } from './commands/device.ts';
import { addDevices } from './commands/devices.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEncryption } from './commands/encryption.ts';
import { addEnsureState } from './commands/ensureState.ts';
import { addExport, addImport } from './commands/exchange.ts';
import { addExtract } from './commands/extract.ts';
import { addIcloud } from './commands/icloud.ts';
import { addInstall, addUninstall } from './commands/install.ts';
import { addName, addNote, addPin, addUnpin } from './commands/labels.ts';
import { addPair, addUnpair } from './commands/pair.ts';
import { GROUP, type AddCommand, type RunCommand } from './commands/register.ts';
import { addRestore } from './commands/restore.ts';
import { addRetention } from './commands/retention.ts';
import { addRollback } from './commands/rollback.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addShow, addSnapshots } from './commands/snapshots.ts';
import { addPrune, addRepair, addVerify } from './commands/upkeep.ts';
import { addVirtual } from './commands/virtual.ts';
import { wrongUse } from './errors.ts';
import { toJson } from './escape.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { failureOf, reportFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { putFriendlyNames } from './labFile.ts';
import { addGlobalOptions, defaultOptions, globalOptionsOf, type GlobalOptions } from './options.ts';
import { Session, type EngineFactory } from './session.ts';
import { VERSION } from './version.ts';

/** Runs one command line to its end and tells the exit code. Never throws; everything that it says has been written. */
export async function runCommandLine(argv: readonly string[], io: CliIo, createEngine: EngineFactory): Promise<number> {
	const outcome: { code: ExitCode } = { code: EXIT.done };
	const run: RunCommand = async (work) => {
		const session = new Session(io, globalOptionsOf(program), createEngine);
		session.friendlyNames = friendlyNames;
		outcome.code = await runInSession(session, work);
	};
	const friendlyNames = new Map<string, string>();
	const program = createProgram(io, run, (nested, nestedIo) => runCommandLine(nested, nestedIo, createEngine), friendlyNames);
	try {
		await program.parseAsync([...argv], { from: 'user' });
		return outcome.code;
	} catch (error) {
		return reportParsing(error, argv, io, program);
	}
}

/** Runs another command line of this program, as the demo does. */
export type RunNested = (argv: readonly string[], io: CliIo) => Promise<number>;

/** The program with all its commands. @param friendlyNames - gets what names of the lab file were taken for, before a command runs */
export function createProgram(io: CliIo, run: RunCommand, runNested: RunNested, friendlyNames: Map<string, string>): Command {
	const program = new Command('devicelab');
	program
		.description(
			'Bring real iPhones back to a named state: take a snapshot, change, roll back. Without a phone at hand, try `devicelab demo`.',
		)
		.version(VERSION, '-V, --version', 'the version of this program')
		.helpOption('-h, --help', 'show help; each command has its own: devicelab backup --help')
		.commandsGroup(GROUP.help)
		.helpCommand('help [command]', 'show help for a command')
		.exitOverride()
		.showSuggestionAfterError(true)
		.configureHelp({ showGlobalOptions: true, sortSubcommands: false, helpWidth: io.out.isTty ? Math.min(io.out.columns(), 110) : 100 })
		.configureOutput({
			writeOut: (text) => io.out.write(text),
			writeErr: (text) => io.err.write(text),
			// Errors are told in one place, in the words and form that --json asks for.
			outputError: () => {},
			getOutHasColors: () => false,
			getErrHasColors: () => false,
		})
		.addHelpText('after', ROOT_HELP)
		.hook('preAction', (_program, command) => putFriendlyNames(command, io, friendlyNames));
	addGlobalOptions(program);
	for (const add of COMMANDS) {
		add(program, run);
	}
	addDemo(program, run, runNested);
	addVirtual(program, run);
	addCompletion(program, run);
	addComplete(program, run);
	return program;
}

/** In the order in which help lists them. */
const COMMANDS: readonly AddCommand[] = [
	addDevices,
	addDevice,
	addPair,
	addUnpair,
	addSnapshots,
	addSnapshot,
	addAutoSnapshot,
	addRollback,
	addEnsureState,
	addDiff,
	addShow,
	addApps,
	addAppSnapshot,
	addAppRollback,
	addAppDiff,
	addAppExport,
	addAppImport,
	addInstall,
	addUninstall,
	addName,
	addNote,
	addPin,
	addUnpin,
	addDelete,
	addCoverage,
	addStorage,
	addLs,
	addCat,
	addExtract,
	addBackup,
	addRestore,
	addBackups,
	addExport,
	addImport,
	addRetention,
	addPrune,
	addVerify,
	addRepair,
	addEncryption,
	addIcloud,
	addDoctor,
];

const ROOT_HELP = `
A <device> is a UDID, the start of one, or a device's name: devicelab devices lists them. Friendly names of .vscode/device-lab.json fit too.
A <snapshot> is an id, the start of one, a name, latest, head, parent or baseline: devicelab snapshots lists them.

Examples:
  $ devicelab devices
  $ devicelab snapshot "Anna's iPhone" --name clean
  $ devicelab rollback "Anna's iPhone" clean
  $ devicelab demo

Exit codes: 0 done, 1 failed, 2 wrong use, 3 device not available, 4 refused by a check, 5 interrupted, 6 damage found, 7 cancelled.
Environment: USBMUXD_SOCKET_ADDRESS, DEVICELAB_STORE, DEVICELAB_PASSWORD, DEVICELAB_NEW_PASSWORD, NO_COLOR. All of it: docs/cli.md.
`;

async function runInSession(session: Session, work: (session: Session) => Promise<ExitCode | void>): Promise<ExitCode> {
	try {
		return (await work(session)) ?? EXIT.done;
	} catch (error) {
		session.endJob();
		const failure = failureOf(
			session.signal.aborted && isAbortError(session.signal.reason) && isAbortError(error) ? session.signal.reason : error,
		);
		return reportFailure(session.io, session.options, failure, session);
	} finally {
		session.dispose();
	}
}

/** Commander's own way of ending: help and version are no failures, all else is wrong use. */
function reportParsing(error: unknown, argv: readonly string[], io: CliIo, program: Command): number {
	const options = optionsBeforeParsing(argv);
	if (!(error instanceof CommanderError)) {
		return reportFailure(io, options, failureOf(error), { operation: 'look' });
	}
	if (error.exitCode === 0) {
		return EXIT.done;
	}
	if (error.code === 'commander.help') {
		// The help itself has been shown.
		if (options.json) {
			io.out.write(`${toJson({ schemaVersion: 1, error: { code: 'WRONG_USE', message: 'A command is missing.', details: {} } })}\n`);
		}
		return EXIT.wrongUse;
	}
	return reportFailure(io, options, failureOf(wrongUse(sentenceOf(error, helpFor(argv, program)))), { operation: 'look' });
}

/** What went wrong before anything was parsed must still be told in the form that was asked for. */
function optionsBeforeParsing(argv: readonly string[]): GlobalOptions {
	return {
		...defaultOptions,
		json: argv.includes('--json'),
		progress: argv.includes('--progress=json') || argv[argv.indexOf('--progress') + 1] === 'json' ? 'json' : 'auto',
		color: !argv.includes('--no-color'),
	};
}

/** Commander's message as a sentence of ours. What follows `=` in an unknown option may be a secret and is left out. */
function sentenceOf(error: CommanderError, help: string): string {
	const text = error.message
		.replace(/^error: /, '')
		.replace(/(unknown option '[^'=]*)=[^\n]*'/, "$1'")
		.replace(
			/^command-argument value '(.*)' is invalid for argument '(.*?)'\. Allowed choices are (.*)\.$/s,
			'“$1” is no $2: it is one of $3.',
		)
		.replace(/^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s, '“$2” does not fit $1: it is one of $3.')
		.replace(/\s*\(Did you mean (one of )?(.*?)\?\)$/s, '. Did you mean $1`$2`?')
		.replace(/'([^']*)'/g, '“$1”')
		.replace(/\s*\n\s*/g, ' ')
		.trim();
	const sentence = text.charAt(0).toUpperCase() + text.slice(1);
	return `${sentence}${/[.?]$/.test(sentence) ? '' : '.'} ${help}`;
}

/** Where the command that was begun is explained: `virtual start` knows more than `virtual`. */
function helpFor(argv: readonly string[], program: Command): string {
	const path: Command[] = [program];
	for (const word of argv) {
		const next = path.at(-1)?.commands.find((known) => known.name() === word);
		path.push(...(next === undefined ? [] : [next]));
	}
	return `See \`${path.map((command) => command.name()).join(' ')} --help\`.`;
}
