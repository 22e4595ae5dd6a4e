import type { ContentsItem } from '../../contract/index.ts';
import { addPlace, placeOf, splitPlace, withPassword } from '../contentsPlace.ts';
import { wrongUse } from '../errors.ts';
import { escaped, showable } from '../escape.ts';
import { formatBytes, formatTime } from '../format.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../table.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

const USUAL_LIMIT = 10_000;
const MAX_LIMIT = 10_000_000;

/** Characters that make a word a pattern. */
const PATTERN = /[*?[{]/;

/** `ls`: what is in a snapshot. */
export const addLs: AddCommand = (program, run) => {
	addPlace(
		program
			.command('ls')
			.helpGroup(GROUP.contents)
			.summary('list files in a snapshot')
			.description(
				'Lists the domains of a snapshot or a backup folder, what lies in a folder, or everything that patterns mean: `*`, `?`, `**`, `[a-z]`, ' +
					'`{one,two}`. A place is written Domain/path.',
			),
	)
		.argument('[path...]', 'Domain, Domain/folder, or a pattern')
		.option('-l, --long', 'with size, time and mode')
		.option('--limit <n>', 'how many a pattern may list', wholeNumber(1, MAX_LIMIT), USUAL_LIMIT)
		.addHelpText(
			'after',
			examples(
				'devicelab ls "Anna\'s iPhone" head',
				'devicelab ls "Anna\'s iPhone" head HomeDomain/Library -l',
				"devicelab ls \"Anna's iPhone\" head 'AppDomain-com.acme.*/**/*.sqlite'",
			),
		)
		.action(
			(
				device: string | undefined,
				snapshot: string | undefined,
				paths: string[],
				options: { from?: string; long?: boolean; limit: number },
			) => run((session) => list(session, [device, snapshot, ...paths], options)),
		);
};

async function list(
	session: Session,
	words: readonly (string | undefined)[],
	options: { from?: string; long?: boolean; limit: number },
): Promise<void> {
	const { place, rest } = placeOf(session, words, options.from);
	const patterns = rest.filter((word) => PATTERN.test(word));
	const folders = rest.filter((word) => !PATTERN.test(word));
	const { items, itemCount } = await withPassword(session, async (password) => {
		const common = { place, password, signal: session.signal };
		const lists = [
			...(patterns.length === 0 ? [] : [await session.engine.contents.find({ ...common, patterns, limit: options.limit })]),
			...(rest.length === 0 ? [await session.engine.contents.list(common)] : []),
		];
		for (const folder of folders) {
			const { domain, path } = splitPlace(folder);
			const item = await session.engine.contents.item({ ...common, domain, path });
			lists.push(
				item.kind === 'folder' ? await session.engine.contents.list({ ...common, domain, folder: path }) : { items: [item], itemCount: 1 },
			);
		}
		return { items: lists.flatMap((each) => each.items), itemCount: lists.reduce((sum, each) => sum + each.itemCount, 0) };
	});
	session.result({ items, itemCount }, options.long === true ? longLines(items) : items.map(placeText));
	if (itemCount > items.length) {
		session.note(`… and more: ${(itemCount - items.length).toLocaleString('en-US')} (--limit ${itemCount} lists all)`);
	}
}

/** A place as it can be typed again; folders end in a slash. */
function placeText({ domain, path, kind, appName }: ContentsItem): string {
	const place = escaped(path === '' ? domain : `${domain}/${path}`);
	return `${place}${kind === 'folder' ? '/' : ''}${appName === undefined ? '' : `  (${showable(appName)})`}`;
}

function longLines(items: readonly ContentsItem[]): string[] {
	const rows = items.map((item) => [
		modeText(item),
		item.kind !== 'file' ? '' : item.sizeBytes === undefined ? 'missing' : formatBytes(item.sizeBytes),
		item.modifiedAt === undefined ? '' : formatTime(item.modifiedAt),
		`${placeText(item)}${item.target === undefined ? '' : ` -> ${showable(item.target)}`}`,
	]);
	return rows.length === 0 ? [] : renderTable(['MODE', 'SIZE', 'MODIFIED', 'PLACE'], rows);
}

function modeText({ kind, mode }: ContentsItem): string {
	const letters = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
	return `${{ file: '-', folder: 'd', link: 'l' }[kind]}${letters.join('')}`;
}

/** `cat`: the content of a file. */
export const addCat: AddCommand = (program, run) => {
	addPlace(
		program
			.command('cat')
			.helpGroup(GROUP.contents)
			.summary('print a file of a snapshot')
			.description(
				'Prints a file of a snapshot or a backup folder, decrypted. On a terminal, and with --text, property lists and databases are shown as text ' +
					'and other data as its size and hash; into a pipe or a file it goes byte for byte.',
			),
	)
		.argument('[file]', 'Domain/path, as `ls` shows it')
		.option('--text', 'as text, wherever it goes')
		.addHelpText(
			'after',
			examples(
				'devicelab cat "Anna\'s iPhone" head HomeDomain/Library/Preferences/com.apple.springboard.plist',
				'devicelab cat "Anna\'s iPhone" head HomeDomain/Library/SMS/sms.db > sms.db',
			),
		)
		.action(
			(device: string | undefined, snapshot: string | undefined, file: string | undefined, options: { from?: string; text?: boolean }) =>
				run((session) => print(session, [device, snapshot, file], options)),
		);
};

async function print(session: Session, words: readonly (string | undefined)[], options: { from?: string; text?: boolean }): Promise<void> {
	const { place, rest } = placeOf(session, words, options.from);
	if (rest.length !== 1) {
		throw wrongUse('Name one file as `ls` shows it: Domain/path.');
	}
	const { domain, path } = splitPlace(rest[0] ?? '');
	const { out } = session.io;
	const { writeBytes } = out;
	if (options.text === true || session.options.json || out.isTty || writeBytes === undefined) {
		const text = await withPassword(session, (password) =>
			session.engine.contents.readAsText({ place, password, domain, path, signal: session.signal }),
		);
		session.result({ file: text }, text.text.replace(/\n$/, '').split('\n').map(escaped));
		if (text.cut) {
			session.note('… and more: only the beginning is shown. Without --text, and not on a terminal, all of it is written.');
		}
		return;
	}
	await withPassword(session, async (password) => {
		// Opened first: once something was written, nobody can be asked any more.
		await session.engine.contents.item({ place, password, domain, path, signal: session.signal });
		for await (const portion of session.engine.contents.read({ place, password, domain, path, signal: session.signal })) {
			await writeBytes(portion);
		}
	});
}
