import { resolve } from 'node:path';
import type { Command } from 'commander';
import { labDeviceNamed, withBaselines } from '../contract/index.ts';
import { findLabFile } from '../engine/index.ts';
import type { CliIo } from './io.ts';

/** Options that name a device, or the backup of one. */
const DEVICE_OPTIONS = ['source'];

/**
 * Puts the UDID, or the device's own name, in the place of each friendly name of the lab file that was given as a device. Which one it is on
 * this desk, `DEVICELAB_DEVICES` may say: `payments=Lab-9,small-screen=00008101`. Virtual devices are not in it.
 * @param taken - gets the friendly names that were given, by what each was taken for
 * @throws EngineError `WRONG_USE` - the lab file cannot be used, and a device was named.
 */
export async function putFriendlyNames(
	command: Command,
	{ environment }: Pick<CliIo, 'environment'>,
	taken: Map<string, string>,
): Promise<void> {
	if (command.parent?.name() === 'virtual') {
		return;
	}
	const deviceMeant = async (given: string): Promise<string> => {
		const meant = await deviceOf(given, environment);
		if (meant !== given) {
			taken.set(meant, given);
		}
		return meant;
	};
	const index = command.registeredArguments.findIndex((argument) => argument.name() === 'device');
	const argument: unknown = command.processedArgs[index];
	if (typeof argument === 'string') {
		command.processedArgs[index] = await deviceMeant(argument);
	}
	for (const option of DEVICE_OPTIONS) {
		const given: unknown = command.getOptionValue(option);
		if (typeof given === 'string') {
			command.setOptionValue(option, await deviceMeant(given));
		}
	}
}

/** The lab file's rules for a clean-up; its baselines stay with any rules. @returns undefined where nobody has given rules. */
export async function retentionRules(given: string | undefined, { environment }: Pick<CliIo, 'environment'>): Promise<string | undefined> {
	const found = await findLabFile(resolve(), environment);
	const rules = given ?? found?.file.retention;
	return rules === undefined || found === undefined ? rules : withBaselines(rules, found.file);
}

async function deviceOf(given: string, environment: CliIo['environment']): Promise<string> {
	const own = (environment['DEVICELAB_DEVICES'] ?? '')
		.split(',')
		.map((pair) => pair.split('=').map((part) => part.trim()))
		.find(([name]) => name?.toLowerCase() === given.toLowerCase())?.[1];
	if (own !== undefined && own !== '') {
		return own;
	}
	const found = await findLabFile(resolve(), environment);
	const device = found === undefined ? undefined : labDeviceNamed(found.file, given);
	return device?.udid ?? device?.name ?? given;
}
