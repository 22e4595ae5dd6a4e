import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkBackup } from '../../../src/backup/index.ts';
import { reportError } from '../../../src/engine/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { DRIVERS, withEngine } from '../clients/drivers.ts';

describe('The library of snapshots', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'library', settings: { passcode: 'none', rebootMs: 20 } });
	const [devicelab, idevicebackup2] = DRIVERS;
	assert.ok(devicelab && idevicebackup2);
	const store = (): string => join(temp.path, 'store');

	it('adopts a backup and gives it out again, byte for byte', async () => {
		const original = join(temp.path, 'original');
		await devicelab.backUp(lab, original);
		writeFileSync(join(original, lab.udid, 'by-another-tool.txt'), 'kept');
		const exported = join(temp.path, 'exported');
		await withEngine(
			lab,
			async ({ library }) => {
				const [adopted] = await library.importFrom({ folder: original, name: 'adopted' }, {});
				assert.equal(adopted?.outcome, 'imported');
				assert.deepEqual([adopted.snapshot?.trigger, adopted.snapshot?.deviceName], ['import', 'Lab-1']);
				await library.exportTo({ device: lab.udid, snapshot: 'adopted', folder: exported }, {});
				await assert.rejects(
					library.exportTo({ device: lab.udid, snapshot: 'adopted', folder: exported }, {}),
					(error) => reportError(error).code === 'FOLDER_UNUSABLE',
				);
			},
			store(),
		);
		assert.deepEqual(contents(join(exported, lab.udid)), contents(join(original, lab.udid)));
	});

	it('exports what other programs continue, and a device takes back', async () => {
		const folder = join(temp.path, 'exported');
		await withEngine(
			lab,
			async (engine) => {
				await engine.takeSnapshot({ device: lab.udid, name: 'one' }, {});
				await engine.library.exportTo({ device: 'Lab-1', snapshot: 'one', folder }, {});
			},
			store(),
		);
		assert.deepEqual((await checkBackup(join(folder, lab.udid))).faults, []);
		await lab.tell('touch', '--files', '8', '--seed', 'more');
		await (idevicebackup2.requirement.missing === undefined ? idevicebackup2 : devicelab).backUp(lab, folder);
		const state = await lab.fingerprint();
		await lab.tell('touch', '--files', '8', '--seed', 'and more');
		await devicelab.restore(lab, folder);
		assert.equal(await lab.fingerprint(), state);
	});

	it('refuses to adopt what a device would not take back', async () => {
		const folder = join(temp.path, 'backups');
		await devicelab.backUp(lab, folder);
		const payload = firstPayload(join(folder, lab.udid));
		await withEngine(
			lab,
			async ({ library }) => {
				rmSync(payload);
				await assert.rejects(library.importFrom({ folder }, {}), (error) => reportError(error).code === 'BACKUP_DAMAGED');
				mkdirSync(join(temp.path, 'empty'));
				await assert.rejects(
					library.importFrom({ folder: join(temp.path, 'empty') }, {}),
					(error) => reportError(error).code === 'NOT_A_BACKUP',
				);
				assert.deepEqual((await library.list()).snapshots, []);
			},
			store(),
		);
	});

	it('names, notes, pins, compares, thins out and deletes', async () => {
		await withEngine(
			lab,
			async (engine) => {
				const { library } = engine;
				for (const name of ['first', 'second', 'third']) {
					await engine.takeSnapshot({ device: lab.udid, name }, {});
					await lab.tell('touch', '--files', '10', '--seed', name);
				}
				const diff = await library.diff(lab.udid, 'first', 'second', { maxFiles: 5 });
				assert.ok(diff.fileCount > 0 && diff.files.length === Math.min(5, diff.fileCount));
				assert.equal(
					diff.groups.reduce((sum, group) => sum + group.added + group.removed + group.changed, 0),
					diff.fileCount,
				);
				assert.ok(diff.groups.every((group) => group.name !== '?'));

				await assert.rejects(library.rename(lab.udid, 'second', 'FIRST'), (error) => reportError(error).code === 'NAME_TAKEN');
				await assert.rejects(library.rename(lab.udid, 'second', 'latest'), (error) => reportError(error).code === 'NAME_UNUSABLE');
				const renamed = await library.rename(lab.udid, 'second', 'middle');
				assert.deepEqual([renamed.name, (await library.show('Lab-1', 'middle')).id], ['middle', renamed.id]);
				assert.equal((await library.setNote(lab.udid, 'middle', 'logged in')).note, 'logged in');
				assert.equal((await library.setPinned(lab.udid, 'first', true)).pinned, true);

				const { decisions, plan } = await library.previewRetention(lab.udid, 'last=1');
				assert.deepEqual(Object.fromEntries(decisions.map((decision) => [decision.name, decision.keep])), {
					first: true,
					middle: false,
					third: true,
				});
				assert.equal(plan.forget.length, 1);
				const shown = plan.forget.map(({ udid, id }) => ({ udid, snapshot: id }));
				const pinned = await library.setPinned(lab.udid, 'middle', true);
				await assert.rejects(
					library.applyRetention(lab.udid, 'last=1', shown),
					(error) => reportError(error).details['reason'] === 'outdated',
				);
				await library.setPinned(lab.udid, pinned.id, false);
				await library.applyRetention(lab.udid, 'last=1', shown);
				assert.deepEqual((await library.list(lab.udid)).snapshots.map((each) => each.name).sort(), ['first', 'third']);
				await assert.rejects(library.delete(lab.udid, ['first']), (error) => reportError(error).details['reason'] === 'pinned');
				await library.delete(lab.udid, ['first'], { evenPinned: true });
				assert.deepEqual(
					(await library.list(lab.udid)).snapshots.map((each) => each.name),
					['third'],
				);
				assert.deepEqual((await library.verify()).damagedSnapshots, []);
			},
			store(),
		);
	});
});

function contents(folder: string): Record<string, string> {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	return Object.fromEntries(
		files
			.map((entry) => join(entry.parentPath, entry.name))
			.sort()
			.map((place) => [relative(folder, place), createHash('sha256').update(readFileSync(place)).digest('hex')]),
	);
}

function firstPayload(backup: string): string {
	const folder = readdirSync(backup).find((name) => /^[0-9a-f]{2}$/.test(name)) ?? '';
	const name = readdirSync(join(backup, folder))[0] ?? '';
	return join(backup, folder, name);
}
