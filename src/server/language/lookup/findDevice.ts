import { labDeviceNamed } from '../../../contract/index.ts';
import { closest } from '../../../engine/index.ts';
import { hasVariable } from '../document/tasksFile.ts';
import { attachedDevice, deviceName, knownDevices, type LabFacts } from './facts.ts';

/** Words that stand for devices which are not known before the task runs. */
export const DEVICE_WORDS = ['select', 'last-selected', 'all'] as const;
export type DeviceWord = (typeof DEVICE_WORDS)[number];

/** What a text in the place of a device comes to. */
export type FoundDevice =
	| { readonly kind: 'word'; readonly word: DeviceWord }
	/** Only known when the task runs. */
	| { readonly kind: 'variable' }
	| { readonly kind: 'device'; readonly udid: string; readonly isAttached: boolean; readonly friendly?: string }
	/** A name of the lab file that no phone here has; a person is asked for one. */
	| { readonly kind: 'unmapped'; readonly friendly: string }
	| { readonly kind: 'ambiguous'; readonly udids: readonly string[] }
	| { readonly kind: 'unknown'; readonly nearest: string | undefined };

/** The shortest beginning of a UDID that is taken for one. */
const MIN_UDID_BEGINNING = 2;

/**
 * The device that a text means, as tasks find it (`src/tasks/devices.ts`): a word, a friendly name of the lab file, a UDID, a name, the beginning
 * of a UDID, in this order. Unlike tasks it also looks among those that are not attached now.
 */
export function findDevice(text: string, facts: LabFacts): FoundDevice {
	const wanted = text.trim();
	if (hasVariable(wanted)) {
		return { kind: 'variable' };
	}
	const word = DEVICE_WORDS.find((each) => each === wanted);
	if (word !== undefined) {
		return { kind: 'word', word };
	}
	return findFriendly(wanted, facts) ?? findNamed(wanted, facts) ?? { kind: 'unknown', nearest: nearestDevice(wanted, facts) };
}

/** Without a word about it, a task means the only device that is attached, and asks when there are several. */
export function deviceWithoutName({ devices }: LabFacts): FoundDevice {
	const [only, ...others] = devices;
	return only === undefined || others.length > 0 ? { kind: 'word', word: 'select' } : { kind: 'device', udid: only.udid, isAttached: true };
}

/** The devices whose snapshots a text may be about; all known ones where a person chooses. */
export function devicesMeant(found: FoundDevice, facts: LabFacts): readonly string[] {
	switch (found.kind) {
		case 'device':
			return [found.udid];
		case 'ambiguous':
			return found.udids;
		case 'word':
			return found.word === 'all' ? facts.devices.map(({ udid }) => udid) : knownDevices(facts);
		default:
			return knownDevices(facts);
	}
}

function findFriendly(wanted: string, facts: LabFacts): FoundDevice | undefined {
	const { file } = facts.lab;
	const device = file === undefined ? undefined : labDeviceNamed(file, wanted);
	if (device === undefined) {
		return undefined;
	}
	const known = knownDevices(facts);
	const mapped = facts.mapped.get(wanted.toLowerCase());
	if (mapped !== undefined && known.includes(mapped)) {
		return { ...here(mapped, facts), friendly: wanted };
	}
	for (const hint of [device.udid, device.name]) {
		const found = hint === undefined ? undefined : findNamed(hint, facts, 'whole');
		if (found !== undefined) {
			return found.kind === 'device' ? { ...found, friendly: wanted } : found;
		}
	}
	return { kind: 'unmapped', friendly: wanted };
}

function findNamed(
	wanted: string,
	facts: LabFacts,
	how: 'whole' | 'beginning' = 'beginning',
): Extract<FoundDevice, { kind: 'device' | 'ambiguous' }> | undefined {
	const plain = folded(wanted);
	const tests: ((udid: string) => boolean)[] = [
		(udid) => folded(udid) === plain,
		(udid) => deviceName(facts, udid).toLowerCase() === wanted.toLowerCase(),
		(udid) => how === 'beginning' && plain.length >= MIN_UDID_BEGINNING && folded(udid).startsWith(plain),
	];
	for (const test of tests) {
		const found = knownDevices(facts).filter(test);
		// A device that is away takes no name from one that is here.
		const attached = found.filter((udid) => attachedDevice(facts, udid) !== undefined);
		const [first, ...others] = attached.length > 0 ? attached : found;
		if (first !== undefined) {
			return others.length === 0 ? here(first, facts) : { kind: 'ambiguous', udids: [first, ...others] };
		}
	}
	return undefined;
}

function here(udid: string, facts: LabFacts): Extract<FoundDevice, { kind: 'device' }> {
	return { kind: 'device', udid, isAttached: attachedDevice(facts, udid) !== undefined };
}

function nearestDevice(wanted: string, facts: LabFacts): string | undefined {
	const friendly = [...(facts.lab.file?.devices.keys() ?? [])];
	return nearest(wanted, [...friendly, ...knownDevices(facts).map((udid) => deviceName(facts, udid)), ...DEVICE_WORDS]);
}

/** The one of some words that was probably meant, in any case; undefined when none is near. */
export function nearest(wanted: string, words: readonly string[]): string | undefined {
	const short = wanted.slice(0, MAX_COMPARED).toLowerCase();
	const lower = words.map((each) => each.slice(0, MAX_COMPARED).toLowerCase());
	const found = closest(short, lower);
	return found === undefined ? undefined : words[lower.indexOf(found)];
}

/** Comparing takes the time of one length times the other. */
const MAX_COMPARED = 100;

function folded(udid: string): string {
	return udid.toLowerCase().replaceAll('-', '');
}
