import { resolve } from 'node:path';
import { showable } from '../escape.ts';
import { formatBytes, formatCount } from '../format.ts';
import { expandHome } from '../paths.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
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
	const exported = await session.job((run) => session.engine.library.exportTo({ device: selector, snapshot: word, folder }, run));
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
			'Takes over a backup that Finder, iTunes, Apple Devices or another program wrote, or all backups in a folder, as snapshots. The folder ' +
				'is only read.',
		)
		.argument('<dir>', 'the backup, or the folder that holds backups')
		.option('--source <udid>', 'only the backup of this device')
		.option('--name <name>', 'call the snapshot so; for one backup only')
		.addHelpText(
			'after',
			examples('devicelab import ~/Backups', 'devicelab import ~/Backups --source 00008120-0011223344556677 --name "from Finder"'),
		)
		.action((folder: string, options: { source?: string; name?: string }) => run((session) => importBackups(session, folder, options)));
};

async function importBackups(session: Session, from: string, options: { source?: string; name?: string }): Promise<void> {
	session.operation = 'store';
	const folder = resolve(expandHome(from, session.io.environment));
	session.folder = folder;
	const request = { folder, source: options.source, name: options.name };
	const snapshots = await session.job((run) => session.engine.library.importFrom(request, run));
	const { style } = session;
	session.result(
		{ snapshots: snapshots.map(snapshotDocument) },
		snapshots.map((snapshot) => {
			const device = showable(snapshot.deviceName ?? snapshot.udid);
			return `${style.green('✓')} ${style.bold(`Imported ${snapshotLabel(snapshot)}`)}: ${device}, ${formatBytes(snapshot.sizeBytes)} in ${formatCount(snapshot.fileCount, 'file')}`;
		}),
	);
}
