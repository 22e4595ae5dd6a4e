import { InvalidArgumentError, Option, type Command } from 'commander';
import { wrongUse } from './errors.ts';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
	/** Addresses of muxers as typed; empty: USBMUXD_SOCKET_ADDRESS, else this computer's own. */
	readonly usbmux: readonly string[];
	/** The folder of the snapshots as typed; absent: DEVICELAB_STORE, else the user's own. */
	readonly store?: string;
	readonly json: boolean;
	readonly quiet: boolean;
	readonly yes: boolean;
	readonly progress: 'auto' | 'json';
	readonly color: boolean;
	readonly verbose: boolean;
}

/** What a command finds when none of them is given. */
export const defaultOptions: GlobalOptions = {
	usbmux: [],
	json: false,
	quiet: false,
	yes: false,
	progress: 'auto',
	color: true,
	verbose: false,
};

/** People try these, and shells and process lists would keep what they type. */
const PASSWORD_OPTIONS = ['--password', '--new-password', '--old-password', '--backup-password'];

/** Declares the global options on the program. */
export function addGlobalOptions(program: Command): void {
	program
		.optionsGroup('Global options (before or after the command):')
		.option('--usbmux <address>', 'talk to this muxer: host:port or the path of a socket; may be given several times', collectAddress)
		.option('--store <dir>', "the folder of the snapshots (default: DEVICELAB_STORE, else the user's own)")
		.option('--json', 'one JSON document on standard output, also on failure')
		.option('-q, --quiet', 'no progress and no remarks; questions and errors still come')
		.option('-y, --yes', 'answer what would be asked before something is replaced or deleted with yes')
		.addOption(new Option('--progress <kind>', 'how progress is shown on standard error').choices(['auto', 'json']).default('auto'))
		.option('--no-color', 'no colours; so does NO_COLOR')
		.option('--verbose', 'tell on standard error what is done in detail');
	for (const name of PASSWORD_OPTIONS) {
		program.addOption(new Option(`${name} [value]`).hideHelp());
		program.on(`option:${name.slice(2)}`, () => {
			throw wrongUse(
				`${name} does not exist: an argument can be read by every program on this computer, and shells remember it. ` +
					'Run the command in a terminal to be asked for the password, or set DEVICELAB_PASSWORD (and DEVICELAB_NEW_PASSWORD for a new one).',
			);
		});
	}
}

/** The global options as they were given. */
export function globalOptionsOf(program: Command): GlobalOptions {
	return { ...defaultOptions, ...program.opts<Partial<GlobalOptions>>() };
}

function collectAddress(address: string, earlier: readonly string[] = []): string[] {
	if (address.trim() === '') {
		throw new InvalidArgumentError('It is empty.');
	}
	return [...earlier, address];
}

/** Parses the value of an option as a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
	return (text) => {
		const number = Number(text);
		if (!/^\d+$/.test(text) || number < least || number > most) {
			throw new InvalidArgumentError(`It is a whole number from ${least} to ${most.toLocaleString('en-US')}.`);
		}
		return number;
	};
}
