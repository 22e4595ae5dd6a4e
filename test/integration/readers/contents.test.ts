import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ContentsPlace } from '../../../src/contract/index.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { runProgram } from '../../support/foreignProcess.ts';
import { describeWith, pythonPath, requirePython } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { withEngine } from '../clients/drivers.ts';

const PASSWORD = 'grün & 1';

/** Tables whose rows are what coverage counts, with the file that holds them. */
const COUNTED = [
	['messages', 'HomeDomain', 'Library/SMS/sms.db', 'message'],
	['contacts', 'HomeDomain', 'Library/AddressBook/AddressBook.sqlitedb', 'ABPerson'],
	['calls', 'HomeDomain', 'Library/CallHistoryDB/CallHistory.storedata', 'ZCALLRECORD'],
	['notes', 'AppDomainGroup-group.com.apple.notes', 'NoteStore.sqlite', 'ZICNOTEDATA'],
] as const;

describe('Contents of a backup', function () {
	this.timeout(240_000);
	for (const [kind, readers] of [
		['plain', ['pyiosbackup']],
		['encrypted', ['iphone_backup_decrypt', 'pyiosbackup']],
	] as const) {
		describeWith(readers.map(requirePython), `that is ${kind}`, () => {
			const temp = useTempFolder();
			const lab = useLab({ seed: `contents ${kind}` });
			const password = kind === 'plain' ? undefined : PASSWORD;

			let store = '';
			const use = <T>(work: (engine: Engine) => Promise<T>): Promise<T> => withEngine(lab, work, store);

			before(async () => {
				store = mkdtempSync(join(tmpdir(), 'devicelab-test-'));
				if (password !== undefined) {
					await use((engine) => engine.changeEncryption({ device: lab.udid, newPassword: password }, {}));
				}
				await use((engine) => engine.takeSnapshot({ device: lab.udid, name: 'first' }, {}));
				await lab.tell('touch', '--files', '30', '--seed', 'x');
				await use((engine) => engine.takeSnapshot({ device: lab.udid, name: 'second' }, {}));
			});
			after(() => rmSync(store, { recursive: true, force: true }));

			it('are the same from a folder, from a snapshot and by other readers, file by file', async () => {
				await use((engine) => engine.library.exportTo({ device: lab.udid, snapshot: 'second', folder: temp.path }, {}));
				const folder = join(temp.path, lab.udid);
				const before = readdirSync(folder).sort();

				const [fromFolder, fromSnapshot] = [
					await use((engine) => readByUs(engine, { folder }, password)),
					await use((engine) => readByUs(engine, { device: lab.udid, snapshot: 'second' }, password)),
				];
				assert.ok(fromFolder.size > 150);
				assert.deepEqual(fromSnapshot, fromFolder);
				for (const reader of readers) {
					assert.deepEqual(await readByOthers(reader, folder, password), fromFolder, reader);
				}
				assert.deepEqual(readdirSync(folder).sort(), before);
			});

			it('are counted as the databases in them count', async () => {
				await use(async (engine) => {
					const place = { device: lab.udid, snapshot: 'second' };
					const coverage = await engine.contents.coverage({ place, password });
					assert.equal(coverage.encrypted, password !== undefined);
					assert.equal(coverage.missingFiles, 0);
					const count = (wanted: string): number | undefined => coverage.holdings.find((holding) => holding.kind === wanted)?.count;
					for (const [holding, domain, path, table] of COUNTED) {
						const to = join(temp.path, `counted ${holding}`);
						const result = await engine.contents.extract({
							place,
							password,
							extract: { what: 'files', patterns: [`${domain}/${path}`], to },
						});
						assert.equal(result.fileCount, 1);
						const db = new DatabaseSync(join(to, domain, path), { readOnly: true });
						const rows = db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
						db.close();
						assert.equal(count(holding), rows, holding);
					}
					assert.equal((count('health-records') ?? 0) > 0, password !== undefined);
					const changes = coverage.holdings.map(({ change }) => change);
					assert.ok(coverage.parent?.name === 'first' && changes.some((change) => (change ?? 0) !== 0));
					assert.equal(
						coverage.omissions.some(({ why }) => why === 'unencrypted'),
						password === undefined,
					);

					const report = await engine.contents.storage({ place, password, history: true });
					assert.deepEqual(
						report.points.map(({ name }) => name),
						['first', 'second'],
					);
					assert.equal(report.points.at(-1)?.sizeBytes, coverage.sizeBytes);
					const health = await engine.contents.health({ place, password, depth: 'contents' });
					assert.deepEqual([health.restorable, health.faults], [true, []]);
					assert.equal((await engine.contents.health({ place, password, target: { iosVersion: '9.0' } })).restorable, false);
				});
			});

			it('become contacts, messages and notes that people can use', async () => {
				await use(async (engine) => {
					const place = { device: lab.udid, snapshot: 'second' };
					const to = join(temp.path, 'people');
					const write = (what: 'contacts' | 'messages' | 'notes', format: 'vcard-4.0' | 'json') =>
						engine.contents.extract({ place, password, extract: { what, format, to } });
					const contacts = await write('contacts', 'vcard-4.0');
					const cards = readFileSync(join(to, 'contacts.vcf'), 'utf8');
					assert.equal(cards.match(/^BEGIN:VCARD\r$/gm)?.length, contacts.itemCount);
					const messages = await write('messages', 'json');
					const documents = JSON.parse(readFileSync(join(to, 'messages.json'), 'utf8')) as { text?: string; name?: string }[];
					assert.equal(documents.length, messages.itemCount);
					assert.ok(
						documents.every(({ text }) => typeof text === 'string' && text.length > 0) && documents.some(({ name }) => name !== undefined),
					);
					await write('notes', 'json');
					const notes = JSON.parse(readFileSync(join(to, 'notes.json'), 'utf8')) as { text?: string; title: string; folder: string }[];
					assert.ok(notes.length > 0 && notes.every(({ text, title }) => text?.startsWith(title)));
					const photos = await engine.contents.extract({ place, password, extract: { what: 'photos', to: join(temp.path, 'photos') } });
					assert.ok(photos.fileCount > 5 && photos.skippedCount === 0);
				});
			});
		});
	}
});

