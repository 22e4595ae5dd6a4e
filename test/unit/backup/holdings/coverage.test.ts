import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	BackupContents,
	fileIdOf,
	FolderPayloads,
	KeyCache,
	payloadPathOf,
	readCoverage,
	type Coverage,
	type HoldingKind,
} from '../../../../src/backup/index.ts';
import { buildBackup, type BackupContent } from '../buildBackup.ts';
import { inTempFolder, seededRandom } from '../builders.ts';
import { databaseBytes, liveDatabase } from '../databaseBytes.ts';

const SMS = 'HomeDomain:Library/SMS/sms.db';
const CONTACTS = 'HomeDomain:Library/AddressBook/AddressBook.sqlitedb';
const CALENDAR = 'HomeDomain:Library/Calendar/Calendar.sqlitedb';
const NOTES = 'AppDomainGroup-group.com.apple.notes:NoteStore.sqlite';

function pathOf(folder: string, place: string): string {
	const colon = place.indexOf(':');
	return join(folder, payloadPathOf(fileIdOf(place.slice(0, colon), place.slice(colon + 1))));
}

async function coverageOf(content: BackupContent, change?: (folder: string) => void, backupPassword?: string): Promise<Coverage> {
	let coverage: Coverage | undefined;
	await inTempFolder(async (folder) => {
		await buildBackup(folder, { content, backupPassword });
		change?.(folder);
		const contents = await BackupContents.open({
			controlFolder: folder,
			payloads: new FolderPayloads(folder),
			backupPassword,
			keys: new KeyCache(),
		});
		try {
			coverage = await readCoverage(contents, { tempFolder: folder });
		} finally {
			contents.dispose();
		}
	});
	return coverage ?? assert.fail();
}

/** What is told of some kinds: a number, or `absent`, or `unknown`. */
function told(coverage: Coverage, ...kinds: HoldingKind[]): (number | string)[] {
	return kinds.map((kind) => {
		const holding = coverage.holdings.find((each) => each.kind === kind) ?? assert.fail(kind);
		return holding.state === 'held' ? holding.count : holding.state === 'absent' ? 'absent' : 'unknown';
	});
}

