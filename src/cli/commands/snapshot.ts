import { resolve } from 'node:path';
import { deviceKind, deviceName } from '../deviceText.ts';
import type { Session } from '../session.ts';
import { sizeText, snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

interface SnapshotOptions {
	readonly name?: string;
	readonly note?: string;
	readonly full?: boolean;
}

/** `snapshot`: takes a snapshot of a device. */
export const addSnapshot: AddCommand = (program, run) => {
	program
		.command('snapshot')
		.helpGroup(GROUP.snapshots)
		.summary('take a snapshot of a device')
		.description(
			"Backs the device up into the store of snapshots. Only what changed since the device's head is sent and kept; every earlier snapshot stays.\n\n" +
				'Most devices ask for their passcode first: stay with the device until the transfer begins. In a git work tree commit, branch and build ' +
				'number are recorded. Ctrl-C cancels; the next snapshot takes over what had arrived.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.option('--name <name>', 'call it so: tests and people find it by this name; unique per device')
		.option('--note <text>', 'a sentence about it')
		.option('--full', 'have the device send everything anew')
		.addHelpText(
			'after',
			examples('devicelab snapshot "Anna\'s iPhone" --name clean', 'devicelab snapshot 00008120 --note "before the migration" --json'),
		)
		.action((selector: string, options: SnapshotOptions) => run((session) => takeSnapshot(session, selector, options)));
};

async function takeSnapshot(session: Session, selector: string, options: SnapshotOptions): Promise<void> {
	session.operation = 'snapshot';
	session.device = selector;
	const device = await session.engine.device(selector, session.signal);
	session.device = device.name ?? selector;
	session.note(`Taking a snapshot of ${deviceName(device)} (${deviceKind(device)})`);
	const request = {
		device: device.udid,
		name: options.name,
		note: options.note,
		full: options.full === true,
		trigger: 'manual',
		workingFolder: resolve(),
	};
	const snapshot = await session.job((run) => session.engine.takeSnapshot(request, run));
	const { style } = session;
	session.result({ snapshot: snapshotDocument(snapshot) }, [
		`${style.green('✓')} ${style.bold(`Snapshot ${snapshotLabel(snapshot)}`)}${snapshot.encrypted ? ', encrypted' : ''}`,
		`  ${sizeText(snapshot)}`,
	]);
}
