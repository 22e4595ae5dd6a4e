import type { LabOptions } from '../src/virtual/index.ts';
import type { EditorLab } from '../test/support/editor/lab.ts';

/**
 * Three virtual iPhones to try the extension with. They ask for a passcode and restart as phones do, only sooner; what is on them is large
 * enough that a backup can be watched, and small enough that a history is made in seconds.
 */
export const trialLabOptions: Partial<LabOptions> = {
	devices: 3,
	seed: 'trial',
	profile: 'mix:800:60M',
	settings: { passcode: 'delay:3000', rebootMs: 4000 },
};

/** Gives the first phone a past: two named snapshots, and changes since the second. @param devicelab - runs the command line */
export async function makeHistory(lab: EditorLab, devicelab: (...argv: string[]) => Promise<unknown>): Promise<void> {
	const [phone] = lab.devices;
	if (phone === undefined) {
		return;
	}
	await phone.tell('set', 'passcode=none');
	await devicelab('snapshot', phone.name, '--name', 'fresh');
	await phone.tell('touch', '--files', '60', '--seed', 'monday');
	await devicelab('snapshot', phone.name, '--name', 'logged-in');
	await phone.tell('touch', '--files', '40', '--seed', 'test-run');
	await phone.tell('set', 'passcode=delay:3000');
}
