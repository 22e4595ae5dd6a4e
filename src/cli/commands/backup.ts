import { resolve } from 'node:path';
import type { BackupResult } from '../../contract/index.ts';
import { expandHome } from '../../engine/index.ts';
import { deviceKind, deviceName } from '../deviceText.ts';
import { showable } from '../escape.ts';
import { formatBytes, formatCount, formatDuration } from '../format.ts';
import type { Session } from '../session.ts';
import type { Style } from '../style.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

/** `backup`: backs a device up into a folder as Finder and iTunes keep them. */
export const addBackup: AddCommand = (program, run) => {
	program
		.command('backup')
		.helpGroup(GROUP.backup)
		.summary('back a device up into a folder')
		.description(
			'Backs the device up into DIR/<UDID>, in the format of Finder and iTunes. When a backup of the device is there already, only what ' +
				'changed is sent, and the folder then holds the newer state.\n\n' +
				'Most devices ask for their passcode first: stay with the device until the transfer begins. The backup is encrypted when encryption ' +
				'is on (see: devicelab encryption). Ctrl-C cancels; the last finished backup stays usable.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.requiredOption('--to <dir>', 'the folder that holds the backups; made when it is missing')
		.option('--full', 'have the device send everything anew')
		.addHelpText(
			'after',
			examples('devicelab backup "Anna\'s iPhone" --to ~/Backups', 'devicelab backup 00008120 --to /media/nas/phones --full --json'),
		)
		.action((selector: string, options: { to: string; full?: boolean }) => run((session) => backUp(session, selector, options)));
};

async function backUp(session: Session, selector: string, options: { to: string; full?: boolean }): Promise<void> {
	session.operation = 'backup';
	session.device = selector;
	session.folder = resolve(expandHome(options.to, session.io.environment));
	const folder = session.folder;
	const device = await session.engine.device(selector, session.signal);
	session.device = device.name ?? selector;
	session.note(`Backing up ${deviceName(device)} (${deviceKind(device)}) to ${showable(folder)}`);
	const backup = await session.job((run) => session.engine.backUp({ device: device.udid, folder, full: options.full === true }, run));
	session.result({ backup }, backupLines(backup, session.style));
	if (backup.skippedFiles.length > 0) {
		session.warn(`The device could not read ${formatCount(backup.skippedFiles.length, 'file')}, which the backup leaves out:`);
		backup.skippedFiles.slice(0, 10).forEach((path) => session.warn(`  ${showable(path)}`));
		if (backup.skippedFiles.length > 10) {
			session.warn('  … (all of them: --json)');
		}
	}
}

/** What a finished backup is, in two lines. */
export function backupLines(backup: BackupResult, style: Style): string[] {
	const kind = `${backup.full ? 'Full' : 'Incremental'} backup${backup.encrypted ? ', encrypted' : ''}`;
	const sent = `${formatBytes(backup.transferredBytes)} in ${formatCount(backup.transferredFiles, 'file')}, ${formatDuration(backup.durationMs)}`;
	return [`${style.green('✓')} ${style.bold(kind)}: ${sent}`, `  ${showable(backup.path)}`];
}
