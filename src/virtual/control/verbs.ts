import { delay } from '../../base/index.ts';
import { VirtualError } from '../errors.ts';
import type { LabDevice } from '../lab/labDevice.ts';
import type { VirtualLab } from '../lab/lab.ts';
import { buildOf } from '../lab/models.ts';
import { describeSettings, parseBoolean, parseSetting } from '../lab/settingsTable.ts';
import { describeState } from './state.ts';

/** An order that `virtual tell` knows. */
export interface VerbDescription {
	readonly verb: string;
	readonly args: string;
	readonly summary: string;
}

interface Verb extends VerbDescription {
	readonly run: (lab: VirtualLab, device: LabDevice, args: readonly string[], line: (text: string) => void) => Promise<void> | void;
}

const VERBS: readonly Verb[] = [
	{
		verb: 'state',
		args: '',
		summary: 'everything about the device, as JSON',
		run: (lab, device, _, line) => line(JSON.stringify(describeState(lab, device))),
	},
	{ verb: 'touch', args: '[--files N] [--seed S]', summary: 'change, add and delete files as using a phone does', run: touch },
	{ verb: 'fingerprint', args: '[--list]', summary: 'one digest over everything that a backup carries', run: fingerprint },
	{ verb: 'set', args: 'KEY=VALUE…', summary: 'change settings', run: set },
	{ verb: 'settings', args: '', summary: 'list what can be set', run: (_, __, ___, line) => listSettings(line) },
	{ verb: 'fault', args: 'NAME [ARG…] [times=N] | clear [NAME]', summary: 'make something go wrong', run: fault },
	{
		verb: 'faults',
		args: '',
		summary: 'list what can go wrong, and what is armed',
		run: (_, device, __, line) => listFaults(device, line),
	},
	{ verb: 'plug', args: '', summary: 'plug the device in', run: (lab, device) => lab.plug(device) },
	{ verb: 'unplug', args: '', summary: 'pull the cable', run: (lab, device) => lab.unplug(device) },
	{ verb: 'reboot', args: '', summary: 'restart the device', run: (_, device) => device.running.device.reboot() },
	{ verb: 'launch', args: 'BUNDLE', summary: 'start an app', run: (_, device, args) => device.running.device.launch(appOf(device, args)) },
	{
		verb: 'quit',
		args: 'BUNDLE',
		summary: 'end an app, as swiping it away does',
		run: (_, device, args) => void device.running.device.running.delete(appOf(device, args)),
	},
	{
		verb: 'use-app',
		args: 'BUNDLE [--files N] [--bytes B] [--seed S]',
		summary: 'have an app write files: B bytes in N of them',
		run: useApp,
	},
	{ verb: 'notify', args: 'NAME', summary: 'post a notification on the device', run: notify },
];

const MAX_USED_FILES = 100_000;

/** Every verb, for a help text. */
export function describeVerbs(): VerbDescription[] {
	return VERBS.map(({ verb, args, summary }) => ({ verb, args, summary }));
}

/**
 * Carries out an order to a device of the lab.
 * @throws VirtualError `UNKNOWN_DEVICE`, `AMBIGUOUS_DEVICE`, `UNKNOWN_VERB`, `BAD_ARGUMENT`, `UNKNOWN_SETTING`, `UNKNOWN_FAULT`
 */
export async function obey(
	lab: VirtualLab,
	device: string,
	verb: string,
	args: readonly string[],
	line: (text: string) => void,
): Promise<void> {
	const known = VERBS.find((one) => one.verb === verb);
	if (known === undefined) {
		throw new VirtualError('UNKNOWN_VERB', `A lab knows no order “${verb}”; it knows ${VERBS.map((one) => one.verb).join(', ')}.`, {
			details: { verb },
		});
	}
	await known.run(lab, lab.find(device), args, line);
}

