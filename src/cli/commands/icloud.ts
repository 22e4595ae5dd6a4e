import { Argument } from 'commander';
import type { CloudBackupStatus } from '../../contract/index.ts';
import { deviceName } from '../deviceText.ts';
import { formatTime } from '../format.ts';
import type { Session } from '../session.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';
import { showable } from '../escape.ts';

type Action = 'status' | 'on' | 'off';

/** `icloud`: the device's own backup to iCloud. */
export const addIcloud: AddCommand = (program, run) => {
	program
		.command('icloud')
		.helpGroup(GROUP.settings)
		.summary("the device's own backup to iCloud")
		.description(
			'Tells whether the device backs itself up to iCloud and when it last did, as far as it says, or turns that on or off. Backups to this computer work either way.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.addArgument(new Argument('<action>', 'what to do').choices(['status', 'on', 'off']))
		.addHelpText('after', examples('devicelab icloud "Anna\'s iPhone" status', 'devicelab icloud 00008120 off'))
		.action((selector: string, action: Action) => run((session) => icloud(session, selector, action)));
};

async function icloud(session: Session, selector: string, action: Action): Promise<void> {
	session.device = selector;
	session.operation = 'cloud';
	const device = await session.engine.device(selector, session.signal);
	session.device = device.name ?? selector;
	const status =
		action === 'status'
			? await session.engine.cloudBackupStatus(device.udid, session.signal)
			: await session.job((run) => session.engine.setCloudBackup({ device: device.udid, enabled: action === 'on' }, run));
	session.result({ device: device.udid, ...status }, [statusLine(deviceName(device), status)]);
}

function statusLine(name: string, status: CloudBackupStatus): string {
	const words = {
		on: `iCloud Backup of ${name} is on.`,
		off: `iCloud Backup of ${name} is off.`,
		unknown: `${name} does not say whether iCloud Backup is on.`,
	};
	return (
		words[status.cloudBackup] + (status.lastBackupAt === undefined ? '' : ` Last backup: ${showable(formatTime(status.lastBackupAt))}.`)
	);
}
