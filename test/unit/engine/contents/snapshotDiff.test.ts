import assert from 'node:assert/strict';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeStatusPlist } from '../../../../src/backup/index.ts';
import { silentLogger } from '../../../../src/base/index.ts';
import { Engine, EngineError, systemClock } from '../../../../src/engine/index.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { buildBackup, USUAL_CONTENT } from '../../backup/buildBackup.ts';

const PASSWORD = 'grün & 1';
const UDID = '00008140-000A1B2C3D4E5F60';

describe('The difference between two adopted snapshots', function () {
	this.timeout(60_000);
	const temp = useTempFolder();
	let engine: Engine;

	beforeEach(() => {
		engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder: join(temp.path, 'store'), clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());

	/** Adopts a backup with a text of an app, as one that a device wrote at another time. */
	async function adopt(name: string, text: string, change: { password?: string; edit?: (folder: string) => void }): Promise<void> {
		const folder = join(temp.path, name, UDID);
		const content = { ...USUAL_CONTENT, 'AppDomain-com.example.app:Documents/a.txt': Buffer.from(text) };
		await buildBackup(folder, { backupPassword: change.password, content });
		const [date, uuid] = [new Date(Date.UTC(2026, 2, text.length)), `11111111-2222-3333-4444-0000000000${text.length + 10}`];
		const status = { snapshotState: 'finished', backupState: 'new', isFullBackup: true, date, uuid, version: '3.3' };
		writeFileSync(join(folder, 'Status.plist'), encodeStatusPlist(status));
		change.edit?.(folder);
		const [outcome] = await engine.library.importFrom({ folder, name }, {});
		assert.equal(outcome?.outcome, 'imported');
	}

	it('has names in encrypted ones for whoever has the password, each time, and for nobody else', async () => {
		await adopt('first', 'hello', { password: 'before' });
		await adopt('second', 'hello, world', { password: PASSWORD });
		const diff = (password?: string, beforePassword?: string) =>
			engine.library.diff(UDID, 'first', 'second', { maxFiles: 100, password, beforePassword });
		const named = async (password?: string): Promise<boolean> =>
			(await diff(password)).files.some(({ domain, path }) => domain === 'AppDomain-com.example.app' && path === 'Documents/a.txt');
		const isWrong = (error: unknown): boolean => EngineError.is(error, 'WRONG_PASSWORD');
		await assert.rejects(diff('wrong'), isWrong);
		assert.equal(await named(PASSWORD), true);
		// What a password has opened is kept for a while, for that password only.
		await assert.rejects(diff('wrong'), isWrong);
		assert.equal(await named(), false);
		assert.equal(await named(PASSWORD), true);
		await assert.rejects(engine.contents.diffRows({ device: UDID, before: 'first', after: 'second', password: 'wrong' }), isWrong);
		const wrongBefore = { device: UDID, before: 'first', after: 'second', password: PASSWORD };
		await assert.rejects(engine.contents.diffRows(wrongBefore), isWrong);
		assert.deepEqual((await engine.contents.diffRows({ ...wrongBefore, beforePassword: 'before' })).databases, []);
	});

	it('has names also of what only the log of a manifest tells, and says nothing of the log itself', async () => {
		await adopt('first', 'hello', {});
		await adopt('second', 'hello, world', {
			edit(folder) {
				const [path, copy] = [join(folder, 'Manifest.db'), join(temp.path, 'copy.db')];
				const db = new DatabaseSync(path);
				db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;');
				const row = db.prepare("SELECT fileID, file FROM Files WHERE relativePath = 'Documents/a.txt'").get();
				db.exec("DELETE FROM Files WHERE relativePath = 'Documents/a.txt'; PRAGMA wal_checkpoint(TRUNCATE);");
				db.prepare("INSERT INTO Files VALUES (?, 'AppDomain-com.example.app', 'Documents/a.txt', 1, ?)").run(
					String(row?.['fileID']),
					row?.['file'] as Uint8Array,
				);
				// Closing would bring the log into the database.
				copyFileSync(path, copy);
				copyFileSync(`${path}-wal`, `${copy}-wal`);
				db.close();
				copyFileSync(copy, path);
				copyFileSync(`${copy}-wal`, `${path}-wal`);
				assert.ok(existsSync(`${path}-wal`));
			},
		});
		const { groups, files } = await engine.library.diff(UDID, 'first', 'second', { maxFiles: 100 });
		assert.deepEqual(
			groups.map(({ name, changed, added, removed }) => [name, added, removed, changed]),
			[['com.example.app', 0, 0, 1]],
		);
		assert.deepEqual(
			files.map(({ path }) => path),
			['Documents/a.txt'],
		);
	});
});
