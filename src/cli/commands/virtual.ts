import type { Command } from 'commander';
import { AbortError } from '../../base/index.ts';
import { expandHome } from '../../engine/index.ts';
import { describeVerbs, startLab, tellLab } from '../../virtual/index.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { escaped, toJson } from '../escape.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../table.ts';
import { aborted } from '../waiting.ts';
import { examples, GROUP, type AddCommand, type RunCommand } from './register.ts';

const MOST_DEVICES = 100;

interface StartOptions {
	readonly listen: string;
	readonly devices?: number;
	readonly seed?: string;
	readonly profile?: string;
	readonly state?: string;
	readonly unpaired?: boolean;
}

/** `virtual`: virtual iPhones for trying out, for demos and for continuous integration. */
export const addVirtual: AddCommand = (program, run) => {
	const virtual = program
		.command('virtual')
		.helpGroup(GROUP.help)
		.summary('virtual iPhones: for trying out, demos and CI')
		.description(
			'Virtual iPhones behind a virtual muxer. They speak the real protocols on a real socket, so every tool that talks to iPhones works with them.',
		);
	addStart(virtual, run);
	addTell(virtual, run);
};

function addStart(virtual: Command, run: RunCommand): void {
	virtual
		.command('start')
		.summary('start a lab; it runs until interrupted')
		.description(
			'Starts virtual iPhones and runs until interrupted. The same seed makes the same phones with the same files. Without --state nothing is ' +
				'left behind.\n\nOther programs find the lab through USBMUXD_SOCKET_ADDRESS, devicelab also through --usbmux.',
		)
		.requiredOption('--listen <address>', '127.0.0.1:PORT (0: a free one) or the path of a socket; never an address that others reach')
		.option('--devices <n>', 'how many (default: 1, or what the state folder has)', wholeNumber(1, MOST_DEVICES))
		.option('--seed <text>', 'what the phones and their files are made from')
		.option('--profile <name>', 'how full they are: small (the default), typical, large, mix:FILES:BYTES or files:COUNTxSIZE')
		.option('--state <dir>', 'keep the phones in this folder, and go on with them next time')
		.option('--unpaired', 'the phones do not trust this computer yet')
		.addHelpText(
			'after',
			examples(
				'devicelab virtual start --listen 127.0.0.1:27115 --devices 3',
				'USBMUXD_SOCKET_ADDRESS=127.0.0.1:27115 devicelab devices',
				'USBMUXD_SOCKET_ADDRESS=127.0.0.1:27115 idevice_id -l',
			),
		)
		.action((options: StartOptions) => run((session) => start(session, options)));
}

async function start(session: Session, options: StartOptions): Promise<void> {
	session.operation = 'lab';
	session.endsByInterrupt = true;
	const state = options.state === undefined ? undefined : expandHome(options.state, session.io.environment);
	const lab = await startLab({
		listen: options.listen,
		devices: options.devices,
		seed: options.seed,
		profile: options.profile,
		state,
		unpaired: options.unpaired,
		clock: session.io.clock,
		log: session.log,
	});
	try {
		const { style } = session;
		const devices = lab.devices.map(({ udid, name, model, iosVersion }) => ({ udid, name, model, iosVersion }));
		session.result({ lab: { address: lab.address, devices } }, [
			`${style.bold('Virtual lab')} at ${lab.address}`,
			...renderTable(
				['  NAME', 'MODEL', 'IOS', 'UDID'],
				devices.map((device) => [`  ${style.bold(device.name)}`, device.model, device.iosVersion, device.udid]),
			),
		]);
		session.note(`Use it from another terminal: export USBMUXD_SOCKET_ADDRESS=${lab.address}; devicelab devices\nCtrl-C ends it.`);
		await aborted(session.signal);
	} finally {
		await lab.stop();
	}
}

function addTell(virtual: Command, run: RunCommand): void {
	virtual
		.command('tell')
		.summary('tell a virtual iPhone what to do')
		.description(
			'Has a device of a running lab do something, or changes something about it. Orders and their options go through to the lab as they are.',
		)
		.requiredOption('--listen <address>', 'where the lab listens')
		.argument('<device>', 'UDID, the start of one, or the name of a device of the lab')
		.argument('<verb>', 'what to do: see below')
		.argument('[arguments...]', 'what the verb takes')
		.allowUnknownOption()
		.addHelpText('after', tellHelp())
		.action((device: string, verb: string, args: string[], options: { listen: string }) =>
			run((session) => tell(session, options.listen, device, verb, args)),
		);
}

async function tell(session: Session, listen: string, device: string, verb: string, args: readonly string[]): Promise<ExitCode> {
	session.operation = 'lab';
	session.device = device;
	const { json } = session.options;
	const answer: string[] = [];
	// A list of files may have as many lines as a phone has files: they are passed on as they come.
	const onLine = (line: string): void => {
		if (json) {
			answer.push(line);
		} else {
			session.io.out.write(`${verb === 'state' && session.io.out.isTty ? toJson(JSON.parse(line), true) : escaped(line)}\n`);
		}
	};
	await Promise.race([tellLab(listen, device, verb, args, onLine), cancelled(session.signal)]);
	if (json) {
		session.result(verb === 'state' ? { state: JSON.parse(answer.join('\n')) as unknown } : { answer }, []);
	}
	return EXIT.done;
}

/** Rejects when the command is cancelled. The lab finishes its order nevertheless. */
function cancelled(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(new AbortError()), { once: true });
	});
}

function tellHelp(): string {
	const verbs = describeVerbs().map(({ verb, args, summary }): [string, string] => [`${verb} ${args}`.trim(), summary]);
	const width = Math.max(...verbs.map(([usage]) => usage.length));
	const lines = verbs.map(([usage, summary]) => `  ${usage.padEnd(width)}  ${summary}`);
	return `\nVerbs:\n${lines.join('\n')}\n${examples(
		'devicelab virtual tell --listen 127.0.0.1:27115 Lab-1 touch --files 40 --seed monday',
		'devicelab virtual tell --listen 127.0.0.1:27115 Lab-1 set passcode=delay:5000 findMy=true',
		'devicelab virtual tell --listen 127.0.0.1:27115 Lab-1 fault unplug-at-byte 2000000',
	)}`;
}
