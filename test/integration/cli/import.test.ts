import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { SnapshotLibrary, systemClock } from '../../../src/engine/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { DRIVERS } from '../clients/drivers.ts';
import { runHere } from './runCli.ts';

/** Every file and folder with its bytes and its time. */
function stateOf(root: string): Record<string, string> {
	const entries = readdirSync(root, { recursive: true, withFileTypes: true });
	return Object.fromEntries(
		entries.map((entry) => {
			const place = join(entry.parentPath, entry.name);
			const digest = entry.isFile() ? createHash('sha256').update(readFileSync(place)).digest('hex') : 'folder';
			return [relative(root, place), `${lstatSync(place).mtimeMs} ${digest}`];
		}),
	);
}

describe('Backups of other programs', function () {
	this.timeout(120_000);
	const lab = useLab({ devices: 1, seed: 'import', settings: { passcode: 'none', rebootMs: 20 } });
	const temp = useTempFolder();
	const [devicelab, idevicebackup2] = DRIVERS;
	assert.ok(devicelab && idevicebackup2);
	const other = idevicebackup2.requirement.missing === undefined ? idevicebackup2 : devicelab;
	const environment = (): Record<string, string> => ({ DEVICELAB_STORE: join(temp.path, 'store') });

	interface Imported {
		readonly snapshots: readonly { readonly id: string }[];
		readonly backups: readonly { readonly outcome: string; readonly path: string; readonly problem?: { readonly code: string } }[];
	}
	async function run<T>(argv: string[], exit = 0): Promise<T> {
		const io = await runHere(lab.address, [...argv, '--json'], environment());
		assert.equal(io.exit, exit, io.stderr);
		return io.document as T;
	}

	it('are taken over once, are only read, and bring the phone back', async () => {
		const folder = join(temp.path, 'backups');
		mkdirSync(folder);
		await other.backUp(lab, folder);
		const wanted = await lab.fingerprint();
		const before = stateOf(folder);
		const first = await run<Imported>(['import', folder]);
		assert.deepEqual(
			first.backups.map(({ outcome, path }) => [outcome, path]),
			[['imported', join(folder, lab.udid)]],
		);
		const again = await run<Imported>(['import', folder]);
		assert.deepEqual([again.snapshots, again.backups.map(({ outcome }) => outcome)], [[], ['already-there']]);
		assert.deepEqual(stateOf(folder), before);

		await lab.tell('touch', '--files', '9', '--seed', 'after');
		await run(['rollback', lab.udid, 'head', '--no-safety', '--yes']);
		assert.equal(await lab.fingerprint(), wanted);
		// What was exported is the same backup once more; a backup that went on from it is another one.
		const exported = join(temp.path, 'exported');
		await run(['export', lab.udid, 'head', '--to', exported]);
		assert.equal((await run<Imported>(['import', exported])).backups[0]?.outcome, 'already-there');
		await lab.tell('touch', '--files', '9', '--seed', 'continued');
		await other.backUp(lab, exported);
		assert.equal((await run<Imported>(['import', exported])).backups[0]?.outcome, 'imported');
	});

	it('are judged one by one, and those that are whole are taken over', async () => {
		const folder = join(temp.path, 'backups');
		mkdirSync(folder);
		await devicelab.backUp(lab, folder);
		const whole = join(folder, lab.udid);
		const damaged = join(folder, 'damaged');
		cpSync(whole, damaged, { recursive: true });
		await lab.tell('touch', '--files', '5', '--seed', 'another one');
		await devicelab.backUp(lab, folder);
		const payloads = readdirSync(damaged).filter((name) => /^[0-9a-f]{2}$/.test(name));
		rmSync(join(damaged, payloads[0] ?? ''), { recursive: true });
		const unfinished = join(folder, 'unfinished');
		cpSync(whole, unfinished, { recursive: true });
		writeFileSync(join(unfinished, 'Manifest.plist'), '');
		mkdirSync(join(folder, 'ancient'));
		writeFileSync(join(folder, 'ancient', 'Manifest.mbdb'), 'mbdb\x05\0');
		writeFileSync(join(folder, 'ancient', 'Info.plist'), 'old');

		const { backups } = await run<{ backups: { path: string; finished: boolean }[] }>(['backups', folder]);
		assert.deepEqual(backups.map(({ path, finished }) => `${relative(folder, path)} ${finished}`).sort(), [
			...['ancient false', 'damaged true', `unfinished false`, `${lab.udid} true`].sort(),
		]);
		const before = stateOf(folder);
		const { backups: outcomes } = await run<Imported>(['import', folder], 6);
		assert.deepEqual(Object.fromEntries(outcomes.map(({ path, outcome, problem }) => [relative(folder, path), problem?.code ?? outcome])), {
			[lab.udid]: 'imported',
			damaged: 'BACKUP_DAMAGED',
			unfinished: 'BACKUP_UNFINISHED',
			ancient: 'BACKUP_UNSUPPORTED',
		});
		assert.deepEqual(stateOf(folder), before);
		const { error } = await run<{ error: { code: string } }>(['import', folder, '--source', 'unfinished'], 4);
		assert.equal(error.code, 'BACKUP_UNFINISHED');
		assert.equal((await run<{ snapshots: unknown[] }>(['snapshots'])).snapshots.length, 1);
	});

	it('are found where Finder keeps them', async () => {
		const home = join(temp.path, 'home');
		const place = join(home, 'Library', 'Application Support', 'MobileSync', 'Backup');
		mkdirSync(place, { recursive: true });
		await devicelab.backUp(lab, place);
		const library = new SnapshotLibrary({
			folder: environment()['DEVICELAB_STORE'] ?? '',
			keeper: { platform: 'darwin', environment: { HOME: home } },
			clock: systemClock,
			log: silentLogger,
		});
		try {
			assert.deepEqual(
				(await library.findLocalBackups()).backups.map(({ udid, finished }) => [udid, finished]),
				[[lab.udid, true]],
			);
			const progress: number[] = [];
			const outcomes = await library.importFrom(
				{},
				{ onProgress: ({ percent }) => void (percent === undefined || progress.push(percent)) },
			);
			assert.deepEqual(
				outcomes.map(({ outcome, udid }) => [outcome, udid]),
				[['imported', lab.udid]],
			);
			assert.ok(progress.length > 0 && progress.every((percent, index) => percent <= 100 && percent >= (progress[index - 1] ?? 0)));
		} finally {
			library.dispose();
		}
	});
});
