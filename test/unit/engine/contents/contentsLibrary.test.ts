import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileIdOf, payloadPathOf, SUPERVISION_PLACE } from '../../../../src/backup/index.ts';
import { silentLogger } from '../../../../src/base/index.ts';
import { Engine, EngineError, systemClock } from '../../../../src/engine/index.ts';
import { encodeXmlPlist } from '../../../../src/plist/index.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { buildBackup } from '../../backup/buildBackup.ts';

const PASSWORD = 'grün & 1';

describe('The contents of a backup folder', function () {
	this.timeout(30_000);
	const temp = useTempFolder();
	let engine: Engine;

	beforeEach(() => {
		engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder: join(temp.path, 'store'), clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());

	async function build(backupPassword?: string): Promise<string> {
		const folder = join(temp.path, 'root', '00008140-000A1B2C3D4E5F60');
		await buildBackup(folder, { backupPassword });
		return folder;
	}

	it('are listed, searched and read, named by the backup or by the folder that holds it', async () => {
		const folder = await build(PASSWORD);
		for (const place of [{ folder }, { folder: join(folder, '..') }]) {
			const request = { place, password: PASSWORD };
			const info = await engine.contents.info(request);
			assert.deepEqual([info.encrypted, info.state, info.domainCount], [true, 'complete', 3]);
			const domains = await engine.contents.list(request);
			assert.deepEqual(
				domains.items.map(({ domain, kind }) => [domain, kind]),
				[
					['AppDomain-com.example.app', 'folder'],
					['CameraRollDomain', 'folder'],
					['HomeDomain', 'folder'],
				],
			);
			// Folders without a row of their own are listed too.
			const home = await engine.contents.list({ ...request, domain: 'HomeDomain', folder: '' });
			assert.deepEqual(
				home.items.map(({ path }) => path),
				['Library', 'block', 'empty', 'link'],
			);
			const found = await engine.contents.find({ ...request, patterns: ['**/*.{txt,db}'] });
			assert.deepEqual(
				found.items.map(({ path, sizeBytes }) => [path, sizeBytes]),
				[
					['Documents/a.txt', 5],
					['Library/SMS/sms.db', 10_000],
				],
			);
			const parts: Uint8Array[] = [];
			for await (const part of engine.contents.read({ ...request, domain: 'AppDomain-com.example.app', path: 'Documents/a.txt' })) {
				parts.push(part);
			}
			assert.equal(Buffer.concat(parts).toString(), 'hello');
		}
	});

	it('are found by words and patterns as people type them, names that begin so first', async () => {
		const place = { folder: await build(PASSWORD) };
		const found = async (text: string, limit?: number): Promise<unknown> => {
			const { items, itemCount } = await engine.contents.search({
				place,
				password: PASSWORD,
				text,
				...(limit === undefined ? {} : { limit }),
			});
			return [items.map(({ domain, path }) => `${domain}/${path}`), itemCount];
		};
		assert.deepEqual(await found('SMS'), [['HomeDomain/Library/SMS/sms.db'], 1]);
		assert.deepEqual(await found('Example A.TXT'), [['AppDomain-com.example.app/Documents/a.txt'], 1]);
		assert.deepEqual(await found('*.{DB,txt}'), [['HomeDomain/Library/SMS/sms.db', 'AppDomain-com.example.app/Documents/a.txt'], 2]);
		assert.deepEqual(await found('home*/**/sms*'), [['HomeDomain/Library/SMS/sms.db'], 1]);
		assert.deepEqual(await found('e', 1), [['HomeDomain/empty'], 9]);
		assert.deepEqual(await found('  '), [[], 0]);
		await assert.rejects(found('{open'), { code: 'WRONG_USE' });
	});

	it('need the password each time, also when they are open already', async () => {
		const place = { folder: await build(PASSWORD) };
		await engine.contents.info({ place, password: PASSWORD });
		const refused = async (code: string, password?: string): Promise<void> => {
			for (const ask of [
				() => engine.contents.info({ place, password }),
				() => engine.contents.read({ place, password, domain: 'HomeDomain', path: 'block' }).next(),
			]) {
				await assert.rejects(
					async () => ask(),
					(error) => error instanceof EngineError && error.code === code,
				);
			}
		};
		await refused('PASSWORD_REQUIRED');
		await refused('WRONG_PASSWORD', 'wrong');
		assert.equal(await engine.contents.checkPassword({ place, password: 'wrong' }), false);
		assert.equal(await engine.contents.checkPassword({ place, password: PASSWORD }), true);
	});

	it('say what is not there, and what is no backup', async () => {
		const place = { folder: await build() };
		await assert.rejects(engine.contents.item({ place, domain: 'HomeDomain', path: 'nothing' }), { code: 'WRONG_USE' });
		await assert.rejects(engine.contents.find({ place, patterns: ['{open'] }), { code: 'WRONG_USE' });
		mkdirSync(join(temp.path, 'none'));
		await assert.rejects(engine.contents.info({ place: { folder: join(temp.path, 'none') } }), { code: 'NOT_A_BACKUP' });
		await assert.rejects(engine.contents.info({ place: { folder: join(temp.path, 'gone') } }), { code: 'FOLDER_UNUSABLE' });
	});

	it('are copied out beside what lies there, and what cannot be read is named', async () => {
		const folder = await build();
		rmSync(join(folder, payloadPathOf(fileIdOf('HomeDomain', 'block'))));
		const to = join(temp.path, 'out');
		mkdirSync(join(to, 'HomeDomain'), { recursive: true });
		writeFileSync(join(to, 'HomeDomain', 'empty'), 'mine');
		const result = await engine.contents.extract({ place: { folder }, extract: { what: 'files', patterns: ['HomeDomain'], to } });
		assert.equal(result.fileCount, 2);
		assert.deepEqual(result.skipped.map(({ place }) => place).sort(), ['HomeDomain/block', 'HomeDomain/link']);
		assert.equal(readFileSync(join(to, 'HomeDomain', 'empty'), 'utf8'), 'mine');
		assert.deepEqual(readdirSync(join(to, 'HomeDomain')).sort(), ['Library', 'empty', 'empty (2)']);
		await assert.rejects(engine.contents.extract({ place: { folder }, extract: { what: 'photos', format: 'json', to } }), {
			code: 'WRONG_USE',
		});
	});

	it('are judged before any phone is touched', async () => {
		const folder = await build();
		const place = { folder };
		assert.equal((await engine.contents.health({ place })).restorable, true);
		assert.deepEqual(
			(await engine.contents.health({ place, target: { iosVersion: '18.0' } })).faults.map(({ kind }) => kind),
			['newer-than-target'],
		);
		for (const [supervised, judged] of [
			['on', false],
			['off', true],
			['unknown', true],
		] as const) {
			const supervisedFolder = join(temp.path, 'managed');
			const { domain, path } = SUPERVISION_PLACE;
			await buildBackup(supervisedFolder, { content: { [`${domain}:${path}`]: encodeXmlPlist({ IsSupervised: false }) } });
			const health = await engine.contents.health({ place: { folder: supervisedFolder }, target: { supervised } });
			rmSync(supervisedFolder, { recursive: true });
			assert.deepEqual([health.restorable, health.supervised], [judged, false]);
		}
		rmSync(join(folder, payloadPathOf(fileIdOf('HomeDomain', 'block'))));
		const broken = await engine.contents.health({ place });
		assert.deepEqual([broken.restorable, broken.faults.map(({ kind, count }) => [kind, count])], [false, [['missing-files', 1]]]);
	});

	it('are given up when they are asked for no more', async () => {
		const place = { folder: await build(PASSWORD) };
		const controller = new AbortController();
		const asked = engine.contents.info({ place, password: PASSWORD, signal: controller.signal });
		controller.abort();
		await assert.rejects(asked, { name: 'AbortError' });
		const reader = engine.contents.read({ place, password: PASSWORD, domain: 'CameraRollDomain', path: 'Media/Grüße 📷.jpg' });
		await reader.next();
		await reader.return(undefined);
		assert.equal((await engine.contents.info({ place, password: PASSWORD })).encrypted, true);
	});
});
