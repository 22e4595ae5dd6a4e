import type { Argument, Command, Option } from 'commander';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import { KNOWN_DEVICE_ARGUMENT } from '../commands/register.ts';
import { formatTime } from '../format.ts';

/** One word that may come next. */
export interface Candidate {
	readonly value: string;
	readonly description: string;
}

/** What may come next; `folders` asks the shell to complete folders by itself. */
export interface Candidates {
	readonly words: readonly Candidate[];
	readonly folders: boolean;
}

/** Asks for what can be named, when it is to be. */
export interface KnownNames {
	/** The attached devices. */
	devices(): Promise<readonly NamedDevice[]>;
	/** All snapshots, newest first. */
	snapshots(): Promise<readonly SnapshotInfo[]>;
}

/** A device as far as its name goes. */
type NamedDevice = Pick<DeviceInfo, 'udid' | 'name' | 'model'>;

const SNAPSHOT_ARGUMENTS: ReadonlySet<string> = new Set(['snapshot', 'before', 'after']);

/** Snapshots without a name that are offered unasked. */
const MAX_UNNAMED = 20;

/** Options whose value is a folder. */
const FOLDER_OPTIONS = new Set(['--to', '--from', '--state', '--store']);

/**
 * What may follow the words that were typed, from the program's own description of its commands.
 *
 * @param words - after the program's name; the last is the one that is being typed, possibly empty
 */
export async function candidatesFor(program: Command, words: readonly string[], known: KnownNames): Promise<Candidates> {
	const typed = words.at(-1) ?? '';
	const place = walk(program, words.slice(0, -1));
	const matching = (candidates: readonly Candidate[]): Candidates => ({
		words: candidates.filter(({ value }) => value.toLowerCase().startsWith(typed.toLowerCase())),
		folders: false,
	});
	if (place.valueOf !== undefined) {
		const option = place.valueOf;
		if (FOLDER_OPTIONS.has(option.long ?? '')) {
			return { words: [], folders: true };
		}
		return matching(option.long === '--source' ? udidsOf(await known.devices()) : (option.argChoices ?? []).map(plain));
	}
	if (typed.startsWith('-')) {
		return matching(optionsOf(place.command).map((option) => ({ value: option.long ?? option.flags, description: option.description })));
	}
	const commands = place.command.createHelp().visibleCommands(place.command);
	if (commands.length > 0) {
		return matching(commands.map((command) => ({ value: command.name(), description: command.summary() || command.description() })));
	}
	const { registeredArguments } = place.command;
	// The last argument may take several words.
	const argument: Argument | undefined =
		registeredArguments[place.words.length] ?? (registeredArguments.at(-1)?.variadic === true ? registeredArguments.at(-1) : undefined);
	if (argument?.name() === 'device') {
		const stored = argument.description === KNOWN_DEVICE_ARGUMENT ? devicesOf(await known.snapshots()) : [];
		const attached = await known.devices();
		return matching(namesOf([...attached, ...stored.filter(({ udid }) => attached.every((device) => device.udid !== udid))], typed));
	}
	if (argument !== undefined && SNAPSHOT_ARGUMENTS.has(argument.name())) {
		return matching(snapshotsOf(await known.snapshots(), place.words[0] ?? '', typed));
	}
	if (argument?.name() === 'dir') {
		return { words: [], folders: true };
	}
	return matching((argument?.argChoices ?? []).map(plain));
}

interface Place {
	readonly command: Command;
	/** The arguments of the command that were typed. */
	readonly words: readonly string[];
	/** The option whose value comes next. */
	readonly valueOf: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
	let command = program;
	let typed: string[] = [];
	let valueOf: Option | undefined;
	for (const word of words) {
		if (valueOf !== undefined) {
			valueOf = undefined;
		} else if (word.startsWith('-')) {
			const option = word.includes('=') ? undefined : optionsOf(command).find((known) => known.long === word || known.short === word);
			valueOf = option?.required === true ? option : undefined;
		} else {
			const next = command.commands.find((known) => known.name() === word);
			command = next ?? command;
			typed = next === undefined ? [...typed, word] : [];
		}
	}
	return { command, words: typed, valueOf };
}

function optionsOf(command: Command): Option[] {
	const help = command.createHelp();
	const found = help.visibleOptions(command);
	for (let parent = command.parent; parent !== null; parent = parent.parent) {
		found.push(...parent.options.filter((option) => !option.hidden));
	}
	return found.filter((option, index) => found.findIndex((other) => other.long === option.long) === index);
}

function plain(value: string): Candidate {
	return { value, description: '' };
}

function udidsOf(devices: readonly NamedDevice[]): Candidate[] {
	return devices.map((device) => ({ value: device.udid, description: device.name ?? '' }));
}

/** Names, as people think in them; UDIDs too once something was typed, or where names do not tell devices apart. */
function namesOf(devices: readonly NamedDevice[], typed: string): Candidate[] {
	const named = devices.filter((device) => device.name !== undefined && devices.filter((other) => other.name === device.name).length === 1);
	const names = named.map((device) => ({
		value: device.name ?? '',
		description: [device.model, device.udid].filter((part) => part !== undefined).join(', '),
	}));
	return [...names, ...udidsOf(typed === '' ? devices.filter((device) => !named.includes(device)) : devices)];
}

function devicesOf(snapshots: readonly SnapshotInfo[]): NamedDevice[] {
	const newest = new Map<string, NamedDevice>();
	for (const { udid, deviceName, model } of snapshots) {
		if (!newest.has(udid)) {
			newest.set(udid, { udid, ...(deviceName === undefined ? {} : { name: deviceName }), ...(model === undefined ? {} : { model }) });
		}
	}
	return [...newest.values()];
}

/** Names and the words that stand for a snapshot; ids of those that have none. */
function snapshotsOf(snapshots: readonly SnapshotInfo[], device: string, typed: string): Candidate[] {
	const plain = (text: string): string => text.toLowerCase().replaceAll('-', '');
	const own = snapshots.filter(
		({ udid, deviceName }) => deviceName?.toLowerCase() === device.toLowerCase() || plain(udid).startsWith(plain(device)),
	);
	const describe = (snapshot: SnapshotInfo): string =>
		[formatTime(snapshot.takenAt), snapshot.note].filter((part) => part !== undefined).join(', ');
	const named = own.flatMap((snapshot) => (snapshot.name === undefined ? [] : [{ value: snapshot.name, description: describe(snapshot) }]));
	const unnamed = own.filter(({ name }) => typed !== '' || name === undefined);
	return [
		...named,
		{ value: 'latest', description: 'the newest' },
		{ value: 'head', description: 'where the device stands' },
		{ value: 'parent', description: 'the parent of head' },
		{ value: 'baseline', description: 'the pinned one that has a name' },
		...unnamed
			.slice(0, typed === '' ? MAX_UNNAMED : undefined)
			.map((snapshot) => ({ value: snapshot.id.slice(0, 8), description: describe(snapshot) })),
	];
}