describe('Coverage of a backup', () => {
	it('counts calls where every system keeps them', async () => {
		const now = await databaseBytes('CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY); INSERT INTO ZCALLRECORD VALUES (1), (2), (3);');
		const old = await databaseBytes(
			'CREATE TABLE call (ROWID INTEGER PRIMARY KEY, address TEXT); INSERT INTO call VALUES (1, NULL), (2, NULL);',
		);
		assert.deepEqual(told(await coverageOf({ 'HomeDomain:Library/CallHistoryDB/CallHistory.storedata': now }), 'calls'), [3]);
		assert.deepEqual(told(await coverageOf({ 'WirelessDomain:Library/CallHistory/call_history.db': old }), 'calls'), [2]);
	});

	it('counts reminders in the calendar, and in the stores that they have had since', async () => {
		const calendar = await databaseBytes(
			'CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, entity_type INTEGER); INSERT INTO CalendarItem VALUES (1, 2), (2, 2), (3, 3);',
		);
		const ofOneTable = await databaseBytes(
			`CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME TEXT); INSERT INTO Z_PRIMARYKEY VALUES (23, 'REMCDList'), (24, 'REMCDReminder');
			CREATE TABLE ZREMCDOBJECT (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZMARKEDFORDELETION INTEGER);
			INSERT INTO ZREMCDOBJECT VALUES (1, 23, 0), (2, 24, 0), (3, 24, 1), (4, 24, NULL);`,
		);
		const ofItsOwn = await databaseBytes(
			'CREATE TABLE ZREMCDREMINDER (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZMARKEDFORDELETION INTEGER); INSERT INTO ZREMCDREMINDER VALUES (1, 9, 0), (2, 9, 1);',
		);
		const coverage = await coverageOf({
			[CALENDAR]: calendar,
			'HomeDomain:Library/Reminders/Container_v1/Stores/Data-local.sqlite': ofOneTable,
			'AppDomainGroup-group.com.apple.reminders:Container_v1/Stores/Data-A1.sqlite': ofItsOwn,
		});
		assert.deepEqual(told(coverage, 'events', 'reminders'), [2, 1 + 2 + 1]);
	});

	it('counts notes with and without the column that leads to their data, and those of iOS 8', async () => {
		const objects = (column: string): string =>
			`CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1 TEXT, ZMARKEDFORDELETION INTEGER${column});
			CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB); INSERT INTO ZICNOTEDATA VALUES (1, 2, NULL), (2, 3, NULL);`;
		const insert = 'INSERT INTO ZICCLOUDSYNCINGOBJECT (Z_PK, ZTITLE1, ZMARKEDFORDELETION) VALUES (1, NULL, 0), (2, NULL, 0), (3, NULL, 1);';
		for (const column of ['', ', ZNOTEDATA INTEGER']) {
			assert.deepEqual(told(await coverageOf({ [NOTES]: await databaseBytes(objects(column) + insert) }), 'notes'), [1]);
		}
		const old = await databaseBytes(
			'CREATE TABLE ZNOTE (Z_PK INTEGER PRIMARY KEY, ZDELETEDFLAG INTEGER); INSERT INTO ZNOTE VALUES (1, 0), (2, 1), (3, NULL);',
		);
		assert.deepEqual(told(await coverageOf({ 'HomeDomain:Library/Notes/notes.sqlite': old }), 'notes'), [2]);
	});

	it('counts photos of the camera and originals from iCloud, not their thumbnails', async () => {
		const file = seededRandom('photo')(100);
		const coverage = await coverageOf({
			'CameraRollDomain:Media/DCIM/100APPLE/IMG_0001.HEIC': file,
			'CameraRollDomain:Media/DCIM/100APPLE/IMG_0001.AAE': file,
			'CameraRollDomain:Media/DCIM/100APPLE/IMG_0002.MOV': file,
			'CameraRollDomain:Media/PhotoData/CPLAssets/group106/EB1E6E42.PNG': file,
			'CameraRollDomain:Media/PhotoData/Thumbnails/V2/DCIM/100APPLE/IMG_0001.HEIC/5003.JPG': file,
		});
		assert.deepEqual(told(coverage, 'photos', 'videos'), [2, 1]);
	});

	it('counts a picture once, whatever files it has, as people see it', async () => {
		const file = seededRandom('photo')(100);
		const [folder, other] = ['CameraRollDomain:Media/DCIM/100APPLE', 'CameraRollDomain:Media/DCIM/101APPLE'];
		const coverage = await coverageOf(
			{
				// Two Live Photos, of one of which only the film is there; a raw photo with a JPEG; a film; one of the same number elsewhere.
				[`${folder}/IMG_0001.MOV`]: file,
				[`${folder}/IMG_0001.HEIC`]: file,
				[`${folder}/IMG_0002.HEIC`]: file,
				[`${folder}/IMG_0002.MOV`]: file,
				[`${folder}/IMG_0003.DNG`]: file,
				[`${folder}/IMG_0003.JPG`]: file,
				[`${folder}/IMG_0004.MOV`]: file,
				[`${other}/IMG_0001.MOV`]: file,
			},
			(backup) => rmSync(pathOf(backup, `${folder}/IMG_0002.HEIC`)),
		);
		assert.deepEqual(told(coverage, 'photos', 'videos'), [2, 2]);
		assert.equal(coverage.holdings.find(({ kind }) => kind === 'photos')?.sizeBytes, 500);
		assert.equal(coverage.missingFiles, 1);
	});

	for (const backupPassword of [undefined, 'secret']) {
		it(`counts what only a write-ahead log has, ${backupPassword === undefined ? 'plain' : 'encrypted'}`, async () => {
			const live = await liveDatabase(
				SMS,
				'CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT); INSERT INTO message VALUES (1, NULL);',
				"INSERT INTO message VALUES (2, 'late'), (3, 'later');",
			);
			assert.ok(`${SMS}-wal` in live && `${SMS}-shm` in live);
			// A database that was never checkpointed is empty itself.
			const young = await liveDatabase(
				CONTACTS,
				'',
				'CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY); INSERT INTO ABPerson VALUES (1), (2);',
			);
			const coverage = await coverageOf({ ...live, ...young }, undefined, backupPassword);
			assert.deepEqual(told(coverage, 'messages', 'contacts'), [3, 2]);
			assert.deepEqual(told(await coverageOf({ ...young, [CONTACTS]: new Uint8Array(0) }, undefined, backupPassword), 'contacts'), [2]);
		});
	}

	it('tells an unknown number, never none, where a database cannot be read or is not there', async () => {
		const message = await databaseBytes(
			'CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT); INSERT INTO message VALUES (1, NULL);',
		);
		const damaged = message.slice();
		damaged.fill(0xff, 4096);
		const content: BackupContent = {
			[SMS]: damaged,
			[CONTACTS]: await databaseBytes('CREATE TABLE Person (ROWID INTEGER PRIMARY KEY);'),
			[CALENDAR]: new Uint8Array(0),
			[NOTES]: seededRandom('no database')(8192),
			'HomeDomain:Library/CallHistoryDB/CallHistory.storedata': message,
			'HealthDomain:Health/healthdb_secure.sqlite': message,
			'KeychainDomain:keychain-backup.plist': seededRandom('no plist')(100),
			'CameraRollDomain:Media/DCIM/100APPLE/IMG_0001.HEIC': message,
		};
		const coverage = await coverageOf(content, (folder) => {
			rmSync(pathOf(folder, 'HomeDomain:Library/CallHistoryDB/CallHistory.storedata'));
			rmSync(pathOf(folder, 'HealthDomain:Health/healthdb_secure.sqlite'));
			rmSync(pathOf(folder, 'CameraRollDomain:Media/DCIM/100APPLE/IMG_0001.HEIC'));
		});
		const unknown = ['messages', 'contacts', 'calls', 'notes', 'events', 'health-records', 'keychain-items', 'photos'] as const;
		assert.deepEqual(
			told(coverage, ...unknown),
			unknown.map(() => 'unknown'),
		);
		assert.ok(coverage.holdings.every(({ state, why }) => state !== 'unreadable' || why !== undefined));
		assert.deepEqual([told(coverage, 'voice-memos'), coverage.missingFiles], [['absent'], 3]);
	});

	it('tells photos that are not here from photos that are in iCloud only', async () => {
		const library = await databaseBytes(
			`CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, ZDIRECTORY TEXT, ZFILENAME TEXT, ZTRASHEDSTATE INTEGER);
			INSERT INTO ZASSET VALUES (1, 'DCIM/100APPLE', 'IMG_0001.HEIC', 0), (2, 'DCIM/100APPLE', 'IMG_0002.HEIC', 0), (3, 'DCIM/100APPLE', 'IMG_0003.HEIC', 0),
			(4, 'DCIM/100APPLE', 'IMG_0004.HEIC', 1);`,
		);
		const file = seededRandom('photo')(100);
		const [here, lost] = ['CameraRollDomain:Media/DCIM/100APPLE/IMG_0001.HEIC', 'CameraRollDomain:Media/DCIM/100APPLE/IMG_0002.HEIC'];
		const coverage = await coverageOf({ 'CameraRollDomain:Media/PhotoData/Photos.sqlite': library, [here]: file, [lost]: file }, (folder) =>
			rmSync(pathOf(folder, lost)),
		);
		assert.deepEqual(told(coverage, 'photos'), [1]);
		assert.equal(coverage.missingFiles, 1);
		assert.equal(coverage.omissions.find(({ what }) => what === 'icloud-photos')?.count, 1);
	});

	it('is that of the files as they are, not of what the manifest says of them', async () => {
		const coverage = await coverageOf({ 'HomeDomain:grown': seededRandom('a')(1000) }, (folder) =>
			writeFileSync(pathOf(folder, 'HomeDomain:grown'), seededRandom('b')(2500)),
		);
		assert.deepEqual([coverage.fileCount, coverage.sizeBytes], [1, 2500]);
	});
});
