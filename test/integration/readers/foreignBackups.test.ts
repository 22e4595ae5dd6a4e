import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { Engine, systemClock } from '../../../src/engine/index.ts';
import { safeFileName } from '../../../src/backup/index.ts';
import { runProgram } from '../../support/foreignProcess.ts';
import { describeWith, pythonPath, requirePython } from '../../support/requirements.ts';

const PASSWORD = 'grün & 1 🔑';

/** What the writer says is true of its backup. */
interface Truth {
	readonly files: readonly { readonly domain: string; readonly path: string; readonly sha256: string | null }[];
	readonly links: readonly (readonly [domain: string, path: string, target: string])[];
	readonly counts: Readonly<Record<string, number>>;
}

const SCOPES = ['common', 'everything'] as const;

/** Versions of both indexes and both ways to stretch a password, and who else reads such a backup. */
const KINDS = [
	{ ios: '9.3.5', password: undefined, readers: ['pyiosbackup'] },
	{ ios: '9.3.5', password: PASSWORD, readers: ['pyiosbackup'] },
	// No other reader knows this one: its list is a database, and is not encrypted.
	{ ios: '10.1.1', password: PASSWORD, readers: [] },
	{ ios: '10.3.3', password: PASSWORD, readers: ['pyiosbackup', 'iphone_backup_decrypt'] },
	{ ios: '15.8', password: PASSWORD, readers: ['pyiosbackup', 'iphone_backup_decrypt'] },
	{ ios: '17.7', password: undefined, readers: ['pyiosbackup'] },
	{ ios: '18.1', password: PASSWORD, readers: ['pyiosbackup', 'iphone_backup_decrypt'] },
] as const;

