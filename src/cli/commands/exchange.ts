import { resolve } from 'node:path';
import { expandHome } from '../../engine/index.ts';
import { importDocument, importLines } from '../backupsText.ts';
import { showable } from '../escape.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { failureOf } from '../failure.ts';
import { formatBytes, formatCount } from '../format.ts';
import type { Session } from '../session.ts';
import { snapshotDocument } from '../snapshotText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

/** `export`: a snapshot as a folder for other programs. */
export const addExport: AddCommand = (program, run) => {
	program
		.command('export')
		.helpGroup(GROUP.backup)
		.summary('write a snapshot to a folder for other programs')
		.description(
			'Writes a snapshot to DIR/<UDID>, as Finder, iTunes and Apple Devices keep backups: other programs read it, continue it and restore it. ' +
				'A folder that is there already is never written over.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<snapshot>', SNAPSHOT_ARGUMENT)
		.requiredOption('--to <dir>', 'the folder that gets the backup; made when it is missing')
		.addHelpText('after', examples('devicelab export "Anna\'s iPhone" clean --to ~/Exported'))
		.action((selector: string, word: string, options: { to: string }) =>
			run((session) => exportSnapshot(session, selector, word, options.to)),
		);
};

async function exportSnapshot(session: Session, selector: string, word: string, to: string): Promise<void> {
	session.operation = 'store';
	session.device = selector;
	const folder = resolve(expandHome(to, session.io.environment));
	session.folder = folder;
	const request = { device: selector, snapshot: word, folder };
	const look = { words: { transferring: 'Exporting' } };
	const exported = await session.job((run) => session.engine.library.exportTo(request, run), look);
	const { style } = session;
	session.result({ export: exported }, [
		`${style.green('✓')} ${style.bold('Exported')}: ${formatBytes(exported.sizeBytes)} in ${formatCount(exported.fileCount, 'file')}`,
		`  ${showable(exported.path)}`,
	]);
}

/** `import`: backups of other programs as snapshots. */
export const addImport: AddCommand = (program, run) => {
	program
		.command('import')
		.helpGroup(GROUP.backup)
		.summary('take over backups of other programs as snapshots')
		.description(
			'Takes over a backup that Finder, iTunes, Apple Devices or another program wrote, or all backups in a folder, as snapshots; without a ' +
				'folder all that are where this system keeps them. They are only read, and what is there already is left out. `devicelab backups` ' +
				'lists them.',
		)
		.argument('[dir]', 'a backup, or the folder that holds backups')
		.option('--source <udid>', 'only the backup of this device, or the one in the folder of this name')
		.option('--name <name>', 'call the snapshot so; for one backup only')
		.addHelpText(
			'after',
			examples(
				'devicelab import',
				'devicelab import ~/Backups',
				'devicelab import ~/Backups --source 00008120-0011223344556677 --name "from Finder"',
			),
		)
		.action((folder: string | undefined, options: { source?: string; name?: string }) =>
			run((session) => importBackups(session, folder, options)),
		);
};

async function importBackups(
	session: Session,
	from: string | undefined,
	options: { source?: string; name?: string },
): Promise<ExitCode | void> {
	session.operation = 'store';
	const folder = from === undefined ? undefined : resolve(expandHome(from, session.io.environment));
	session.folder = folder;
	const request = { folder, source: options.source, name: options.name };
	const look = { words: { preparing: 'Checking', transferring: 'Importing' } };
	const importing = session.job((run) => session.engine.library.importFrom(request, run), look);
	const outcomes = await importing.catch((error: unknown) => {
		refusedIn(error).forEach((line) => session.warn(line));
		throw error;
	});
	const snapshots = outcomes.flatMap(({ outcome, snapshot }) => (outcome === 'imported' && snapshot !== undefined ? [snapshot] : []));
	session.result(
		{ snapshots: snapshots.map(snapshotDocument), backups: outcomes.map(importDocument) },
		importLines(outcomes, session.style),
	);
	if (outcomes.length === 0) {
		session.note('There are no backups where this system keeps them.');
	}
	return outcomes.some(({ problem }) => problem?.code === 'BACKUP_DAMAGED') ? EXIT.damaged : undefined;
}

/** Of several backups of which none could be taken over, each with its reason; the failure itself names the first. */
function refusedIn(error: unknown): string[] {
	const { refused } = failureOf(error).details;
	return (Array.isArray(refused) ? (refused as unknown[]) : []).flatMap((each) => {
		const { path, message } = typeof each === 'object' && each !== null ? (each as Record<string, unknown>) : {};
		return typeof path === 'string' && typeof message === 'string' ? [`${showable(path)}: ${showable(message)}`] : [];
	});
}
