import type { SnapshotInfo } from '../../contract/index.ts';
import { wrongUse } from '../errors.ts';
import { quoted, showable } from '../escape.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

/** `name`: shows, gives, changes or removes the name of a snapshot. */
export const addName: AddCommand = (program, run) => {
	program
		.command('name')
		.helpGroup(GROUP.snapshots)
		.summary('name a snapshot')
		.description('Gives a snapshot a name, changes or removes it; without a new name shows it. Names are unique per device.')
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.argument('[new]', 'the name that it shall have')
		.option('--remove', 'take its name away')
		.addHelpText('after', examples('devicelab name 00008120 latest clean', 'devicelab name 00008120 clean --remove'))
		.action((selector: string, word: string, name: string | undefined, options: { remove?: boolean }) =>
			run((session) => label(session, { selector, word, text: name, remove: options.remove === true, kind: 'name' })),
		);
};

/** `note`: the same for its note. */
export const addNote: AddCommand = (program, run) => {
	program
		.command('note')
		.helpGroup(GROUP.snapshots)
		.summary('write a note on a snapshot')
		.description('Writes a note on a snapshot, changes or removes it; without a text shows it.')
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.argument('[text]', 'the note')
		.option('--remove', 'take its note away')
		.addHelpText('after', examples('devicelab note 00008120 clean "signed in as the test user"', 'devicelab note 00008120 clean --remove'))
		.action((selector: string, word: string, text: string | undefined, options: { remove?: boolean }) =>
			run((session) => label(session, { selector, word, text, remove: options.remove === true, kind: 'note' })),
		);
};

/** `pin`: keeps a snapshot whatever retention says. */
export const addPin: AddCommand = (program, run) => {
	program
		.command('pin')
		.helpGroup(GROUP.snapshots)
		.summary('keep a snapshot, whatever retention says')
		.description('Pins a snapshot: retention never forgets it.')
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.addHelpText('after', examples('devicelab pin 00008120 clean'))
		.action((selector: string, word: string) => run((session) => pin(session, selector, word, true)));
};

/** `unpin`: leaves a snapshot to retention again. */
export const addUnpin: AddCommand = (program, run) => {
	program
		.command('unpin')
		.helpGroup(GROUP.snapshots)
		.summary('leave a snapshot to retention again')
		.description('Takes the pin off a snapshot. Nothing is deleted by it.')
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.addHelpText('after', examples('devicelab unpin 00008120 clean'))
		.action((selector: string, word: string) => run((session) => pin(session, selector, word, false)));
};

interface LabelRequest {
	readonly selector: string;
	readonly word: string;
	readonly text: string | undefined;
	readonly remove: boolean;
	readonly kind: 'name' | 'note';
}

async function label(session: Session, { selector, word, text, remove, kind }: LabelRequest): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	if (remove && text !== undefined) {
		throw wrongUse(`--remove takes the ${kind} away, and a new one is given as well. Leave one of the two out.`);
	}
	const { library } = session.engine;
	if (text === undefined && !remove) {
		const snapshot = await library.show(selector, word);
		const shown = snapshot[kind];
		session.result({ snapshot: snapshotDocument(snapshot) }, shown === undefined ? [] : [showable(shown)]);
		if (shown === undefined) {
			session.note(`The snapshot ${snapshotLabel(snapshot)} has no ${kind}.`);
		}
		return;
	}
	const snapshot = await (kind === 'name' ? library.rename(selector, word, text) : library.setNote(selector, word, text));
	session.result({ snapshot: snapshotDocument(snapshot) }, [labelLine(snapshot, kind)]);
}

function labelLine(snapshot: SnapshotInfo, kind: 'name' | 'note'): string {
	const text = snapshot[kind];
	if (text === undefined) {
		return `The snapshot ${snapshotLabel(snapshot)} has no ${kind} any more.`;
	}
	return kind === 'name' ? `The snapshot is now ${snapshotLabel(snapshot)}.` : `Noted on ${snapshotLabel(snapshot)}: ${quoted(text)}`;
}

async function pin(session: Session, selector: string, word: string, pinned: boolean): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	const snapshot = await session.engine.library.setPinned(selector, word, pinned);
	session.result({ snapshot: snapshotDocument(snapshot) }, [
		pinned
			? `The snapshot ${snapshotLabel(snapshot)} is pinned: retention never forgets it.`
			: `The snapshot ${snapshotLabel(snapshot)} is no longer pinned.`,
	]);
}
