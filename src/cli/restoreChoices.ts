import type { Command } from 'commander';
import type { RestoreChoices } from '../contract/index.ts';

/** What a device takes over of a backup, and how, as options of a command. */
export interface RestoreChoiceOptions {
	readonly keepSettings?: boolean;
	readonly systemFiles?: boolean;
	readonly removeOthers?: boolean;
	readonly keepCameraRoll?: boolean;
	readonly reboot: boolean;
	readonly copyFirst?: boolean;
	readonly reinstallApps: boolean;
}

/** Declares the options that say what is restored and how, in the words that restore and rollback share. */
export function addRestoreChoices(command: Command): Command {
	return command
		.optionsGroup('What is restored:')
		.option('--keep-settings', "keep the device's present settings instead of the backup's")
		.option('--system-files', 'restore system domains too (the default)')
		.option('--no-system-files', 'leave system domains as they are')
		.option('--remove-others', 'also remove what belongs to no part of the backup, such as data of apps that it does not know')
		.option('--keep-camera-roll', 'keep the photos and videos that are on the device')
		.optionsGroup('How:')
		.option('--no-reboot', 'do not restart the device; until it restarts, the restore is not complete')
		.option('--copy-first', 'have the device copy the backup before it uses it; needs twice the space there')
		.option('--no-reinstall-apps', 'do not have the device download the apps of the backup again');
}

/** The choices that the options stand for. */
export function choicesOf(options: RestoreChoiceOptions): RestoreChoices {
	return {
		keepSettings: options.keepSettings === true,
		systemFiles: options.systemFiles !== false,
		removeOthers: options.removeOthers === true,
		keepCameraRoll: options.keepCameraRoll === true,
		reboot: options.reboot,
		copyFirst: options.copyFirst === true,
		reinstallApps: options.reinstallApps,
	};
}
