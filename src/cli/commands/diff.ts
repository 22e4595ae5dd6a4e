import { resolve } from 'node:path';
import type { RowsDiff, SnapshotDiff, SnapshotInfo } from '../../contract/index.ts';
import { deviceKind, deviceName } from '../deviceText.ts';
import { diffLines, rowsLines } from '../diffText.ts';
import { CliError, wrongUse } from '../errors.ts';
import { wholeNumber } from '../options.ts';
import { checkWithPassword } from '../passwordTries.ts';
import type { Session } from '../session.ts';
import { snapshotLabel } from '../snapshotText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

const DEFAULT_FILES = 50;
const MAX_FILES = 1_000_000;

/** Stands for the device as it is now, unless a snapshot is called so. */
const NOW = 'now';

/** `diff`: what changed from one snapshot to another, or to now. */
export const addDiff: AddCommand = (program, run) => {
	program
		.command('diff')
		.helpGroup(GROUP.snapshots)
		.summary('compare two snapshots, or one with now')
		.description(
			'Shows how many files of each app and domain were added, removed and changed from one snapshot to another; with --files also which, and ' +
				'with --rows how many rows in their databases. No phone is needed.\n\n' +
				'`now` as <after> is the device as it is: a snapshot is taken of it for this, which most devices ask their passcode for, and which stays.\n\n' +
				'The names in encrypted snapshots are read with DEVICELAB_PASSWORD, and those of <before> with DEVICELAB_BEFORE_PASSWORD where that was ' +
				'another one.',
		)
		.argument('<device>', KNOWN_DEVICE_ARGUMENT)
		.argument('<before>', SNAPSHOT_ARGUMENT)
		.argument('<after>', `${SNAPSHOT_ARGUMENT}; or \`${NOW}\``)
		.option('--files [n]', `also list the files, at most so many (${DEFAULT_FILES} when no number is given)`, wholeNumber(1, MAX_FILES))
		.option('--rows', 'also count the rows that differ in databases: reads those that changed')
		.addHelpText(
			'after',
			examples(
				'devicelab diff "Anna\'s iPhone" clean head',
				'devicelab diff 00008120 parent head --files 200 --rows',
				'devicelab diff "Anna\'s iPhone" clean now',
			),
		)
		.action((selector: string, before: string, after: string, options: { files?: number | true; rows?: boolean }) =>
			run((session) =>
				diff(session, {
					selector,
					before,
					after,
					files: options.files === true ? DEFAULT_FILES : (options.files ?? 0),
					rows: options.rows === true,
				}),
			),
		);
};

interface DiffRequest {
	readonly selector: string;
	readonly before: string;
	readonly after: string;
	readonly files: number;
	readonly rows: boolean;
}

async function diff(session: Session, request: DiffRequest): Promise<void> {
	session.operation = 'store';
	session.device = request.selector;
	const { before, after, taken } = await sides(session, request);
	session.operation = 'store';
	const found = await compare(session, { ...request, before, after });
	const { diff: changes, rows } = found;
	session.result({ diff: rows === undefined ? changes : { ...changes, rows: rowsDocument(rows) } }, [
		...diffLines(changes, session.style),
		...(rows === undefined ? [] : rowsLines(rows, changes.groups, session.style)),
	]);
	tellMore(session, request, changes, rows);
	if (taken !== undefined) {
		session.note(`The device was backed up for this: snapshot ${snapshotLabel(taken)}, which is its head now.`);
	}
}

function tellMore(session: Session, { files }: DiffRequest, changes: SnapshotDiff, rows: RowsDiff | undefined): void {
	if (changes.groups.some(({ name }) => name === '?')) {
		session.note('Names are not shown, since the snapshots are encrypted: set DEVICELAB_PASSWORD to read them.');
	}
	if (files > 0 && changes.fileCount > changes.files.length) {
		session.note(
			`… and more: ${(changes.fileCount - changes.files.length).toLocaleString('en-US')} (--files ${changes.fileCount} lists all)`,
		);
	}
	if (rows !== undefined && rows.leftOut > 0) {
		session.note(`Databases that were not looked into, since that would have taken too long: ${rows.leftOut.toLocaleString('en-US')}.`);
	}
}

/** The two snapshots; for `now` one is taken. What comes before is fixed first: words such as `head` mean another one afterwards. */
async function sides(
	session: Session,
	{ selector, before, after }: DiffRequest,
): Promise<{ readonly before: string; readonly after: string; readonly taken?: SnapshotInfo }> {
	if (after.trim().toLowerCase() !== NOW || (await isSnapshot(session, selector, after))) {
		return { before, after };
	}
	const old = await session.engine.library.show(selector, before);
	if (old.kind === 'app') {
		throw wrongUse('That is a snapshot of one app: `devicelab app-diff` compares it with now.');
	}
	await refuseWrongPassword(session, old);
	session.operation = 'snapshot';
	const device = await session.engine.device(old.udid, session.signal);
	session.device = device.name ?? selector;
	session.note(`Taking a snapshot of ${deviceName(device)} (${deviceKind(device)}) as it is now, to compare with`);
	const request = { device: device.udid, full: false, trigger: 'compare', workingFolder: resolve() };
	const taken = await session.job((run) => session.engine.takeSnapshot(request, run));
	return { before: old.id, after: taken.id, taken };
}

/** Found before a person stands at a phone for nothing. */
async function refuseWrongPassword(session: Session, { udid, id, encrypted }: SnapshotInfo): Promise<void> {
	const { environment } = session.io;
	const password = environment['DEVICELAB_BEFORE_PASSWORD'] || environment['DEVICELAB_PASSWORD'] || undefined;
	const place = { device: udid, snapshot: id };
	if (encrypted && password !== undefined && !(await session.engine.contents.checkPassword({ place, password, signal: session.signal }))) {
		throw new CliError('WRONG_PASSWORD', 'The password does not open the snapshot that is compared with.');
	}
}

async function isSnapshot(session: Session, selector: string, name: string): Promise<boolean> {
	try {
		await session.engine.library.show(selector, name);
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'SNAPSHOT_NOT_FOUND') {
			return false;
		}
		throw error;
	}
}

async function compare(session: Session, request: DiffRequest): Promise<{ readonly diff: SnapshotDiff; readonly rows?: RowsDiff }> {
	const { selector, before, after } = request;
	const { engine, signal } = session;
	const beforePassword = session.io.environment['DEVICELAB_BEFORE_PASSWORD'] || undefined;
	const files = (password: string | undefined): Promise<SnapshotDiff> =>
		engine.library.diff(selector, before, after, { maxFiles: request.files, password, beforePassword, signal });
	if (!request.rows) {
		return { diff: await files(session.io.environment['DEVICELAB_PASSWORD'] || undefined) };
	}
	// Rows cannot be read without the password, and whoever asks for them is asked for it.
	const { checked, password } = await checkWithPassword(session, async (password) => ({
		rows: await engine.contents.diffRows({ device: selector, before, after, password, beforePassword, signal }),
		findings: [],
	}));
	return { diff: await files(password), rows: checked.rows };
}

function rowsDocument({ databases, unreadable, leftOut }: RowsDiff): Record<string, unknown> {
	return { databases, unreadable, leftOut };
}