describeWith([requirePython('pyiosbackup'), requirePython('iphone_backup_decrypt')], 'A backup that another program wrote', function () {
	this.timeout(240_000);
	let temp = '';
	let engine: Engine;
	const written = new Map<string, Truth>();
	const folderOf = (scope: string, { ios, password }: (typeof KINDS)[number]): string =>
		join(temp, `${scope} ${ios} ${password === undefined ? 'plain' : 'encrypted'}`);
	before(async () => {
		temp = mkdtempSync(join(tmpdir(), 'devicelab-test-'));
		// A port of nobody's: no device takes part.
		engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder: join(temp, 'store'), clock: systemClock, log: silentLogger });
		const jobs = SCOPES.flatMap((scope) => KINDS.map((kind) => [folderOf(scope, kind), kind.ios, kind.password ?? '', scope]));
		const lines = (await python('write_backup.py', ...jobs.flat())).split('\n').filter((line) => line.startsWith('{'));
		jobs.forEach(([folder = ''], index) => written.set(folder, JSON.parse(lines[index] ?? '') as Truth));
	});
	after(() => {
		engine.dispose();
		rmSync(temp, { recursive: true, force: true });
	});

	/** Place → SHA-256 of the content, or null where it is not there. */
	const readByUs = async (folder: string, password: string | undefined): Promise<Map<string, string | null>> => {
		const place = { folder };
		const { items, itemCount } = await engine.contents.find({ place, password, patterns: ['**'], limit: 100_000 });
		assert.equal(items.length, itemCount);
		const found = new Map<string, string | null>();
		for (const { domain, path, kind, sizeBytes } of items) {
			if (kind === 'file' && sizeBytes === undefined) {
				found.set(`${domain} ${path}`, null);
				await assert.rejects(async () => {
					for await (const portion of engine.contents.read({ place, password, domain, path })) {
						assert.fail(`${portion.length} bytes of nothing`);
					}
				});
			} else if (kind === 'file') {
				const hash = createHash('sha256');
				let total = 0;
				for await (const portion of engine.contents.read({ place, password, domain, path })) {
					hash.update(portion);
					total += portion.length;
				}
				assert.equal(total, sizeBytes, `${domain}/${path}`);
				found.set(`${domain} ${path}`, hash.digest('hex'));
			}
		}
		return found;
	};

	for (const kind of KINDS) {
		const { ios, password, readers } = kind;
		const isOld = ios === '9.3.5' || ios === '10.1.1';
		describe(`of iOS ${ios}, ${password === undefined ? 'plain' : 'encrypted'}`, () => {
			const truthOf = (folder: string): Truth => written.get(folder) ?? assert.fail(folder);
			for (const scope of SCOPES) {
				it(`has the files that it holds${scope === 'everything' ? ', with all oddities' : readers.length > 0 ? ', as other readers say too' : ''}`, async () => {
					const folder = folderOf(scope, kind);
					const truth = truthOf(folder);
					const before = readdirSync(folder).sort();
					const expected = new Map(truth.files.map(({ domain, path, sha256 }) => [`${domain} ${path}`, sha256]));
					const found = await readByUs(folder, password);
					assert.deepEqual(sorted(found), sorted(expected));
					const { items } = await engine.contents.find({ place: { folder }, password, patterns: ['**'], limit: 100_000 });
					const links = items.flatMap((item) => (item.kind === 'link' ? [[item.domain, item.path, item.target].join('|')] : []));
					assert.deepEqual(links.sort(), truth.links.map((link) => link.join('|')).sort());
					for (const reader of scope === 'common' ? readers : []) {
						assert.deepEqual(sorted(await readByOthers(reader, folder, password)), sorted(found), reader);
					}
					// Nothing is written where somebody's backup is.
					assert.deepEqual(readdirSync(folder).sort(), before);
				});
			}

			it('is counted as SQL counts, and is judged by what is missing', async () => {
				const folder = folderOf('everything', kind);
				const truth = truthOf(folder);
				const coverage = await engine.contents.coverage({ place: { folder }, password });
				for (const [wanted, count] of Object.entries(truth.counts)) {
					const holding = coverage.holdings.find((each) => each.kind === wanted);
					assert.deepEqual([holding?.state, holding?.count], ['held', count], wanted);
				}
				const present = truth.files.filter(({ sha256 }) => sha256 !== null);
				const photos = present.filter(({ domain, path }) => domain === 'CameraRollDomain' && path.startsWith('Media/DCIM/'));
				assert.equal(coverage.holdings.find((each) => each.kind === 'photos')?.count, photos.length);
				assert.deepEqual([coverage.fileCount, coverage.missingFiles, coverage.unreadableRows], [present.length, 1, 0]);
				assert.equal(coverage.encrypted, password !== undefined);

				const health = await engine.contents.health({ place: { folder }, password, depth: 'contents' });
				assert.equal(health.restorable, false);
				const kinds = health.faults.map((fault) => fault.kind);
				assert.deepEqual(kinds, isOld ? ['old-format'] : ['missing-files']);
				if (!isOld) {
					assert.deepEqual(
						health.faults[0]?.examples.map(({ domain, relativePath }) => [domain, relativePath]),
						[['HomeDomain', 'Library/not here']],
					);
					assert.equal(health.counts.files, truth.files.length);
				}
			});

			it('is copied out with every byte, under names that every system takes', async () => {
				const folder = folderOf('everything', kind);
				const truth = truthOf(folder);
				const to = `${folder} copied`;
				const result = await engine.contents.extract({ place: { folder }, password, extract: { what: 'files', patterns: ['**'], to } });
				const present = truth.files.flatMap(({ sha256 }) => sha256 ?? []);
				const copied = readdirSync(to, { recursive: true, withFileTypes: true });
				const hashes = copied
					.filter((entry) => entry.isFile())
					.map((entry) =>
						createHash('sha256')
							.update(readFileSync(join(entry.parentPath, entry.name)))
							.digest('hex'),
					);
				assert.deepEqual(hashes.sort(), present.sort());
				assert.deepEqual([result.fileCount, result.skippedCount], [present.length, truth.links.length + 1]);
				for (const { name } of copied) {
					assert.equal(safeFileName(name), name);
				}
				// On a system that does not tell case and forms apart, each is still a file of its own.
				const folded = copied.map((entry) => join(entry.parentPath, entry.name).normalize('NFC').toUpperCase());
				assert.equal(new Set(folded).size, copied.length);
			});

			it('gives nothing for another password, and is told from one that was cut off', async () => {
				const folder = `${folderOf('common', kind)} cut`;
				cpSync(folderOf('common', kind), folder, { recursive: true });
				if (password !== undefined) {
					for (const [other, code] of [
						['wrong', 'WRONG_PASSWORD'],
						[undefined, 'PASSWORD_REQUIRED'],
					] as const) {
						await assert.rejects(engine.contents.info({ place: { folder }, password: other }), { code });
					}
				}
				const index = join(folder, ios.startsWith('9.') ? 'Manifest.mbdb' : 'Manifest.db');
				// Encrypted blocks stay whole: a cut is seen by the database, not by the cipher.
				truncateSync(index, Math.floor(readFileSync(index).length / 32) * 16);
				await assert.rejects(engine.contents.find({ place: { folder }, password, patterns: ['**'], limit: 1 }), {
					code: 'BACKUP_DAMAGED',
				});
				if (!isOld) {
					const health = await engine.contents.health({ place: { folder }, password });
					assert.deepEqual([health.restorable, health.faults.map((fault) => fault.kind)], [false, ['damaged-manifest']]);
				}
				writeFileSync(
					join(folder, 'Status.plist'),
					readFileSync(join(folder, 'Status.plist')).toString('latin1').replace('finished', 'uploadin'),
					'latin1',
				);
				const health = await engine.contents.health({ place: { folder }, password });
				assert.equal(health.restorable, false);
				assert.ok(health.faults.some((fault) => fault.kind === (isOld ? 'old-format' : 'unfinished')));
			});
		});
	}
});

async function python(program: string, ...args: readonly string[]): Promise<string> {
	const ended = await runProgram([pythonPath(), join(import.meta.dirname, program), ...args]);
	assert.equal(ended.code, 0, ended.output.slice(-3000));
	return ended.output;
}

async function readByOthers(reader: string, folder: string, password: string | undefined): Promise<Map<string, string | null>> {
	const lines = (await python('read_backup.py', reader, folder, password ?? '')).split('\n').filter((line) => line.startsWith('{'));
	return new Map(
		lines.map((line) => {
			const { domain, path, sha256 } = JSON.parse(line) as { domain: string; path: string; sha256?: string };
			return [`${domain} ${path}`, sha256 ?? null];
		}),
	);
}

function sorted<T>(map: Map<string, T>): Map<string, T> {
	return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
