import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BackupContents, fileIdOf, FolderPayloads, KeyCache } from '../../../../src/backup/index.ts';
import { MiB } from '../../../../src/base/index.ts';
import { diffRows, type RowsLimits } from '../../../../src/engine/contents/diffRows.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { buildBackup, type BackupContent } from '../../backup/buildBackup.ts';

const LIMITS: RowsLimits = { databases: 10, bytes: MiB, ms: 1000 };

const SESSIONS = 'CREATE TABLE sessions (id INTEGER PRIMARY KEY, who TEXT);';

describe('The rows that differ between two snapshots', function () {
	this.timeout(30_000);
	const temp = useTempFolder();
	const open: BackupContents[] = [];
	afterEach(() => open.splice(0).forEach((contents) => contents.dispose()));

	/** A database as bytes; with `log`, in a write-ahead log that was not written back. */
	function database(sql: string, log?: string): { readonly bytes: Buffer; readonly wal: Buffer } {
		const folder = mkdtempSync(join(temp.path, 'db-'));
		const path = join(folder, 'db');
		const db = new DatabaseSync(path);
		db.exec(`PRAGMA journal_mode = ${log === undefined ? 'DELETE' : 'WAL'}; ${sql}`);
		if (log !== undefined) {
			db.exec(`PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0; ${log}`);
		}
		const found = { bytes: readFileSync(path), wal: log === undefined ? Buffer.alloc(0) : readFileSync(`${path}-wal`) };
		db.close();
		rmSync(folder, { recursive: true });
		return found;
	}

	async function backup(content: BackupContent, backupPassword?: string): Promise<BackupContents> {
		const folder = mkdtempSync(join(temp.path, 'backup-'));
		mkdirSync(folder, { recursive: true });
		await buildBackup(folder, { backupPassword, content });
		const contents = await BackupContents.open({
			controlFolder: folder,
			payloads: new FolderPayloads(folder),
			backupPassword,
			keys: new KeyCache(),
			tempFolder: temp.path,
		});
		open.push(contents);
		return contents;
	}

	async function* changed(...names: readonly string[]): AsyncGenerator<readonly string[]> {
		yield names.map((name) => fileIdOf(name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)));
	}

	const options = (limits: Partial<RowsLimits> = {}, signal?: AbortSignal) => ({
		limits: { ...LIMITS, ...limits },
		clock: new FakeClock(),
		tempFolder: temp.path,
		signal,
	});

	const APP = 'AppDomain-com.acme.app';

	it('are counted by table, whatever a database is called and whatever each snapshot is locked with', async () => {
		const old = database(`${SESSIONS} INSERT INTO sessions VALUES (1, 'a'), (2, 'b');`).bytes;
		const now = database(`${SESSIONS} INSERT INTO sessions VALUES (1, 'a'), (2, 'x'), (3, 'c');`).bytes;
		const names = [`${APP}:Library/app.db`, `${APP}:Documents/model`, 'HomeDomain:same.db', 'HomeDomain:a.txt', 'HomeDomain:new.db'];
		const of = (bytes: Buffer): BackupContent => ({
			[names[0] ?? '']: bytes,
			[names[1] ?? '']: bytes,
			[names[2] ?? '']: old,
			[names[3] ?? '']: Buffer.from(`text ${bytes.length}`),
		});
		const before = await backup(of(old), 'the first');
		const after = await backup({ ...of(now), 'HomeDomain:new.db': now }, 'the second');
		const found = await diffRows(before, after, changed(...names), options());
		const tables = [{ table: 'sessions', added: 1, removed: 0, changed: 1, exact: true, schemaChanged: false }];
		assert.deepEqual(found, {
			databases: [
				{ group: 'com.acme.app', domain: APP, path: 'Documents/model', tables },
				{ group: 'com.acme.app', domain: APP, path: 'Library/app.db', tables },
			],
			unreadable: [],
			leftOut: 0,
		});
	});

	it('are seen when only the log beside a database changed', async () => {
		const { bytes, wal } = database(SESSIONS, "INSERT INTO sessions VALUES (1, 'a'), (2, 'b');");
		const before = await backup({ 'HomeDomain:x.db': bytes });
		const after = await backup({ 'HomeDomain:x.db': bytes, 'HomeDomain:x.db-wal': wal });
		for (const [from, to, added, removed] of [
			[before, after, 2, 0],
			[after, before, 0, 2],
		] as const) {
			const { databases } = await diffRows(from, to, changed('HomeDomain:x.db-wal'), options());
			assert.deepEqual(
				databases.map(({ path, tables }) => [path, tables[0]?.added, tables[0]?.removed]),
				[['x.db', added, removed]],
			);
		}
	});

	it('are left out, and counted, where there are too many, too large ones or too little time', async () => {
		const content = (rows: string): BackupContent =>
			Object.fromEntries(['a', 'b', 'c'].map((name) => [`HomeDomain:${name}.sqlite`, database(`${SESSIONS} ${rows}`).bytes]));
		const before = await backup(content(''));
		const after = await backup(content("INSERT INTO sessions VALUES (1, 'a');"));
		const names = Object.keys(content(''));
		const sizeBytes = database(SESSIONS).bytes.length;
		for (const [limits, looked] of [
			[{ databases: 1 }, 1],
			[{ bytes: 4 * sizeBytes }, 2],
			[{ ms: -1 }, 0],
			[{}, 3],
		] as const) {
			const { databases, leftOut } = await diffRows(before, after, changed(...names), options(limits));
			assert.deepEqual([databases.length, leftOut], [looked, 3 - looked]);
		}
	});

	it('are told of the databases that can be read, where one is damaged', async () => {
		const good = database(`${SESSIONS} INSERT INTO sessions VALUES (1, 'a');`).bytes;
		const bad = Buffer.concat([good.subarray(0, 100), Buffer.alloc(5000, 7)]);
		const before = await backup({ 'HomeDomain:bad.db': good, 'HomeDomain:good.db': database(SESSIONS).bytes });
		const after = await backup({ 'HomeDomain:bad.db': bad, 'HomeDomain:good.db': good });
		const found = await diffRows(before, after, changed('HomeDomain:bad.db', 'HomeDomain:good.db'), options());
		assert.deepEqual(
			[found.databases.map(({ path }) => path), found.unreadable],
			[['good.db'], [{ group: 'HomeDomain', domain: 'HomeDomain', path: 'bad.db' }]],
		);
	});

	it('are given up when they are asked for no more', async () => {
		const before = await backup({ 'HomeDomain:x.db': database(SESSIONS).bytes });
		await assert.rejects(diffRows(before, before, changed('HomeDomain:x.db'), options({}, AbortSignal.abort())), { name: 'AbortError' });
	});
});
