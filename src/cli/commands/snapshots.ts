import type { ContentsHealth, SnapshotInfo } from '../../contract/index.ts';
import { showable } from '../escape.ts';
import { healthLines } from '../healthText.ts';
import { presentPassword } from '../passwords.ts';
import type { Session } from '../session.ts';
import { snapshotCard, snapshotDocument, snapshotLines } from '../snapshotText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

/** `snapshots`: what states are kept, of all devices or of one. */
export const addSnapshots: AddCommand = (program, run) => {
	program
		.command('snapshots')
		.helpGroup(GROUP.snapshots)
		.summary('list snapshots')
		.description(
			'Lists the snapshots of all devices or of one, newest first. No phone is needed.\n\n' +
				'head is where the device stands: it was last backed up to this snapshot, or rolled back to it. SIZE is everything in a snapshot, OWN ' +
				'what it added to the store when it was taken; the rest is shared with others.',
		)
		.argument('[device]', KNOWN_DEVICE_ARGUMENT)
		.addHelpText(
			'after',
			examples('devicelab snapshots', 'devicelab snapshots "Anna\'s iPhone"', "devicelab snapshots --json | jq -r '.snapshots[].id'"),
		)
		.action((selector: string | undefined) => run((session) => list(session, selector)));
};

async function list(session: Session, selector: string | undefined): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	const { snapshots, problems } = await session.engine.library.list(selector);
	// There may be ten thousand: only what is asked for is made of them.
	if (session.options.json) {
		session.result({ snapshots: snapshots.map(snapshotDocument), problems }, []);
	} else {
		session.result({}, snapshotLines(snapshots, session.style));
	}
	problems.forEach((problem) => session.warn(showable(problem.message)));
	if (snapshots.length === 0) {
		session.note(`There are no snapshots${selector === undefined ? '' : ' of this device'} yet. Take one: devicelab snapshot DEVICE`);
	}
}

/** `show`: everything about one snapshot. */
export const addShow: AddCommand = (program, run) => {
	program
		.command('show')
		.helpGroup(GROUP.snapshots)
		.summary('show one snapshot in detail')
		.description(
			'Shows everything that is kept about one snapshot. No phone is needed. With --check also whether it can be restored, and if not, why: files ' +
				'that are missing, a damaged list, and with --onto also an iOS that is too old, or supervision that differs. The password of an encrypted one ' +
				'is DEVICELAB_PASSWORD, or asked for. `devicelab verify` reads every byte.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.option('--check', 'also judge whether it can be restored')
		.option('--onto <device>', 'onto this attached device; implies --check')
		.addHelpText('after', examples('devicelab show "Anna\'s iPhone" head', 'devicelab show 00008120 clean --onto "Lab-3" --json'))
		.action((selector: string, word: string, options: { check?: boolean; onto?: string }) =>
			run(async (session) => {
				session.operation = 'store';
				session.device = selector;
				const snapshot = await session.engine.library.show(selector, word);
				const isChecked = (options.check === true || options.onto !== undefined) && snapshot.kind === 'device';
				const health = isChecked ? await judge(session, snapshot, options.onto) : undefined;
				session.result({ snapshot: snapshotDocument(snapshot), ...(health === undefined ? {} : { health }) }, [
					...snapshotCard(snapshot, session.style),
					...(health === undefined ? [] : ['', ...healthLines(health, session.style)]),
				]);
			}),
		);
};

async function judge(session: Session, { udid, id, encrypted }: SnapshotInfo, onto: string | undefined): Promise<ContentsHealth> {
	const target = onto === undefined ? undefined : await session.engine.device(onto, session.signal);
	const look = (password: string | undefined): Promise<ContentsHealth> =>
		session.engine.contents.health({
			place: { device: udid, snapshot: id },
			password,
			signal: session.signal,
			...(target === undefined ? {} : { target }),
		});
	// What can be told without the password is told, where nobody is there to ask.
	const canOpen = session.canAsk || session.io.environment['DEVICELAB_PASSWORD'] !== undefined;
	return encrypted && canOpen ? look((await presentPassword(session, 'Password of the backup: ')).password) : look(undefined);
}
