import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { LocalBackupList } from '../../../../src/contract/index.ts';
import type { LabRow } from '../../../../src/views/tree/rows.ts';
import { settled } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { device, FakeEngine, FakeLab, job, snapshot } from '../../../support/fakeLab.ts';
import { editor } from '../../../support/fakeVscode.ts';

const { StoredTree } = await import('../../../../src/views/tree/storedTree.ts');
const { LocalBackups } = await import('../../../../src/views/tree/localBackups.ts');

const silent = { warn: () => {} } as unknown as vscode.LogOutputChannel;

const list: LocalBackupList = {
	backups: [
		{ path: '/b/one', udid: 'A', deviceName: 'Lab-1', date: '2026-01-01T12:00:00.000Z', finished: true, encrypted: true },
		{ path: '/b/two', deviceName: 'Lab-2', finished: false },
		{ path: 'C:\\b\\three', finished: true, problem: { code: 'BACKUP_DAMAGED', message: 'no manifest', details: {} } },
		{ path: '/b/four', deviceName: 'Lab-4', finished: true, model: 'iPhone 12' },
	],
	places: ['/b'],
	problems: [{ code: 'FOLDER_UNUSABLE', message: 'EPERM', details: { path: '/Library/MobileSync' } }],
};

function open(engine: FakeEngine) {
	const lab = new FakeLab();
	const backups = new LocalBackups(lab, engine, silent);
	const clock = new FakeClock();
	const tree = new StoredTree(lab, backups, clock);
	const fired: unknown[] = [];
	tree.onDidChangeTreeData((rows) => fired.push(rows));
	const shown = async (row?: LabRow): Promise<{ rows: LabRow[]; lines: string[] }> => {
		const rows = await tree.getChildren(row);
		const lines = rows.map((each) => {
			const { label, description, contextValue } = tree.getTreeItem(each);
			return `${label as string} | ${String(description)} | ${contextValue}`.replace(/, \d+:\d\d [AP]M/g, '');
		});
		return { rows, lines };
	};
	return { lab, tree, clock, fired, shown };
}

describe('stored tree', () => {
	beforeEach(() => editor.reset());

	it('shows devices that are not attached with their snapshots, until they are attached', async () => {
		const { lab, clock, fired, shown } = open(new FakeEngine({ 'backups/list': { backups: [], places: [], problems: [] } }));
		lab.store([snapshot({ name: 'clean' }), snapshot({ id: 'b' })]);
		const { rows, lines } = await shown();
		assert.deepEqual(lines, ['Lab-3 | 2 snapshots · last Today · iPhone 15 Pro · iOS 17.5.1 | storedDevice;hasSnapshots;hasBaseline']);
		assert.equal((await shown(rows[0])).lines.length, 2);
		clock.advance(1000);
		lab.change({ devices: [device()] });
		assert.deepEqual(fired.at(-1), undefined);
		assert.deepEqual((await shown()).lines, []);
	});

	it('shows backups of other programs with what speaks for and against adopting them', async () => {
		const { lab, shown } = open(new FakeEngine({ 'backups/list': list }));
		lab.store([snapshot({ udid: 'A', name: 'old', trigger: 'import', takenAt: '2026-01-01T12:00:00Z' })], 'A');
		const { rows } = await shown();
		const group = rows.at(-1);
		assert.deepEqual((await shown(group)).lines, [
			'Lab-1 | adopted as “old” · Yesterday · encrypted | backup;adopted',
			'Lab-2 | never finished | backup;notAdoptable',
			'three | This is not a whole backup: a part of it is damaged or missing. | backup;notAdoptable',
			'Lab-4 | iPhone 12 | backup;adoptable',
			'/Library/MobileSync | The folder “/Library/MobileSync” cannot be used. | problem',
		]);
	});

	it('looks for them once, and again after an adoption', async () => {
		const engine = new FakeEngine({ 'backups/list': list });
		const { lab, shown } = open(engine);
		await shown();
		await shown();
		assert.equal(engine.asked.length, 1);
		lab.end({ job: job({ kind: 'import', udid: undefined }), outcome: 'done' });
		await settled();
		assert.equal(engine.asked.length, 2);
	});

	it('is empty, not broken, where they cannot be listed', async () => {
		assert.deepEqual((await open(new FakeEngine()).shown()).lines, []);
	});
});