async function touch(_: VirtualLab, { running }: LabDevice, args: readonly string[], line: (text: string) => void): Promise<void> {
	const options = readOptions(args, ['files', 'seed']);
	const files = Number(options.get('files') ?? 50);
	if (!(Number.isInteger(files) && files >= 0)) {
		throw new VirtualError('BAD_ARGUMENT', '--files takes a number of files.');
	}
	const { device } = running;
	const result = device.files.touch({ files, seed: options.get('seed') ?? '1', encrypted: device.encryption.willEncrypt });
	await device.save();
	line(`changed ${result.changed}, added ${result.added}, deleted ${result.deleted}`);
}

async function fingerprint(_: VirtualLab, { running }: LabDevice, args: readonly string[], line: (text: string) => void): Promise<void> {
	const unknown = args.find((arg) => arg !== '--list');
	if (unknown !== undefined) {
		throw new VirtualError('BAD_ARGUMENT', `fingerprint does not know ${unknown}.`);
	}
	line(await running.device.files.fingerprint(args.includes('--list') ? { list: line } : {}));
}

async function set(lab: VirtualLab, labDevice: LabDevice, args: readonly string[], line: (text: string) => void): Promise<void> {
	const pairs = args.map((arg): [string, string] => {
		const equals = arg.indexOf('=');
		if (equals < 1) {
			throw new VirtualError('BAD_ARGUMENT', `“${arg}” is not KEY=VALUE.`);
		}
		return [arg.slice(0, equals), arg.slice(equals + 1)];
	});
	if (pairs.length === 0) {
		throw new VirtualError('BAD_ARGUMENT', 'set takes KEY=VALUE.');
	}
	// All are read before the first is applied: an order is carried out whole or not at all.
	const changes = pairs.map(([key, value]) => ({ key, value, apply: plan(labDevice, key, value) }));
	for (const { key, value, apply } of changes) {
		await apply();
		line(`${key}=${value}`);
	}
}

function plan(labDevice: LabDevice, key: string, value: string): () => Promise<void> {
	const { running } = labDevice;
	const { identity } = running.device;
	switch (key) {
		case 'name':
			return () => running.rename(value);
		case 'iosVersion':
			if (!/^\d{1,2}(\.\d{1,2}){1,2}$/.test(value)) {
				throw new VirtualError('BAD_ARGUMENT', `iosVersion takes a version such as 17.5, not “${value}”.`);
			}
			return () => {
				identity.iosVersion = value;
				identity.buildVersion = buildOf(value);
				return running.device.save();
			};
		case 'buildVersion':
			return () => {
				identity.buildVersion = value.slice(0, 32);
				return running.device.save();
			};
		case 'paired':
			return planPairing(labDevice, value);
		default: {
			const change = parseSetting(key, value);
			return () => running.changeSettings(change);
		}
	}
}

function planPairing(labDevice: LabDevice, value: string): () => Promise<void> {
	if (value === 'forgotten') {
		return () => labDevice.unpair('nobody');
	}
	switch (parseBoolean(value)) {
		case true:
			return () => {
				labDevice.pair();
				return labDevice.whenPaired();
			};
		case false:
			return () => labDevice.unpair('muxer');
		default:
			throw new VirtualError('BAD_ARGUMENT', `paired takes true, false or forgotten (by the device only), not “${value}”.`);
	}
}

function listSettings(line: (text: string) => void): void {
	const others = [
		{ key: 'name', summary: 'the name of the device' },
		{ key: 'iosVersion', summary: 'the version of its system' },
		{ key: 'buildVersion', summary: 'the build of its system' },
		{ key: 'paired', summary: 'trust between device and this computer: true, false, forgotten (by the device only)' },
	];
	for (const { key, summary } of [...others, ...describeSettings()]) {
		line(`${key}: ${summary}`);
	}
}

function listFaults({ running }: LabDevice, line: (text: string) => void): void {
	const { faults } = running.device;
	for (const { name, args, summary } of faults.known) {
		line(`${[name, args].join(' ').trim()}: ${summary}`);
	}
	for (const armed of faults.list()) {
		line(`armed: ${armed}`);
	}
}

