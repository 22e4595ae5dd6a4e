import { Argument, type Command } from 'commander';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import { candidatesFor } from '../completion/candidates.ts';
import { completionScripts, SHELLS, type Shell } from '../completion/scripts.ts';
import { showable } from '../escape.ts';
import type { Session } from '../session.ts';
import { GROUP, type AddCommand } from './register.ts';

/** Nobody waits longer than this for the TAB key. */
const WITHIN_MS = 2500;

const INSTALL_HELP = `
Install it:
  bash        devicelab completion bash > ~/.local/share/bash-completion/completions/devicelab
  zsh         devicelab completion zsh > "\${fpath[1]}/_devicelab"
  fish        devicelab completion fish > ~/.config/fish/completions/devicelab.fish
  PowerShell  devicelab completion powershell >> $PROFILE

Or for this shell only: source <(devicelab completion bash)
`;

/** `completion`: the script that makes a shell complete commands, options and device names. */
export const addCompletion: AddCommand = (program, run) => {
	program
		.command('completion')
		.helpGroup(GROUP.help)
		.summary('completion of commands and devices for your shell')
		.description('Prints a script that makes your shell complete commands, options and the names of attached devices.')
		.addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
		.addHelpText('after', INSTALL_HELP)
		.action((shell: Shell) =>
			run(async (session) => session.result({ shell, script: completionScripts[shell] }, completionScripts[shell].trimEnd().split('\n'))),
		);
};

/** `__complete`: what the scripts of `completion` ask. Hidden; its form is theirs to change. */
export const addComplete: AddCommand = (program, run) => {
	program
		.command('__complete', { hidden: true })
		.argument('[words...]')
		.action((words: string[]) => run((session) => complete(session, program, words)));
};

async function complete(session: Session, program: Command, words: readonly string[]): Promise<void> {
	const typed = words.map(unquote);
	const { words: found, folders } = await candidatesFor(program, typed, {
		devices: () => attached(session, typed),
		snapshots: () => stored(session, typed),
	});
	const lines = found.map(({ value, description }) => `${showable(value)}\t${showable(description)}`);
	[...lines, ...(folders ? [':folders'] : [])].forEach((line) => session.io.out.write(`${line}\n`));
}

/** Devices for the words; none, when nobody says in time. */
async function attached(session: Session, words: readonly string[]): Promise<readonly DeviceInfo[]> {
	try {
		const engine = session.engineFor(addressesIn(words), storeIn(words));
		return (await engine.listDevices(inTime(session))).devices;
	} catch {
		// A shell that completes has no place for errors; the command itself will tell.
		return [];
	}
}

/** Snapshots for the words, without asking any device. */
async function stored(session: Session, words: readonly string[]): Promise<readonly SnapshotInfo[]> {
	try {
		const { library } = session.engineFor(addressesIn(words), storeIn(words));
		return (await library.list(undefined, { signal: inTime(session) })).snapshots;
	} catch {
		// The same.
		return [];
	}
}

function inTime(session: Session): AbortSignal {
	return AbortSignal.any([session.signal, AbortSignal.timeout(WITHIN_MS)]);
}

/** The store that the words name. */
function storeIn(words: readonly string[]): string | undefined {
	return valuesOf(words, ['--store']).at(-1);
}

/** The muxers that the words name: the devices there are the ones that are meant. For `virtual tell`, the lab is one. */
function addressesIn(words: readonly string[]): string[] {
	return valuesOf(words, ['--usbmux', '--listen']);
}

function valuesOf(words: readonly string[], options: readonly string[]): string[] {
	return words.flatMap((word, index) => {
		const [name = '', value] = word.split('=', 2);
		return options.includes(name) ? [value ?? words[index + 1] ?? ''] : [];
	});
}

/** A word as the shell would hand it over: bash gives completion functions what stands on the line, quotes and all. */
function unquote(word: string): string {
	return word.replace(/^["']|["']$/g, '').replace(/\\(.)/g, '$1');
}
