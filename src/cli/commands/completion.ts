import { Argument, type Command } from 'commander';
import type { DeviceInfo } from '../../contract/index.ts';
import { candidatesFor } from '../completion/candidates.ts';
import { completionScripts, SHELLS, type Shell } from '../completion/scripts.ts';
import { showable } from '../escape.ts';
import type { Session } from '../session.ts';
import { GROUP, type AddCommand } from './register.ts';

/** Nobody waits longer than this for the TAB key. */
const DEVICES_WITHIN_MS = 2500;

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
	const { words: found, folders } = await candidatesFor(program, typed, () => attached(session, typed));
	const lines = found.map(({ value, description }) => `${showable(value)}\t${showable(description)}`);
	[...lines, ...(folders ? [':folders'] : [])].forEach((line) => session.io.out.write(`${line}\n`));
}

/** Devices for the words; none, when nobody says in time. */
async function attached(session: Session, words: readonly string[]): Promise<readonly DeviceInfo[]> {
	try {
		const engine = session.engineFor(addressesIn(words));
		return (await engine.listDevices(AbortSignal.any([session.signal, AbortSignal.timeout(DEVICES_WITHIN_MS)]))).devices;
	} catch {
		// A shell that completes has no place for errors; the command itself will tell.
		return [];
	}
}

/** The muxers that the words name: the devices there are the ones that are meant. For `virtual tell`, the lab is one. */
function addressesIn(words: readonly string[]): string[] {
	return words.flatMap((word, index) => {
		const [name, value] = word.split('=', 2);
		return name === '--usbmux' || name === '--listen' ? [value ?? words[index + 1] ?? ''] : [];
	});
}

/** A word as the shell would hand it over: bash gives completion functions what stands on the line, quotes and all. */
function unquote(word: string): string {
	return word.replace(/^["']|["']$/g, '').replace(/\\(.)/g, '$1');
}
