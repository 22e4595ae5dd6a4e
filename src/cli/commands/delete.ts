import { CodedError } from '../../base/index.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { CliError } from '../errors.ts';
import { confirm, mustConfirm } from '../confirmation.ts';
import { formatCount } from '../format.ts';
import type { Session } from '../session.ts';
import { shortId, snapshotDocument, snapshotLabel, snapshotLines } from '../snapshotText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

/** `delete`: forgets snapshots. */
export const addDelete: AddCommand = (program, run) => {
	program
		.command('delete')
		.helpGroup(GROUP.snapshots)
		.summary('delete snapshots')
		.description(
			'Deletes snapshots for good. Shows them and asks first; --yes answers. Others that share content with them stay whole. The space is ' +
				'given back by: devicelab prune',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot...>', SNAPSHOT_ARGUMENT)
		.option('--even-pinned', 'also what is pinned; without this nothing is deleted when one of them is')
		.addHelpText('after', examples('devicelab delete 00008120 1a2b3c4d', 'devicelab delete "Anna\'s iPhone" monday tuesday --yes'))
		.action((selector: string, words: string[], options: { evenPinned?: boolean }) =>
			run((session) => deleteSnapshots(session, selector, words, options.evenPinned === true)),
		);
};

async function deleteSnapshots(session: Session, selector: string, words: readonly string[], evenPinned: boolean): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	mustConfirm(session, 'Deleting cannot be taken back');
	const { library } = session.engine;
	const found = await Promise.all(words.map((word) => library.show(selector, word).catch(asUnreadable)));
	const readable = found.flatMap((each) => ('unreadable' in each ? [] : [each]));
	const chosen = [...new Map(readable.map((snapshot) => [snapshot.id, snapshot])).values()];
	const unreadable = [...new Set(found.flatMap((each) => ('unreadable' in each ? each.unreadable : [])))];
	const udid = found[0]?.udid ?? selector;
	const pinned = chosen.find((snapshot) => snapshot.pinned);
	if (pinned !== undefined && !evenPinned) {
		throw refusedAsPinned(pinned);
	}
	snapshotLines(chosen, session.errorStyle).forEach((line) => session.note(line));
	unreadable.forEach((id) => session.note(`${shortId(id)}: cannot be read, so what it holds is not known.`));
	const count = chosen.length + unreadable.length;
	await confirm(session, `Delete ${count === 1 ? 'this snapshot' : `these ${formatCount(count, 'snapshot')}`} for good?`);
	// What was shown is what is deleted, whatever a word like `latest` means by now.
	const deleted = await library.delete(udid, [...chosen.map(({ id }) => id), ...unreadable], { evenPinned });
	session.result(
		{ deleted: [...deleted.map(snapshotDocument), ...unreadable.map((id) => ({ id, device: udid }))] },
		[...deleted.map(snapshotLabel), ...unreadable.map(shortId)].map((label) => `Deleted ${label}.`),
	);
}

/** One whose record is damaged, gone, or of a newer version can be deleted like any other. */
function asUnreadable(error: unknown): { readonly udid: string; readonly unreadable: string } {
	const { unreadable, udid } = CodedError.is(error) ? error.details : {};
	if (typeof unreadable !== 'string' || typeof udid !== 'string') {
		throw error;
	}
	return { udid, unreadable };
}

/** Found before the question, and again by the engine: it may have been pinned meanwhile. */
function refusedAsPinned(snapshot: SnapshotInfo): CliError {
	return new CliError('WRONG_USE', `${snapshotLabel(snapshot)} is pinned, so nothing is deleted. Unpin it, or add --even-pinned.`, {
		details: { reason: 'pinned', snapshot: snapshot.id },
	});
}
