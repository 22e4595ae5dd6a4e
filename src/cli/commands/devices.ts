import { ERROR_CODES, type DeviceList, type ErrorCode } from '../../contract/index.ts';
import { deviceChanges } from '../deviceChanges.ts';
import { deviceLines } from '../deviceList.ts';
import { CliError } from '../errors.ts';
import { showable, toJson } from '../escape.ts';
import type { Session } from '../session.ts';
import { aborted } from '../waiting.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

/** `devices`: what is attached, once or live. */
export const addDevices: AddCommand = (program, run) => {
	program
		.command('devices')
		.helpGroup(GROUP.devices)
		.summary('list attached devices')
		.description('Lists the devices that are attached over USB or Wi-Fi, with what they say about themselves.')
		.option('-w, --watch', 'go on, and tell of each change until interrupted')
		.addHelpText('after', examples('devicelab devices', 'devicelab devices --watch', "devicelab devices --json | jq -r '.devices[].udid'"))
		.action((options: { watch?: boolean }) => run((session) => (options.watch === true ? watch(session) : list(session))));
};

async function list(session: Session): Promise<void> {
	const found = await session.engine.listDevices(session.signal);
	const problem = found.problems[0];
	const muxers = Math.max(1, session.options.usbmux.length);
	if (found.devices.length === 0 && problem !== undefined && found.problems.length >= muxers) {
		// Nobody could be asked, which is not the same as no devices.
		throw new CliError(isErrorCode(problem.code) ? problem.code : 'MUX_UNAVAILABLE', problem.message, { details: problem.details });
	}
	session.result({ ...found }, deviceLines(found.devices, session.style, session.io.out.isTty ? session.io.out.columns() : Infinity));
	found.problems.forEach((each) => session.warn(showable(each.message)));
	if (found.devices.length === 0) {
		session.note(NO_DEVICES);
	}
}

const NO_DEVICES =
	'No devices are attached. Plug an iPhone in, unlock it, and tap Trust when it asks. If it does not appear, `devicelab doctor` looks for the\n' +
	'reason. Without a phone at hand, start virtual ones: `devicelab virtual start --help`.';

async function watch(session: Session): Promise<void> {
	session.endsByInterrupt = true;
	let known: DeviceList | undefined;
	let shown = '';
	const watcher = session.engine.watchDevices((next) => {
		if (session.options.json) {
			const line = toJson({ schemaVersion: 1, devices: next.devices, problems: next.problems });
			if (line !== shown) {
				session.io.out.write(`${line}\n`);
			}
			shown = line;
		} else {
			const time = session.style.dim(new Date(session.io.clock.now()).toTimeString().slice(0, 8));
			deviceChanges(known, next, session.style).forEach((line) => session.io.out.write(`${time}  ${line}\n`));
		}
		if (known === undefined && next.devices.length === 0 && next.problems.length === 0) {
			session.note('No devices are attached yet. Waiting; Ctrl-C ends this.');
		}
		known = next;
	});
	try {
		await aborted(session.signal, session.io.outClosed);
	} finally {
		watcher.dispose();
	}
}

function isErrorCode(code: string): code is ErrorCode {
	return (ERROR_CODES as readonly string[]).includes(code);
}
