import '../../../support/fakeVscode.ts';
import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import fc from 'fast-check';
import type { ContentsItem, LabMethod } from '../../../../src/contract/index.ts';
import { FakeLab, snapshot } from '../../../support/fakeLab.ts';
import { editor } from '../../../support/fakeVscode.ts';
import { ScriptedEngine } from '../../../support/commandBench.ts';

const { CancellationError, workspace } = await import('vscode');
const { LabFailure } = await import('../../../../src/client/index.ts');
const { ContentsFileSystem } = await import('../../../../src/views/contents/fileSystem.ts');
const { ContentsKeys } = await import('../../../../src/views/contents/contentsKeys.ts');
const { contentsUri, domainName, placeOf, realName, safeName } = await import('../../../../src/views/contents/places.ts');
const { SnapshotContents } = await import('../../../../src/views/contents/snapshotContents.ts');

const { udid } = snapshot();
const ref = { udid, snapshot: 'a1' };

function item(differs: Partial<ContentsItem>): ContentsItem {
	return { domain: 'AppDomain-com.acme.app', path: '', kind: 'folder', mode: 0, protectionClass: 0, ...differs };
}

const FOLDERS: Readonly<Record<string, readonly ContentsItem[]>> = {
	'': [item({ appName: 'Acme' }), item({ domain: 'HomeDomain' })],
	'AppDomain-com.acme.app/': [item({ path: 'Documents' }), item({ path: 'link', kind: 'link', target: '/var/mobile' })],
	'AppDomain-com.acme.app/Documents': [
		item({ path: 'Documents/a\\b.txt', kind: 'file', sizeBytes: 3, modifiedAt: '2026-01-01T00:00:00Z' }),
		item({ path: 'Documents/large.bin', kind: 'file', sizeBytes: 99_000_000 }),
	],
	'HomeDomain/': [],
};

function missing(): never {
	throw new LabFailure({ code: 'WRONG_USE', message: 'Nothing there.', details: { backupCode: 'NO_SUCH_FILE' } });
}

function setUp(ask: () => Promise<string | undefined> = async () => 'secret') {
	editor.reset();
	const lab = new FakeLab();
	lab.store([snapshot({ id: 'b2', parent: 'a1', name: 'after' }), snapshot({ id: 'a1', name: 'before' })]);
	const asked: string[] = [];
	const engine = new ScriptedEngine()
		.on('contents/list', ({ domain = '', folder = '' }: { domain?: string; folder?: string }) => {
			const items = FOLDERS[domain === '' ? '' : `${domain}/${folder}`] ?? missing();
			return { items, itemCount: items.length };
		})
		.on('contents/readBytes', ({ path }: { path: string }) => {
			if (path.endsWith('large.bin')) {
				throw new LabFailure({ code: 'WRONG_USE', message: 'Too large.', details: { reason: 'file-too-large' } });
			}
			return { base64: Buffer.from('abc').toString('base64') };
		})
		.on('contents/readText', ({ snapshot: id }: { snapshot: string }) =>
			id === 'a1' ? missing() : { kind: 'sqlite', text: 'table sessions\n', cut: false, sizeBytes: 4096, sha256: 'ff' },
		);
	const askPassword = async ({ id }: { id: string }) => {
		asked.push(id);
		return ask();
	};
	const files = new ContentsFileSystem(engine, new ContentsKeys(lab, askPassword));
	const log = { error() {}, show() {} } as unknown as vscode.LogOutputChannel;
	const contents = new SnapshotContents({ lab, client: engine, log, askPassword });
	return { lab, engine, asked, files, contents };
}

const times = (engine: ScriptedEngine, method: LabMethod): number => engine.params(method).length;
const fails = (code: string) => (error: unknown) => (error as { code: string }).code === code;
const acme = (path: string): vscode.Uri => contentsUri(ref, item({ appName: 'Acme', path }));

describe('names of files in snapshots', () => {
	it('come back from an address as they were, whatever they are', () => {
		const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('/'));
		fc.assert(
			fc.property(name, (text) => {
				const shown = safeName(text);
				assert.equal(realName(shown), text);
				// eslint-disable-next-line no-control-regex
				assert.doesNotMatch(shown, /[/\\\u0000-\u001f\u202a-\u202e]|^\.{1,2}$/);
			}),
		);
	});

	it('say which app a domain is of, and never lead out of the snapshot', () => {
		assert.equal(domainName({ domain: 'AppDomain-com.acme.app', appName: 'A/B' }), 'A∕B (AppDomain-com.acme.app)');
		assert.equal(domainName({ domain: '..' }), '%2E%2E');
		const uri = acme('Documents/../x');
		assert.deepEqual(placeOf(uri), { ...ref, domainName: 'Acme (AppDomain-com.acme.app)', path: 'Documents/../x' });
		assert.doesNotMatch(uri.path, /\/\.\.\//);
	});
});

