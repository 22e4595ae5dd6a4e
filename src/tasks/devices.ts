import * as vscode from 'vscode';
import { LabFailure } from '../client/index.ts';
import { isErrorReport, type LabTask } from '../contract/index.ts';
import { knownDevices, pickDevices, quoted } from '../views/index.ts';
import type { TaskWorld as WholeWorld } from './world.ts';

/** What the question for a device needs. */
type TaskWorld = Pick<WholeWorld, 'lab' | 'client' | 'recent' | 'names' | 'clock'>;

/**
 * The devices that a task is about, by UDID: bound here, and never looked up again.
 * @throws LabFailure `DEVICE_NOT_FOUND`, `DEVICE_AMBIGUOUS`, `WRONG_USE`; CancellationError - asked, and not answered.
 */
export async function devicesOf(task: Pick<LabTask, 'action' | 'device'>, world: TaskWorld): Promise<readonly string[]> {
	await world.lab.whenReady();
	try {
		return await boundDevices(task, world);
	} catch (error) {
		if (error instanceof LabFailure && error.code === 'DEVICE_NOT_FOUND' && world.lab.devices.length === 0) {
			await refuseBlindness(world);
		}
		throw error;
	}
}

/** That nothing is attached nobody knows without an engine, or without the program that sees devices. @throws LabFailure - that it is so. */
async function refuseBlindness({ client }: TaskWorld): Promise<void> {
	const { devices, problems } = await client.request('devices/list', {});
	const [problem] = problems;
	if (devices.length === 0 && isErrorReport(problem)) {
		throw new LabFailure(problem);
	}
}

async function boundDevices({ action, device }: Pick<LabTask, 'action' | 'device'>, world: TaskWorld): Promise<readonly string[]> {
	const { lab, recent } = world;
	const attached = lab.devices.map(({ udid }) => udid);
	// A snapshot can be verified while its device is elsewhere, and one may be waited for that has yet to come.
	const known = action === 'verify' || action === 'wait' ? [...new Set([...attached, ...lab.allSnapshots().keys()])] : attached;
	switch (device) {
		case 'all':
			return attached.length > 0 ? attached : fail('DEVICE_NOT_FOUND', vscode.l10n.t('No device is attached.'));
		case 'last-selected':
			return [recent.last !== undefined && known.includes(recent.last) ? recent.last : await select(world, known)];
		case 'select':
			return [await select(world, known)];
		case undefined:
			return [known.length === 1 ? (known[0] ?? '') : await select(world, known)];
		default:
			return [(await friendlyDevice(device, known, world)) ?? deviceNamed(device, known, world)];
	}
}

/**
 * The device that a friendly name of the lab file stands for; undefined when the file has no such name. On another desk other phones have the
 * names: then a person says once which one it is here.
 */
async function friendlyDevice(name: string, known: readonly string[], world: TaskWorld): Promise<string | undefined> {
	const { names } = world;
	const device = await names.device(name);
	if (device === undefined) {
		return undefined;
	}
	const mapped = names.mapped(name);
	if (mapped !== undefined && known.includes(mapped)) {
		return mapped;
	}
	const own = [device.udid, device.name].find((hint) => hint !== undefined && fits(hint, known, world));
	if (own !== undefined) {
		return deviceNamed(own, known, world);
	}
	const udid = await select(world, known, vscode.l10n.t('Which of your devices is {0} of the lab file?', quoted(name)));
	await names.map(name, udid);
	return udid;
}

function fits(hint: string, known: readonly string[], world: TaskWorld): boolean {
	return known.some((udid) => folded(udid) === folded(hint) || world.lab.deviceName(udid).toLowerCase() === hint.toLowerCase());
}

/** The device that a value is about: attached or known from its snapshots. @throws as of `devicesOf` */
export async function deviceFor(device: string | undefined, world: TaskWorld): Promise<string> {
	await world.lab.whenReady();
	const [only, ...others] = world.lab.devices;
	if (device === undefined && world.recent.last === undefined && only !== undefined && others.length === 0) {
		// What lies in a drawer is known from its snapshots, and has to be named or chosen.
		return only.udid;
	}
	const [udid] = await devicesOf(
		{ action: 'wait', device: device ?? (world.recent.last === undefined ? undefined : 'last-selected') },
		world,
	);
	// With `all` the first stands for them.
	return udid ?? fail('DEVICE_NOT_FOUND', vscode.l10n.t('No device is attached.'));
}

/** The one that a person means: by its UDID, by its name, or by the beginning of its UDID, in this order. */
export function deviceNamed(wanted: string, known: readonly string[], { lab }: Pick<TaskWorld, 'lab'>): string {
	const plain = folded(wanted);
	const exact = known.filter((udid) => folded(udid) === plain);
	const named = known.filter((udid) => lab.deviceName(udid).toLowerCase() === wanted.toLowerCase());
	const begun = plain.length < 2 ? [] : known.filter((udid) => folded(udid).startsWith(plain));
	const found = [exact, named, begun].find((each) => each.length > 0) ?? [];
	const [udid] = found;
	if (udid === undefined) {
		throw new LabFailure({
			code: 'DEVICE_NOT_FOUND',
			message: `No device is called ${wanted}.`,
			details: { selector: wanted },
		});
	}
	if (found.length > 1) {
		throw new LabFailure({
			code: 'DEVICE_AMBIGUOUS',
			message: `${wanted} fits several devices.`,
			details: { selector: wanted, candidates: found },
		});
	}
	return udid;
}

async function select(
	{ lab, recent, clock }: TaskWorld,
	known: readonly string[],
	placeholder = vscode.l10n.t('The device that the task is about'),
): Promise<string> {
	const devices = knownDevices(lab, 'stored').filter(({ udid }) => known.includes(udid));
	if (devices.length === 0) {
		return fail('DEVICE_NOT_FOUND', vscode.l10n.t('No device is attached.'));
	}
	const picked = await pickDevices(devices, recent, {
		title: vscode.l10n.t('Device Lab Task'),
		placeholder,
		nowMs: clock.now(),
	});
	const udid = picked?.[0]?.udid;
	if (udid === undefined) {
		throw new vscode.CancellationError();
	}
	recent.used(udid);
	return udid;
}

function folded(udid: string): string {
	return udid.toLowerCase().replaceAll('-', '');
}

function fail(code: 'DEVICE_NOT_FOUND', message: string): never {
	throw new LabFailure({ code, message, details: {} });
}
