import { diffLines } from '../diffText.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

const DEFAULT_FILES = 50;
const MAX_FILES = 1_000_000;

/** `diff`: what changed from one snapshot to another. */
export const addDiff: AddCommand = (program, run) => {
	program
		.command('diff')
		.helpGroup(GROUP.snapshots)
		.summary('compare two snapshots')
		.description(
			'Shows how many files of each app and domain were added, removed and changed from one snapshot to another; with --files also which. No ' +
				'phone is needed. The names in encrypted snapshots are read with DEVICELAB_PASSWORD.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<before>', SNAPSHOT_ARGUMENT)
		.argument('<after>', SNAPSHOT_ARGUMENT)
		.option('--files [n]', `also list the files, at most so many (${DEFAULT_FILES} when no number is given)`, wholeNumber(1, MAX_FILES))
		.addHelpText('after', examples('devicelab diff "Anna\'s iPhone" clean head', 'devicelab diff 00008120 parent head --files 200'))
		.action((selector: string, before: string, after: string, options: { files?: number | true }) =>
			run((session) => diff(session, { selector, before, after, files: options.files === true ? DEFAULT_FILES : (options.files ?? 0) })),
		);
};

interface DiffRequest {
	readonly selector: string;
	readonly before: string;
	readonly after: string;
	readonly files: number;
}

async function diff(session: Session, { selector, before, after, files }: DiffRequest): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	const password = session.io.environment['DEVICELAB_PASSWORD'] || undefined;
	const found = await session.engine.library.diff(selector, before, after, { maxFiles: files, password, signal: session.signal });
	session.result({ diff: found }, diffLines(found, session.style));
	if (found.groups.some(({ name }) => name === '?')) {
		session.note('Names are not shown, since the snapshots are encrypted: set DEVICELAB_PASSWORD to read them.');
	}
	if (files > 0 && found.fileCount > found.files.length) {
		session.note(`… and more: ${(found.fileCount - found.files.length).toLocaleString('en-US')} (--files ${found.fileCount} lists all)`);
	}
}
