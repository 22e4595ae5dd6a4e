import { resolve } from 'node:path';
import { expandHome } from '../../engine/index.ts';
import { diffLines } from '../diffText.ts';
import { showable } from '../escape.ts';
import { formatBytes, formatCount } from '../format.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { APP_ARGUMENT, APP_SNAPSHOT_ARGUMENT, examples, GROUP, KNOWN_DEVICE_ARGUMENT, type AddCommand } from './register.ts';

const DEFAULT_FILES = 50;
const MAX_FILES = 1_000_000;

/** `app-diff`: what changed in an app's data. */
export const addAppDiff: AddCommand = (program, run) => {
	program
		.command('app-diff')
		.helpGroup(GROUP.apps)
		.summary('compare two snapshots of an app, or one with what is there now')
		.description(
			'Shows how many files in each folder of the app were added, removed and changed; with --files also which. Without <after> the snapshot is ' +
				'compared with the device as it is now, by sizes and times; with it no device is needed.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<app>', APP_ARGUMENT)
		.argument('<before>', APP_SNAPSHOT_ARGUMENT)
		.argument('[after]', APP_SNAPSHOT_ARGUMENT)
		.option('--files [count]', 'also list files, fifty or as many as this', wholeNumber(1, MAX_FILES))
		.addHelpText(
			'after',
			examples(
				'devicelab app-diff "Anna\'s iPhone" com.example.probe head --files',
				'devicelab app-diff 00008120 com.example.probe clean head',
			),
		)
		.action((device: string, app: string, before: string, after: string | undefined, options: { files?: number | true }) =>
			run(async (session) => {
				session.operation = 'store';
				session.device = device;
				const maxFiles = options.files === true ? DEFAULT_FILES : (options.files ?? 0);
				const diff = await session.engine.apps.diff({ device, app, before, after, maxFiles }, session.signal);
				session.result({ diff }, diffLines(diff, session.style));
			}),
		);
};

/** `app-export`: an app's data as a package that Xcode reads. */
export const addAppExport: AddCommand = (program, run) => {
	program
		.command('app-export')
		.helpGroup(GROUP.apps)
		.summary('write a snapshot of an app as an .xcappdata package')
		.description(
			'Writes the data of an app as Xcode keeps downloaded containers, for its Devices window and for test plans. No device is needed. What ' +
				'this computer cannot name, or must not link to, gets another name or is left out, and is said.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<app>', 'bundle id, its last part, or the name of an app that has snapshots')
		.argument('<snapshot>', APP_SNAPSHOT_ARGUMENT)
		.requiredOption('--to <path>', 'the package itself when it ends in .xcappdata, else the folder that gets it')
		.addHelpText('after', examples('devicelab app-export "Anna\'s iPhone" com.example.probe signed-in --to ~/Desktop'))
		.action((device: string, app: string, snapshot: string, { to }: { to: string }) =>
			run((session) => exportData(session, device, app, snapshot, to)),
		);
};

async function exportData(session: Session, device: string, app: string, snapshot: string, to: string): Promise<void> {
	session.operation = 'store';
	session.device = device;
	const place = resolve(expandHome(to, session.io.environment));
	session.folder = place;
	const exported = await session.job((job) => session.engine.apps.exportData({ device, app, snapshot, to: place }, job));
	const { style } = session;
	session.result({ export: exported }, [
		`${style.green('✓')} ${style.bold('Exported')}: ${formatBytes(exported.sizeBytes)} in ${formatCount(exported.fileCount, 'file')}`,
		`  ${showable(exported.path)}`,
		...exported.altered.map(
			({ path, became }) =>
				`  ${style.yellow(became === undefined ? 'left out' : 'renamed')} ${showable(path)}${became === undefined ? '' : ` → ${showable(became)}`}`,
		),
	]);
}

/** `app-import`: an .xcappdata package as a snapshot. */
export const addAppImport: AddCommand = (program, run) => {
	program
		.command('app-import')
		.helpGroup(GROUP.apps)
		.summary('take over an .xcappdata package as a snapshot of its app')
		.description(
			'Takes over a container that Xcode or app-export wrote, as a snapshot on the timeline of a device. The package is only read.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<package>', 'the .xcappdata package')
		.option('--name <name>', 'call it so; unique per device')
		.option('--note <text>', 'a sentence about it')
		.addHelpText('after', examples('devicelab app-import "Anna\'s iPhone" ~/Desktop/probe.xcappdata --name from-xcode'))
		.action((device: string, file: string, options: { name?: string; note?: string }) =>
			run(async (session) => {
				session.operation = 'store';
				session.device = device;
				const order = { device, file: resolve(expandHome(file, session.io.environment)), name: options.name, note: options.note };
				const snapshot = await session.job((job) => session.engine.apps.importData(order, job));
				const { style } = session;
				session.result({ snapshot: snapshotDocument(snapshot) }, [
					`${style.green('✓')} ${style.bold(`Imported ${snapshotLabel(snapshot)}`)}: ${showable(snapshot.app?.bundleId ?? '')}, ${formatBytes(snapshot.sizeBytes)} in ${formatCount(snapshot.fileCount, 'file')}`,
				]);
			}),
		);
};
