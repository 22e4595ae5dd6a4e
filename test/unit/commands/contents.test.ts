import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import type { ContentsHealth, ContentsItem, Coverage } from '../../../src/contract/index.ts';
import { CommandBench, subject } from '../../support/commandBench.ts';
import { eventually } from '../../support/eventually.ts';
import { snapshot } from '../../support/fakeLab.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');

const taken = snapshot({ id: 'a1', name: 'clean', encrypted: false });
const row = { udid: taken.udid, snapshot: 'a1' };

const coverage: Coverage = {
	encrypted: false,
	fileCount: 1204,
	sizeBytes: 3_100_000_000,
	missingFiles: 2,
	unreadableRows: 0,
	holdings: [
		{ kind: 'photos', state: 'held', count: 210, change: 4, sizeBytes: 900_000_000 },
		{ kind: 'calls', state: 'absent', count: 0 },
		{ kind: 'notes', state: 'unreadable', count: 0 },
	],
	storage: [
		{ id: 'com.acme.app', kind: 'app', name: 'Acme', installed: true, sizeBytes: 2_000_000_000, fileCount: 12, domains: [] },
		{ id: 'home', kind: 'system', installed: false, sizeBytes: 1000, fileCount: 3, domains: [] },
	],
	omissions: [
		{ what: 'health', why: 'unencrypted' },
		{ what: 'icloud-photos', why: 'in-icloud', count: 31 },
		{ what: 'apple-pay', why: 'never' },
	],
	parent: { id: 'f00', name: 'fresh', fileCount: 1000, sizeBytes: 3_000_000_000 },
};

const health: ContentsHealth = {
	restorable: false,
	faults: [
		{ kind: 'missing-files', count: 2, examples: [{ domain: 'HomeDomain', relativePath: 'a' }] },
		{ kind: 'newer-than-target', count: 1, examples: [{ reason: '18.1' }] },
		{ kind: 'of-the-future', count: 7, examples: [] },
	],
	warnings: [],
	counts: { files: 1204, folders: 1, symlinks: 1, contentBytes: 3_100_000_000 },
};

function item(differs: Partial<ContentsItem>): ContentsItem {
	return { domain: 'AppDomain-com.acme.app', path: '', kind: 'folder', mode: 0, protectionClass: 0, ...differs };
}