describe('snapshots as folders', () => {
	it('show domains and what is in them, and read files', async () => {
		const { files } = setUp();
		assert.deepEqual(await files.readDirectory(contentsUri(ref)), [
			['Acme (AppDomain-com.acme.app)', 2],
			['HomeDomain', 2],
		]);
		assert.deepEqual(await files.readDirectory(acme('Documents')), [
			['a%5Cb.txt', 1],
			['large.bin', 1],
		]);
		const stat = await files.stat(acme('Documents/a\\b.txt'));
		assert.deepEqual([stat.type, stat.size, stat.mtime, stat.permissions], [1, 3, Date.UTC(2026, 0, 1), 1]);
		assert.equal(new TextDecoder().decode(await files.readFile(acme('Documents/a\\b.txt'))), 'abc');
		assert.equal(new TextDecoder().decode(await files.readFile(acme('link'))), '/var/mobile');
	});

	it('ask for each folder and each password once, whatever the editor looks for', async () => {
		const { files, engine, asked } = setUp();
		await Promise.all(['Documents', 'link', 'Documents/large.bin'].map((path) => files.stat(acme(path))));
		await assert.rejects(files.stat(acme('Documents/no.txt')), fails('FileNotFound'));
		await assert.rejects(files.stat(contentsUri(ref, { domain: '.vscode', path: 'settings.json' })), fails('FileNotFound'));
		assert.deepEqual([times(engine, 'contents/list'), asked], [3, ['a1']]);
		assert.equal((engine.params('contents/list')[0] as { password: string }).password, 'secret');
	});

	it('say in the editor’s terms what cannot be', async () => {
		const { files, engine } = setUp();
		await assert.rejects(files.readFile(acme('Documents')), fails('FileIsADirectory'));
		await assert.rejects(files.readDirectory(acme('link')), fails('FileNotADirectory'));
		await assert.rejects(files.readFile(acme('Documents/large.bin')), fails('Unavailable'));
		await assert.rejects(files.stat(contentsUri({ udid, snapshot: 'gone' })), fails('FileNotFound'));
		assert.throws(() => files.writeFile(acme('x')), fails('NoPermissions'));
		engine.on('contents/list', () => {
			throw new LabFailure({ code: 'WRONG_PASSWORD', message: 'No.', details: {} });
		});
		await assert.rejects(files.readDirectory(contentsUri({ udid, snapshot: 'b2' })), fails('NoPermissions'));
	});

	it('do not ask again for a password that was refused, until a person gives it', async () => {
		const { files, lab, asked } = setUp(() => Promise.reject(new CancellationError()));
		await assert.rejects(files.readDirectory(contentsUri(ref)), fails('NoPermissions'));
		await assert.rejects(files.readDirectory(contentsUri(ref)), fails('NoPermissions'));
		assert.deepEqual(asked, ['a1']);
		const keys = new ContentsKeys(lab, () => Promise.reject(new CancellationError()));
		await assert.rejects(keys.of(ref));
		keys.opened(snapshot({ id: 'a1' }), 'typed');
		assert.deepEqual(await keys.of(ref), { ...ref, password: 'typed' });
	});
});

describe('two versions of a file', () => {
	const file = { udid, before: 'a1', after: 'b2', domain: 'AppDomain-com.acme.app', path: 'Documents/db.sqlite' };

	it('open side by side as text, the missing one empty', async () => {
		const { contents } = setUp();
		await contents.compareFile(file);
		const [command, left, right, title] = editor.executed.at(-1) as [string, vscode.Uri, vscode.Uri, string];
		assert.deepEqual([command, title], ['vscode.diff', 'db.sqlite (before ↔ after)']);
		const texts = await Promise.all(
			[left, right].map(async (uri) => (await workspace.openTextDocument(uri)) as unknown as { text: string }),
		);
		assert.deepEqual(
			texts.map(({ text }) => text),
			['', 'table sessions\n'],
		);
		assert.equal(right.path, '/db.sqlite.txt');
	});

	it('are asked for again once a password was refused, and a failure is told', async () => {
		const { contents, asked, engine } = setUp();
		engine.on('contents/readText', () => {
			throw new LabFailure({ code: 'BACKUP_DAMAGED', message: 'Broken.', details: {} });
		});
		await contents.compareFile(file);
		assert.deepEqual([asked, editor.messages.length, editor.executed.length], [['a1'], 1, 0]);
		const refusing = setUp(() => Promise.reject(new CancellationError()));
		await refusing.contents.compareFile(file);
		await refusing.contents.compareFile(file);
		assert.deepEqual([refusing.asked, editor.messages.length], [['a1', 'a1'], 0]);
	});
});
