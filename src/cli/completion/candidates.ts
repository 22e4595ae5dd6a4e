import type { Argument, Command, Option } from 'commander';
import type { DeviceInfo } from '../../contract/index.ts';

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

/** Options whose value is a folder. */
const FOLDER_OPTIONS = new Set(['--to', '--from', '--state', '--store']);

/**
 * What may follow the words that were typed, from the program's own description of its commands.
 *
 * @param words - after the program's name; the last is the one that is being typed, possibly empty
 * @param devices - asks for the attached devices, when one is to be named
 */
export async function candidatesFor(
	program: Command,
	words: readonly string[],
	devices: () => Promise<readonly DeviceInfo[]>,
): Promise<Candidates> {
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
		return matching(option.long === '--source' ? udidsOf(await devices()) : (option.argChoices ?? []).map(plain));
	}
	if (typed.startsWith('-')) {
		return matching(optionsOf(place.command).map((option) => ({ value: option.long ?? option.flags, description: option.description })));
	}
	const commands = place.command.createHelp().visibleCommands(place.command);
	if (commands.length > 0) {
		return matching(commands.map((command) => ({ value: command.name(), description: command.summary() || command.description() })));
	}
	const argument: Argument | undefined = place.command.registeredArguments[place.position];
	if (argument?.name() === 'device') {
		return matching(namesOf(await devices(), typed));
	}
	if (argument?.name() === 'dir') {
		return { words: [], folders: true };
	}
	return matching((argument?.argChoices ?? []).map(plain));
}

interface Place {
	readonly command: Command;
	/** How many arguments of the command were typed. */
	readonly position: number;
	/** The option whose value comes next. */
	readonly valueOf: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
	let command = program;
	let position = 0;
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
			position = next === undefined ? position + 1 : 0;
		}
	}
	return { command, position, valueOf };
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

function udidsOf(devices: readonly DeviceInfo[]): Candidate[] {
	return devices.map((device) => ({ value: device.udid, description: device.name ?? '' }));
}

/** Names, as people think in them; UDIDs too once something was typed, or where names do not tell devices apart. */
function namesOf(devices: readonly DeviceInfo[], typed: string): Candidate[] {
	const named = devices.filter((device) => device.name !== undefined && devices.filter((other) => other.name === device.name).length === 1);
	const names = named.map((device) => ({
		value: device.name ?? '',
		description: [device.model, device.udid].filter((part) => part !== undefined).join(', '),
	}));
	return [...names, ...udidsOf(typed === '' ? devices.filter((device) => !named.includes(device)) : devices)];
}