function fault(lab: VirtualLab, labDevice: LabDevice, args: readonly string[], line: (text: string) => void): void {
	const [name, ...rest] = args;
	const { faults, clock } = labDevice.running.device;
	if (name === undefined) {
		throw new VirtualError('BAD_ARGUMENT', 'fault takes the name of one; `faults` lists them.');
	}
	if (name === 'clear') {
		faults.clear(rest[0]);
		return;
	}
	const times = rest.map((arg) => /^times=(\d{1,9})$/.exec(arg)?.[1]).find((count) => count !== undefined);
	const own = rest.filter((arg) => !arg.startsWith('times='));
	const cut = (replugMs: string | undefined): void => {
		lab.unplug(labDevice);
		if (replugMs !== undefined) {
			void delay(clock, Math.max(0, Number(replugMs) || 0)).then(() => lab.plug(labDevice));
		}
	};
	if (name === 'unplug') {
		cut(own[0]);
	} else if (name === 'unplug-at-byte') {
		const bytes = Number(own[0]);
		if (!(Number.isSafeInteger(bytes) && bytes >= 0)) {
			throw new VirtualError('BAD_ARGUMENT', 'unplug-at-byte takes a number of bytes.');
		}
		labDevice.running.linkFaults.cutAfter(bytes, () => cut(own[1]));
	} else if (name === 'mux-drop') {
		// After the answer to this order is on its way.
		setTimeout(() => lab.mux.dropClients(), 50);
	} else {
		faults.arm(name, own, times === undefined ? undefined : Number(times));
	}
	line(`armed: ${[name, ...own].join(' ')}`);
}

/** The app that an order is about. @throws VirtualError `BAD_ARGUMENT` */
function appOf({ running }: LabDevice, [bundleId]: readonly string[]): string {
	if (bundleId === undefined || !running.device.apps.some((app) => app.bundleId === bundleId)) {
		throw new VirtualError('BAD_ARGUMENT', `The device has no app “${bundleId ?? ''}”.`);
	}
	return bundleId;
}

async function useApp(_: VirtualLab, labDevice: LabDevice, args: readonly string[], line: (text: string) => void): Promise<void> {
	const bundleId = appOf(labDevice, args);
	const options = readOptions(args.slice(1), ['files', 'bytes', 'seed']);
	const { device, media } = labDevice.running;
	const [files, bytes] = [Number(options.get('files') ?? 10), Number(options.get('bytes') ?? 100_000)];
	if (!(Number.isInteger(files) && files > 0 && files <= MAX_USED_FILES && Number.isSafeInteger(bytes) && bytes >= 0)) {
		throw new VirtualError('BAD_ARGUMENT', `--files takes 1 to ${MAX_USED_FILES}, --bytes a number of bytes.`);
	}
	media.containers.use(bundleId, files, bytes, options.get('seed') ?? '1');
	await device.save();
	line(`wrote ${files} files`);
}

function notify(_: VirtualLab, { running }: LabDevice, [name]: readonly string[]): void {
	if (name === undefined) {
		throw new VirtualError('BAD_ARGUMENT', 'notify takes the name of a notification.');
	}
	running.device.notifications.post(name);
}

/** `--name value` pairs. @throws VirtualError `BAD_ARGUMENT` */
function readOptions(args: readonly string[], names: readonly string[]): Map<string, string> {
	const options = new Map<string, string>();
	for (let index = 0; index < args.length; index++) {
		const [option = '', inline] = (args[index] as string).split(/=(.*)/s, 2);
		const name = option.replace(/^--/, '');
		const value = inline ?? args[++index];
		if (!option.startsWith('--') || !names.includes(name) || value === undefined) {
			throw new VirtualError(
				'BAD_ARGUMENT',
				`This order takes ${names.map((one) => `--${one} VALUE`).join(' ')}, not “${args[index] ?? option}”.`,
			);
		}
		options.set(name, value);
	}
	return options;
}
