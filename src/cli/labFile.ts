import { resolve } from 'node:path';
import type { Command } from 'commander';
import { labDeviceNamed } from '../contract/index.ts';
import { findLabFile } from '../engine/index.ts';
import type { CliIo } from './io.ts';

/**
 * Puts the UDID, or the device's own name, in the place of each friendly name of the lab file that was given as a device. Virtual devices are
 * not in it.
 * @throws EngineError `WRONG_USE` - the lab file cannot be used, and a device was named.
 */
export async function putFriendlyNames(command: Command, { environment }: Pick<CliIo, 'environment'>): Promise<void> {
	if (command.parent?.name() === 'virtual') {
		return;
	}
	const index = command.registeredArguments.findIndex((argument) => argument.name() === 'device');
	const given: unknown = command.processedArgs[index];
	if (typeof given !== 'string') {
		return;
	}
	const found = await findLabFile(resolve(), environment);
	const device = found === undefined ? undefined : labDeviceNamed(found.file, given);
	command.processedArgs[index] = device?.udid ?? device?.name ?? given;
}