/** Place → SHA-256 of the content, for every regular file. */
async function readByUs(engine: Engine, place: ContentsPlace, password: string | undefined): Promise<Map<string, string>> {
	const { items, itemCount } = await engine.contents.find({ place, password, patterns: ['**'], limit: 100_000 });
	assert.equal(items.length, itemCount);
	const found = new Map<string, string>();
	for (const { domain, path, kind, sizeBytes } of items) {
		if (kind !== 'file') {
			continue;
		}
		const hash = createHash('sha256');
		let total = 0;
		for await (const portion of engine.contents.read({ place, password, domain, path })) {
			hash.update(portion);
			total += portion.length;
		}
		assert.equal(total, sizeBytes, `${domain}/${path}`);
		found.set(`${domain} ${path}`, hash.digest('hex'));
	}
	return sorted(found);
}

async function readByOthers(reader: string, folder: string, password: string | undefined): Promise<Map<string, string>> {
	const ended = await runProgram([pythonPath(), join(import.meta.dirname, 'read_backup.py'), reader, folder, password ?? '']);
	assert.equal(ended.code, 0, ended.output.slice(-3000));
	const lines = ended.output.split('\n').filter((line) => line.startsWith('{'));
	return sorted(
		new Map(
			lines.map((line) => {
				const { domain, path, sha256 } = JSON.parse(line) as { domain: string; path: string; sha256: string };
				return [`${domain} ${path}`, sha256];
			}),
		),
	);
}

function sorted(map: Map<string, string>): Map<string, string> {
	return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
