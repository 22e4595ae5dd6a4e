import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { encodeStatusPlist, readStatusPlist } from '../../../../src/backup/index.ts';
import { commitRun, finishCommit } from '../../../../src/engine/folder/commit.ts';
import { folderLayout, isFolderName, type FolderLayout } from '../../../../src/engine/folder/layout.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

const UDID = '00008030-000000000000TEST';

describe('Commit of a backup run', () => {
	const temp = useTempFolder();

	function put(folder: string, files: Record<string, string | Uint8Array>): void {
		for (const [name, content] of Object.entries(files)) {
			fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
			fs.writeFileSync(path.join(folder, name), content);
		}
	}

	function contents(folder: string, prefix = ''): Record<string, string> {
		const found: Record<string, string> = {};
		for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
			const name = `${prefix}${entry.name}`;
			Object.assign(
				found,
				entry.isDirectory()
					? contents(path.join(folder, entry.name), `${name}/`)
					: { [name]: fs.readFileSync(path.join(folder, entry.name), 'latin1') },
			);
		}
		return found;
	}

	function setUp(withBase: boolean): FolderLayout {
		const layout = folderLayout(temp.path, UDID);
		if (withBase) {
			put(layout.base, {
				'ab/one': 'old 1',
				'ab/two': 'old 2',
				'cd/three': 'old 3',
				'Manifest.db': 'old db',
				'Status.plist': finished('OLD'),
				'by-another-tool': 'kept',
			});
		}
		put(layout.tree, { 'ab/one': 'new 1', 'ef/four': 'new 4', 'Manifest.db': 'new db', 'Status.plist': finished('NEW') });
		fs.writeFileSync(layout.owner, '{}');
		return layout;
	}

	const finished = (uuid: string): Uint8Array => encodeStatusPlist({ snapshotState: 'finished', uuid });
	const NEW = () => latin1({ 'ab/one': 'new 1', 'ef/four': 'new 4', 'Manifest.db': 'new db', 'Status.plist': finished('NEW') });
	const MERGED = () => ({ ...NEW(), 'cd/three': 'old 3', 'by-another-tool': 'kept' });
	const latin1 = (files: Record<string, string | Uint8Array>): Record<string, string> =>
		Object.fromEntries(
			Object.entries(files).map(([name, content]) => [
				name,
				typeof content === 'string' ? content : Buffer.from(content).toString('latin1'),
			]),
		);

	it('makes the first run the backup', async () => {
		const layout = setUp(false);
		await commitRun(layout, [], false);
		assert.deepEqual(contents(layout.base), NEW());
		assert.equal(fs.existsSync(layout.partial), false);
	});

	it('puts a run that began afresh in the place of the backup', async () => {
		const layout = setUp(true);
		await commitRun(layout, [], true);
		assert.deepEqual(contents(layout.base), NEW());
		assert.equal(fs.existsSync(layout.partial), false);
	});

	it('lays an incremental run into the backup, and takes out what the device removed', async () => {
		const layout = setUp(true);
		await commitRun(layout, ['ab/two', 'ab/one'], false);
		assert.deepEqual(contents(layout.base), MERGED());
		assert.equal(fs.existsSync(layout.partial), false);
	});

	it('replaces a folder by a file and a file by a folder', async () => {
		const layout = setUp(true);
		put(layout.tree, { cd: 'a file now', 'by-another-tool/inside': 'a folder now' });
		await commitRun(layout, [], false);
		assert.equal(contents(layout.base)['cd'], 'a file now');
		assert.equal(contents(layout.base)['by-another-tool/inside'], 'a folder now');
	});

	it('leaves the earlier backup alone until the plan is there', () => {
		const layout = setUp(true);
		assert.equal(contents(layout.base)['ab/one'], 'old 1');
	});

	for (const fresh of [false, true]) {
		it(`comes to the same end from a stop after any step, ${fresh ? 'replacing the whole' : 'laying changes in'}`, async () => {
			// Each file operation of the commit may be the last one of a process: stop there, start again, compare.
			let steps: number;
			for (let stopAfter = 0; ; stopAfter++) {
				fs.rmSync(temp.path, { recursive: true });
				fs.mkdirSync(temp.path);
				const layout = setUp(true);
				const plan = { kind: fresh ? 'whole' : 'changes', removed: ['ab/two'] };
				fs.writeFileSync(layout.commit, JSON.stringify(plan));
				const stopped = await runUntil(stopAfter, () => finishCommit(layout));
				if (stopped) {
					const status = fs.existsSync(path.join(layout.base, 'Status.plist'))
						? readStatusPlist(fs.readFileSync(path.join(layout.base, 'Status.plist')))
						: undefined;
					const isOld =
						JSON.stringify(contentsOrNothing(layout.base)['ab/one']) === '"old 1"' &&
						contentsOrNothing(layout.base)['Manifest.db'] === 'old db' &&
						'ab/two' in contentsOrNothing(layout.base);
					const isNew =
						JSON.stringify(Object.entries(contentsOrNothing(layout.base)).sort()) ===
						JSON.stringify(Object.entries(fresh ? NEW() : MERGED()).sort());
					assert.ok(
						isOld || isNew || status === undefined || status.snapshotState === 'moving',
						`a mixed folder claims to be finished after step ${stopAfter}`,
					);
					await finishCommit(layout);
				}
				assert.deepEqual(contents(layout.base), fresh ? NEW() : MERGED());
				assert.equal(fs.existsSync(layout.partial), false);
				if (!stopped) {
					steps = stopAfter;
					break;
				}
			}
			assert.ok(steps > 5, `only ${steps} steps were tried`);
		});
	}

	function contentsOrNothing(folder: string): Record<string, string> {
		return fs.existsSync(folder) ? contents(folder) : {};
	}

	it('does not follow a plan out of the backup', async () => {
		const layout = setUp(true);
		fs.writeFileSync(path.join(temp.path, 'bystander'), 'alive');
		fs.writeFileSync(
			layout.commit,
			JSON.stringify({ kind: 'changes', removed: ['../bystander', '/etc/none', 'ab/../../bystander', 'ab\\..\\x', 7] }),
		);
		await finishCommit(layout);
		assert.equal(fs.readFileSync(path.join(temp.path, 'bystander'), 'utf8'), 'alive');
	});

	it('takes only plain names for folders', () => {
		const check = (name: string, expected: boolean): void => assert.equal(isFolderName(name), expected, name);
		check(UDID, true);
		check('a'.repeat(40), true);
		check('00008030-0123456789ABCDEF-20260102-030405', true);
		check('', false);
		check('..', false);
		check('.hidden', false);
		check('a/b', false);
		check('C:', false);
		check('a\\b', false);
	});
});

/** Stops the process, as it were, before the file operation number `count`: every later one fails too. */
async function runUntil(count: number, work: () => Promise<unknown>): Promise<boolean> {
	const names = ['rename', 'rm', 'open', 'readdir'] as const;
	const real = Object.fromEntries(names.map((name) => [name, fs.promises[name]]));
	let left = count;
	let stopped = false;
	for (const name of names) {
		const original = real[name] as (...args: unknown[]) => Promise<unknown>;
		(fs.promises as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
			if (stopped || left-- <= 0) {
				stopped = true;
				return Promise.reject(new Error('the process was killed'));
			}
			return original(...args);
		};
	}
	syncBuiltinESMExports();
	try {
		await work();
	} catch (error) {
		if (!stopped) {
			throw error;
		}
	} finally {
		Object.assign(fs.promises, real);
		syncBuiltinESMExports();
	}
	return stopped;
}
