import { resolve } from 'node:path';
import { Option } from 'commander';
import type { ExtractOrder } from '../../contract/index.ts';
import { expandHome } from '../../engine/index.ts';
import { addPlace, placeOf, withPassword } from '../contentsPlace.ts';
import { wrongUse } from '../errors.ts';
import { showable } from '../escape.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { formatBytes, formatCount } from '../format.ts';
import type { Session } from '../session.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

const KINDS = ['photos', 'contacts', 'messages', 'notes', 'voice-memos'] as const;
const FORMATS = ['vcard-3.0', 'vcard-4.0', 'text', 'json'] as const;

interface ExtractOptions {
	readonly from?: string;
	readonly to: string;
	readonly kind?: (typeof KINDS)[number];
	readonly format?: (typeof FORMATS)[number];
}

/** `extract`: files out of a snapshot. */
export const addExtract: AddCommand = (program, run) => {
	addPlace(
		program
			.command('extract')
			.helpGroup(GROUP.contents)
			.summary('copy files, photos, contacts or messages out of a snapshot')
			.description(
				'Copies what patterns mean, or what --kind names, out of a snapshot or a backup folder, decrypted and under names that every system takes. ' +
					'What lies in DIR already stays as it is. Photos keep their dates and names; contacts become a vCard file; messages and notes text or JSON.',
			),
	)
		.argument('[pattern...]', 'Domain/path, or a pattern with *, **, ?, [a-z], {one,two}')
		.requiredOption('--to <dir>', 'the folder that gets the copies; made when it is missing')
		.addOption(new Option('--kind <kind>', 'what people know, instead of files by their places').choices(KINDS))
		.addOption(new Option('--format <format>', 'contacts: vcard-3.0, vcard-4.0 or json; messages and notes: text or json').choices(FORMATS))
		.addHelpText(
			'after',
			examples(
				"devicelab extract \"Anna's iPhone\" head 'AppDomain-com.acme.app/Documents/**' --to out",
				'devicelab extract "Anna\'s iPhone" head --kind photos --to ~/Pictures/Anna',
				'devicelab extract --from ~/Backups/00008120-0011223344556677 --kind messages --format json --to out',
			),
		)
		.action((device: string | undefined, snapshot: string | undefined, patterns: string[], options: ExtractOptions) =>
			run((session) => extract(session, [device, snapshot, ...patterns], options)),
		);
};

async function extract(session: Session, words: readonly (string | undefined)[], options: ExtractOptions): Promise<ExitCode> {
	const { place, rest } = placeOf(session, words, options.from);
	if ((rest.length === 0) === (options.kind === undefined)) {
		throw wrongUse('Name what to copy: patterns such as HomeDomain/**, or --kind.');
	}
	const order: ExtractOrder = {
		what: options.kind ?? 'files',
		patterns: rest,
		to: resolve(expandHome(options.to, session.io.environment)),
		...(options.format === undefined ? {} : { format: options.format }),
	};
	const result = await withPassword(session, (password) =>
		session.job((jobRun) => session.engine.contents.extract({ place, password, extract: order }, jobRun)),
	);
	const { style } = session;
	const things = options.kind === undefined ? '' : ` (${formatCount(result.itemCount, options.kind.replace('-', ' ').replace(/s$/, ''))})`;
	session.result({ extract: result }, [
		`${style.green('✓')} ${style.bold('Copied')}: ${formatBytes(result.sizeBytes)} in ${formatCount(result.fileCount, 'file')}${things}`,
		`  ${showable(result.to)}`,
	]);
	for (const { place: left, why } of result.skipped.slice(0, 10)) {
		session.warn(`Left out ${showable(left)}: ${showable(why)}`);
	}
	if (result.skippedCount > 10) {
		session.warn(`… and ${(result.skippedCount - 10).toLocaleString('en-US')} more were left out.`);
	}
	// Links are always left out, and are no failure; nothing at all is.
	return result.fileCount === 0 && (result.skippedCount > 0 || rest.length > 0) ? EXIT.failed : EXIT.done;
}