describe('looking into a snapshot', () => {
	let bench: CommandBench;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		bench.lab.store([taken]);
		bench.engine
			.on('contents/coverage', () => coverage)
			.on('contents/health', () => health)
			.on('contents/list', ({ folder, domain }: { domain?: string; folder?: string }) => {
				const items =
					domain === undefined
						? [item({ domain: 'HomeDomain' }), item({ appName: 'Acme' })]
						: folder === ''
							? [item({ path: 'Documents' })]
							: [item({ path: 'Documents/notes{1}.txt', kind: 'file', sizeBytes: 12 })];
				return { items, itemCount: items.length };
			})
			.on('contents/extract', ({ extract }: { extract: { to: string } }) => ({
				to: extract.to,
				fileCount: 1,
				sizeBytes: 12,
				itemCount: 0,
				skipped: [],
				skippedCount: 0,
			}));
	});
	afterEach(() => bench.dispose());

	/** A person chooses these rows one after the other, and then closes the list. */
	function choose(...labels: readonly string[]): void {
		const left = [...labels];
		editor.choose = () => {
			const next = left.shift();
			return next === undefined ? undefined : [next];
		};
	}

	it('tells what it holds, its apps by size, and what it leaves out and why', async () => {
		await bench.run('showCoverage', row);
		const [document] = editor.documents;
		assert.match(document?.path ?? '', /What Is in clean/);
		const text = document?.text ?? '';
		for (const line of [
			/Cannot be restored:\n {2}2 files that it names are not there: HomeDomain\/a\n {2}It is of iOS 18\.1.+\n {2}of-the-future \(7\)\n/,
			/1,204 files, 3\.1 GB\./,
			/Not encrypted/,
			/parent “fresh”/,
			/2 files that it names are not there/,
			/Photos +210 +\+4 +900 MB/,
			/Calls +–/,
			/Notes +cannot be counted/,
			/Acme \(com\.acme\.app\) +2\.0 GB +12/,
			/because it is not encrypted:\n {2}Health/,
			/because it is in iCloud:\n.*\(31\)/,
			/No backup holds:\n {2}Apple Pay/,
		]) {
			assert.match(text, line);
		}
		assert.deepEqual(bench.opened, [['a1', undefined]]);
	});

	it('leads from domains to a file, apps first, and opens it', async () => {
		choose('Acme', 'Documents', 'notes', 'Open');
		await bench.run('browseSnapshot', row);
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label }) => label),
			['$(root-folder) Add to Workspace', '$(package) Acme', '$(folder) HomeDomain'],
		);
		const [command, uri] = editor.executed.at(-1) as [string, { path: string }];
		assert.deepEqual([command, uri.path], ['vscode.open', `/${taken.udid}/a1/Acme (AppDomain-com.acme.app)/Documents/notes{1}.txt`]);
	});

	it('copies a file out, whatever its name means in a pattern', async () => {
		editor.folders = ['/out'];
		choose('Acme', 'Documents', 'notes', 'Copy Out');
		await bench.run('browseSnapshot', row);
		assert.deepEqual(bench.engine.params('contents/extract'), [
			{ ...row, extract: { what: 'files', patterns: ['AppDomain-com.acme.app/Documents/notes\\{1\\}.txt'], to: '/out' } },
		]);
		assert.deepEqual(bench.messages, ['Copied “AppDomain-com.acme.app/Documents/notes{1}.txt”, 12 bytes, to /out.']);
	});

	it('goes up again, and adds all of it to the workspace', async () => {
		choose('Acme', '..', 'Add to Workspace');
		await bench.run('browseSnapshot', row);
		const [change, at, removed, folder] = editor.executed.at(-1) as [string, number, number, { uri: { path: string }; name: string }];
		assert.deepEqual([change, at, removed, folder.uri.path], ['updateWorkspaceFolders', 0, 0, `/${taken.udid}/a1`]);
	});

	it('offers text for what is none, and says what is too large for the editor', async () => {
		const files = [
			item({ path: 'app.db', kind: 'file', sizeBytes: 4096 }),
			item({ path: 'movie.bin', kind: 'file', sizeBytes: 99_000_000 }),
			item({ path: 'link', kind: 'link', target: '/x' }),
		];
		bench.engine.on('contents/list', ({ domain }: { domain?: string }) => {
			const items = domain === undefined ? [item({ appName: 'Acme' })] : files;
			return { items, itemCount: items.length };
		});
		for (const name of ['app.db', 'movie.bin', 'link']) {
			choose('Acme', name, name === 'link' ? 'Open' : 'Open as Text');
			await bench.run('browseSnapshot', row);
		}
		assert.deepEqual(bench.readAsText, ['AppDomain-com.acme.app/app.db', 'AppDomain-com.acme.app/movie.bin']);
		const offered = editor.lists
			.filter(({ title }) => /app\.db|movie|link/.test(title ?? ''))
			.map(({ rows }) => rows.map(({ label }) => label));
		assert.deepEqual(offered, [
			['$(output) Open as Text', '$(go-to-file) Open', '$(desktop-download) Copy Out…'],
			['$(output) Open as Text', '$(go-to-file) Open', '$(desktop-download) Copy Out…'],
			['$(go-to-file) Open', '$(desktop-download) Copy Out…'],
		]);
		assert.match(
			editor.lists.flatMap(({ rows }) => rows).find(({ description }) => /too large/.test(description ?? ''))?.label ?? '',
			/Open/,
		);
	});

	it('finds files while their names are typed, and opens one', async () => {
		const waiting: (() => void)[] = [];
		bench.engine.on('contents/search', async ({ text }: { text: string }) => {
			await new Promise<void>((resolve) => waiting.push(resolve));
			const found = [item({ path: 'Documents/app.db', kind: 'file', sizeBytes: 12, appName: 'Acme' })];
			return text === 'none' ? { items: [], itemCount: 0 } : { items: found, itemCount: 1203 };
		});
		choose('(go-to-file)');
		const running = bench.run('findInSnapshot', row);
		await eventually('the list is open', () => editor.quickPicks[0]?.shown === true);
		const [pick] = editor.quickPicks;
		assert.ok(pick !== undefined);
		const answer = (): Promise<void> =>
			eventually('the search is asked for', () => waiting.length > 0).then(() => void waiting.shift()?.());
		pick.type('a');
		pick.type('ap');
		pick.type('app');
		assert.equal(pick.busy, true);
		await answer();
		await answer();
		await eventually('the last search is shown', () => !pick.busy);
		assert.deepEqual(
			bench.engine.params('contents/search').map((params) => (params as { text: string }).text),
			['a', 'app'],
		);
		assert.deepEqual(
			pick.items.map(({ label, description }) => [label, description]),
			[
				['$(file) app.db', 'Acme › Documents'],
				['… and 1,202 more: type more of it.', undefined],
			],
		);
		pick.accept(1);
		assert.equal(pick.shown, true, 'a row that only tells is nothing to choose');
		pick.type('none');
		await answer();
		await eventually('nothing fits', () => pick.items[0]?.label === 'Nothing fits.');
		pick.type('app');
		await answer();
		await eventually('it is shown again', () => pick.items.length === 2);
		pick.accept(0);
		await running;
		const [command, uri] = editor.executed.at(-1) as [string, { path: string }];
		assert.deepEqual([command, uri.path], ['vscode.open', `/${taken.udid}/a1/Acme (AppDomain-com.acme.app)/Documents/app.db`]);
	});

	it('extracts what people know, or what a pattern means, to a folder', async () => {
		editor.folders = ['/out'];
		choose('Contacts');
		await bench.run('extractFromSnapshot', row);
		choose('Files');
		editor.type = () => 'HomeDomain/**/*.db';
		await bench.run('extractFromSnapshot', row);
		assert.deepEqual(bench.engine.params('contents/extract'), [
			{ ...row, extract: { what: 'contacts', to: '/out' } },
			{ ...row, extract: { what: 'files', patterns: ['HomeDomain/**/*.db'], to: '/out' } },
		]);
		bench.engine.on('contents/extract', () => ({ to: '/out', fileCount: 0, sizeBytes: 0, itemCount: 0, skipped: [], skippedCount: 0 }));
		choose('Notes');
		await bench.run('extractFromSnapshot', row);
		assert.deepEqual(bench.messages, [
			'Copied “Contacts”, 12 bytes, to /out.',
			'Copied “HomeDomain/**/*.db”, 12 bytes, to /out.',
			'Nothing was copied: the snapshot has no “Notes”.',
		]);
	});

	it('says where a password is kept, and what can be done about a lost one', async () => {
		const locked = snapshot({ id: 'a1', name: 'clean', encrypted: true });
		const newer = snapshot({ id: 'b2', encrypted: true, takenAt: '2026-01-02T03:00:00.000Z' });
		bench.engine.on('snapshots/checkPassword', () => ({ correct: true }));
		editor.type = ({ pressButton }) => {
			pressButton(1);
			return 'secret';
		};
		for (const snapshots of [[locked], [newer, locked]]) {
			bench.lab.store(snapshots);
			bench.passwords.kept.clear();
			await bench.run('showCoverage', row);
		}
		assert.match(editor.inputs[0]?.prompt ?? '', /kept in the editor's secret storage, for all snapshots of “.+” that it opens\.$/);
		assert.match(editor.inputs[1]?.prompt ?? '', /kept in the editor's secret storage, for this snapshot\.$/);
		assert.deepEqual([...bench.passwords.kept.keys()], [subject(locked.udid, 'a1')]);
		assert.match(bench.messages[0] ?? '', /Nobody can open a snapshot without its password.+Reset All Settings/);
		assert.deepEqual(bench.opened, [
			['a1', 'secret'],
			['a1', 'secret'],
		]);
	});

	it('refuses the snapshot of an app, with what to do instead', async () => {
		bench.lab.store([snapshot({ id: 'a1', kind: 'app' })]);
		await bench.run('browseSnapshot', row);
		await bench.run('showCoverage', row);
		assert.deepEqual([bench.messages.length, bench.engine.asked], [2, []]);
		assert.match(bench.messages[0] ?? '', /one app only/);
	});
});
