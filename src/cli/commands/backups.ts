import { resolve } from 'node:path';
import { backupDocument, backupLines } from '../backupsText.ts';
import { showable } from '../escape.ts';
import { expandHome } from '../paths.ts';
import type { Session } from '../session.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

/** `backups`: what other programs keep. */
export const addBackups: AddCommand = (program, run) => {
	program
		.command('backups')
		.helpGroup(GROUP.backup)
		.summary('list the backups that other programs keep')
		.description(
			'Lists the backups that Finder, iTunes and Apple Devices keep where they usually do, or those in a folder, newest first. Nothing is ' +
				'changed. `devicelab import` takes them over as snapshots.',
		)
		.argument('[dir]', 'a backup, or the folder that holds backups')
		.option('--no-sizes', 'do not add up their sizes, which takes a while for large ones')
		.addHelpText('after', examples('devicelab backups', 'devicelab backups /media/usb/Backups --json'))
		.action((dir: string | undefined, options: { sizes: boolean }) => run((session) => list(session, dir, options.sizes)));
};

async function list(session: Session, dir: string | undefined, sizes: boolean): Promise<void> {
	session.operation = 'store';
	const folder = dir === undefined ? undefined : resolve(expandHome(dir, session.io.environment));
	session.folder = folder;
	const found = await session.engine.library.findLocalBackups({ folder, sizes, signal: session.signal });
	session.result(
		{ backups: found.backups.map(backupDocument), places: found.places, problems: found.problems },
		backupLines(found, session.style),
	);
	found.problems.forEach((problem) => session.warn(showable(problem.message)));
	if (found.backups.length === 0) {
		session.note(`There are no backups in ${found.places.map(showable).join(', ')}.`);
	}
}
