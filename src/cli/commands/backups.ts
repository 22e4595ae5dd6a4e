import { resolve } from 'node:path';
import type { ContentsHealth, LocalBackup } from '../../contract/index.ts';
import { EngineError, expandHome } from '../../engine/index.ts';
import { backupDocument, backupLines } from '../backupsText.ts';
import { showable } from '../escape.ts';
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
		.option(
			'--check',
			'also judge whether each can be restored: looks for every file that it names; encrypted ones as far as that goes without password',
		)
		.option('--no-sizes', 'do not add up their sizes, which takes a while for large ones')
		.addHelpText('after', examples('devicelab backups', 'devicelab backups /media/usb/Backups --check --json'))
		.action((dir: string | undefined, options: { sizes: boolean; check?: boolean }) => run((session) => list(session, dir, options)));
};

async function list(session: Session, dir: string | undefined, { sizes, check }: { sizes: boolean; check?: boolean }): Promise<void> {
	session.operation = 'store';
	const folder = dir === undefined ? undefined : resolve(expandHome(dir, session.io.environment));
	session.folder = folder;
	const found = await session.engine.library.findLocalBackups({ folder, sizes, signal: session.signal });
	const health = check === true ? await judgeEach(session, found.backups) : undefined;
	session.result(
		{
			backups: found.backups.map((backup) => ({ ...backupDocument(backup), ...present(health?.get(backup.path)) })),
			places: found.places,
			problems: found.problems,
		},
		backupLines(found, session.style, health),
	);
	found.problems.forEach((problem) => session.warn(showable(problem.message)));
	if (found.backups.length === 0) {
		session.note(`There are no backups in ${found.places.map(showable).join(', ')}.`);
	}
}

/** One that cannot be read at all is left out; its problem is told anyway. */
async function judgeEach(session: Session, backups: readonly LocalBackup[]): Promise<ReadonlyMap<string, ContentsHealth>> {
	const judged = new Map<string, ContentsHealth>();
	const password = session.io.environment['DEVICELAB_PASSWORD'] || undefined;
	for (const { path, encrypted } of backups) {
		const look = (opens: string | undefined): Promise<ContentsHealth> =>
			session.engine.contents.health({ place: { folder: path }, password: opens, signal: session.signal });
		try {
			judged.set(path, await look(encrypted === true ? password : undefined));
		} catch (error) {
			const code = error instanceof Error && 'code' in error ? error.code : undefined;
			if (code === 'WRONG_PASSWORD') {
				// The password is that of another one of them.
				judged.set(path, await look(undefined));
			} else if (error instanceof EngineError && !session.signal.aborted) {
				session.warn(`${showable(path)}: ${showable(error.message)}`);
			} else {
				throw error;
			}
		}
	}
	return judged;
}

function present(health: ContentsHealth | undefined): { readonly health?: ContentsHealth } {
	return health === undefined ? {} : { health };
}
