import { addPlace, placeOf, withPassword } from '../contentsPlace.ts';
import { coverageLines, historyLines, storageLines } from '../coverageText.ts';
import { showable } from '../escape.ts';
import { formatCount } from '../format.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

const MAX_APPS = 10_000;
const MAX_POINTS = 100;

/** `coverage`: what a snapshot holds and leaves out. */
export const addCoverage: AddCommand = (program, run) => {
	addPlace(
		program
			.command('coverage')
			.helpGroup(GROUP.contents)
			.summary('show what a snapshot holds and what it leaves out')
			.description(
				'Counts photos, messages, contacts, apps and the like in a snapshot or a backup folder, says what is left out and why, and what has changed ' +
					'since the parent snapshot. Numbers only; nothing personal is shown. No phone is needed.',
			),
	)
		.option('--apps <n>', 'how many apps are listed', wholeNumber(0, MAX_APPS), 10)
		.option('--no-compare', 'do not look at the parent snapshot')
		.addHelpText(
			'after',
			examples('devicelab coverage "Anna\'s iPhone" clean', 'devicelab coverage --from ~/Backups/00008120-0011223344556677'),
		)
		.action((device: string | undefined, snapshot: string | undefined, options: { from?: string; apps: number; compare: boolean }) =>
			run(async (session) => {
				const { place } = placeOf(session, [device, snapshot], options.from);
				const coverage = await withPassword(session, (password) =>
					session.engine.contents.coverage({ place, password, compare: options.compare, signal: session.signal }),
				);
				session.result({ coverage }, coverageLines(coverage, session.style, options.apps));
				if (coverage.parentProblem !== undefined) {
					session.note(`Its parent could not be compared with: ${showable(coverage.parentProblem.message)}`);
				}
				if (coverage.unreadableRows > 0) {
					session.warn(`${formatCount(coverage.unreadableRows, 'row')} of its manifest cannot be used; the others are counted.`);
				}
			}),
		);
};

/** `storage`: what each app takes. */
export const addStorage: AddCommand = (program, run) => {
	addPlace(
		program
			.command('storage')
			.helpGroup(GROUP.contents)
			.summary('show what each app takes of a snapshot')
			.description(
				"Lists each app's part of a snapshot or a backup folder, largest first, with the groups it shares and its plug-ins; with --history also how " +
					'it moved over the snapshots of the device.',
			),
	)
		.option(
			'--history [n]',
			'over the newest snapshots up to this one, at most so many (10 when no number is given)',
			wholeNumber(1, MAX_POINTS),
		)
		.option('--apps <n>', 'how many apps are listed', wholeNumber(1, MAX_APPS), MAX_APPS)
		.addHelpText(
			'after',
			examples('devicelab storage "Anna\'s iPhone" head', 'devicelab storage "Anna\'s iPhone" head --history --apps 20'),
		)
		.action((device: string | undefined, snapshot: string | undefined, options: { from?: string; apps: number; history?: number | true }) =>
			run((session) => storage(session, [device, snapshot], options)),
		);
};

async function storage(
	session: Session,
	words: readonly (string | undefined)[],
	options: { from?: string; apps: number; history?: number | true },
): Promise<void> {
	const { place } = placeOf(session, words, options.from);
	const report = await withPassword(session, (password) =>
		session.engine.contents.storage({
			place,
			password,
			signal: session.signal,
			...(options.history === undefined ? {} : { history: options.history }),
		}),
	);
	const lines =
		Object.keys(report.history).length === 0
			? storageLines(report.apps, session.style, options.apps)
			: historyLines(report, session.style, options.apps);
	session.result({ storage: report }, lines);
	report.problems.forEach((problem) => session.warn(`A snapshot was left out: ${showable(problem.message)}`));
}
