import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { createDeviceFiles, type DeviceFiles } from '../../../../src/virtual/files/index.ts';
import { contentBytes, GeneratedContent, PagedContent, readContent, StoredContent } from '../../../../src/virtual/files/content.ts';
import { ContentStore } from '../../../../src/virtual/files/store.ts';

const APPS = [{ bundleId: 'com.example.notebook', name: 'Notebook', version: '1.0' }];

describe('Files of a virtual device', () => {
	const folders: string[] = [];
	const open: DeviceFiles[] = [];

	afterEach(() => {
		open.splice(0).forEach((files) => files.dispose());
		folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
	});

	function folder(): string {
		const made = mkdtempSync(join(tmpdir(), 'devicelab-files-'));
		folders.push(made);
		return made;
	}

	async function create(seed = 'a', profile = 'small', stateFolder = folder()): Promise<DeviceFiles> {
		const files = await createDeviceFiles({ seed, profile, apps: APPS, stateFolder });
		open.push(files);
		return files;
	}

	it('are the same for the same seed and differ for another', async () => {
		const [first, second, other] = [await create(), await create(), await create('b')];
		assert.equal(await first.fingerprint(), await second.fingerprint());
		assert.notEqual(await first.fingerprint(), await other.fingerprint());
	});

	it('change in the same way for the same touch', async () => {
		const [first, second, third] = [await create(), await create(), await create()];
		for (const files of [first, second]) {
			files.touch({ files: 30, seed: 'x' });
			files.touch({ files: 10, seed: 'y' });
		}
		third.touch({ files: 30, seed: 'x' });
		third.touch({ files: 10, seed: 'z' });
		assert.equal(await first.fingerprint(), await second.fingerprint());
		assert.notEqual(await first.fingerprint(), await third.fingerprint());
	});

	it('are changed, added and deleted in the proportions of a phone in use, with newer times', async () => {
		const files = await create();
		const before = new Map([...files.entries()].map((entry) => [`${entry.domain} ${entry.path}`, entry]));
		const newest = Math.max(...[...before.values()].map((entry) => entry.modifiedAt));
		assert.deepEqual(files.touch({ files: 50, seed: 'x' }), { changed: 35, added: 10, deleted: 5 });
		const after = new Map([...files.entries()].map((entry) => [`${entry.domain} ${entry.path}`, entry]));
		const changed = [...after].filter(([key, entry]) => before.has(key) && before.get(key) !== entry).map(([, entry]) => entry);
		assert.equal(changed.length, 35);
		assert.ok(changed.every((entry) => entry.modifiedAt > newest));
		assert.ok(changed.every((entry) => entry.inode !== before.get(`${entry.domain} ${entry.path}`)?.inode));
		assert.equal([...before.keys()].filter((key) => !after.has(key)).length, 5);
	});

	it('leave settings, system files and what only encrypted backups carry alone in a touch', async () => {
		const files = await create();
		const quiet = (): string =>
			JSON.stringify(
				[...files.entries()]
					.filter(
						(entry) => /^(Health|HomeKit|Root|Keychain|SystemPref)/.test(entry.domain) || entry.path.startsWith('Library/Preferences/'),
					)
					.filter((entry) => !entry.domain.startsWith('App'))
					.map((entry) => [entry.domain, entry.path, entry.modifiedAt]),
			);
		const before = quiet();
		const encryptedOnly = await files.fingerprint({ scope: 'encryptedBackup' });
		files.touch({ files: 150, seed: 'x' });
		assert.equal(quiet(), before);
		files.touch({ files: 150, seed: 'x', encrypted: true });
		assert.notEqual(await files.fingerprint({ scope: 'encryptedBackup' }), encryptedOnly);
	});

	it('hold real databases, before and after use', async () => {
		const files = await create();
		const rows = (): number => {
			const entry = files.get('HomeDomain', 'Library/SMS/sms.db');
			assert.ok(entry?.content !== undefined);
			const bytes = new Uint8Array(entry.sizeBytes);
			files.read(entry.content, bytes, 0, 0, bytes.length);
			const path = join(folder(), 'sms.db');
			writeFileSync(path, bytes);
			const database = new DatabaseSync(path, { readOnly: true });
			try {
				assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
				return Number(database.prepare('SELECT count(*) AS n FROM message').get()?.['n']);
			} finally {
				database.close();
			}
		};
		const before = rows();
		for (let touch = 0; touch < 6; touch++) {
			files.touch({ files: 60, seed: `s${touch}` });
		}
		assert.ok(rows() > before);
	});

	it('contain the awkward names and kinds of a phone', async () => {
		const files = await create();
		const entries = [...files.entries()];
		assert.ok(entries.some((entry) => entry.kind === 'link' && entry.target === '/'));
		assert.ok(entries.some((entry) => entry.kind === 'file' && entry.sizeBytes === 0));
		assert.ok(entries.some((entry) => entry.path.includes('\n')) && entries.some((entry) => entry.path.includes('\\')));
		assert.ok(entries.some((entry) => entry.path.endsWith('/readme.txt')) && entries.some((entry) => entry.path.endsWith('/README.TXT')));
		assert.ok(entries.some((entry) => entry.path.normalize('NFC') !== entry.path));
		assert.ok(entries.some((entry) => entry.sizeError > 0) && entries.some((entry) => entry.sizeError < 0));
		assert.ok(entries.every((entry) => entry.recordedSizeBytes >= 0));
		assert.ok(entries.some((entry) => entry.attributes !== undefined));
		assert.ok(
			entries.every((entry) => entry.path === '' || files.get(entry.domain, entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/'))))),
		);
	});

	it('come in the sizes that the profile names', async () => {
		const files = await create('a', 'mix:1000:20M');
		const { files: count, bytes } = files.sizes();
		assert.ok(Math.abs(count - 1000) < 20, String(count));
		assert.ok(Math.abs(bytes - 20 * 1024 * 1024) < 512 * 1024, String(bytes));
		assert.deepEqual((await create('a', 'files:300x1000')).sizes().files, 300);
		await assert.rejects(create('a', 'huge'), RangeError);
	});

	it('survive being saved and loaded', async () => {
		const state = folder();
		const files = await create('a', 'small', state);
		await files.save();
		files.touch({ files: 40, seed: 'x' });
		files.rememberBackup('B-1');
		await files.save();
		const before = await files.fingerprint({ scope: 'encryptedBackup' });
		const { now } = files;
		files.dispose();
		const again = await create('a', 'small', state);
		assert.equal(await again.fingerprint({ scope: 'encryptedBackup' }), before);
		assert.equal(again.now, now);
		assert.ok(again.knowsBackup('B-1') && !again.knowsBackup('B-2'));
		const unsaved = await create();
		unsaved.touch({ files: 40, seed: 'x' });
		unsaved.touch({ files: 5, seed: 'y' });
		again.touch({ files: 5, seed: 'y' });
		assert.equal(await again.fingerprint(), await unsaved.fingerprint());
	});

	it('stay readable in a snapshot while the device changes, and free what nothing needs afterwards', async () => {
		const state = folder();
		const files = await create('a', 'small', state);
		const snapshot = files.snapshot();
		const entry = snapshot.tree.get('HomeDomain', 'Library/SMS/sms.db');
		assert.ok(entry?.content !== undefined);
		const hash = (): string => {
			const bytes = new Uint8Array(entry.sizeBytes);
			assert.ok(entry.content !== undefined);
			files.read(entry.content, bytes, 0, 0, bytes.length);
			return createHash('sha1').update(bytes).digest('hex');
		};
		const before = hash();
		for (let touch = 0; touch < 8; touch++) {
			files.touch({ files: 100, seed: String(touch) });
		}
		assert.equal(hash(), before);
		assert.equal(snapshot.tree.get('HomeDomain', 'Library/SMS/sms.db'), entry);
		const segments = (): number => readdirSync(state).filter((name) => name.startsWith('segment-')).length;
		const during = segments();
		snapshot.dispose();
		assert.ok(segments() <= during);
	});
});

describe('Content of a virtual file', () => {
	it('is the same however it is read in pieces', () => {
		const folder = mkdtempSync(join(tmpdir(), 'devicelab-content-'));
		try {
			const store = new ContentStore(folder);
			const base = new GeneratedContent('database', 7, 200_000);
			for (const content of [
				base,
				new GeneratedContent('jpeg', 8, 200_000),
				new GeneratedContent('text', 9, 70_001),
				new PagedContent(base, 204_000, [1, 2]),
			]) {
				const whole = contentBytes(store, content);
				const pieces = new Uint8Array(content.sizeBytes);
				for (let offset = 0; offset < content.sizeBytes;) {
					const length = Math.min(1 + ((offset * 7919) % 9973), content.sizeBytes - offset);
					readContent(store, content, pieces, offset, offset, length);
					offset += length;
				}
				assert.deepEqual(Buffer.from(pieces).equals(Buffer.from(whole)), true);
			}
			const writer = store.createSegment();
			const kept = [writer.add(Buffer.from('first')), writer.add(Buffer.alloc(600_000, 3)), writer.add(Buffer.alloc(0))];
			writer.close();
			assert.ok(kept.every((content) => content instanceof StoredContent));
			assert.deepEqual(
				kept.map((content) => contentBytes(store, content).length),
				[5, 600_000, 0],
			);
			assert.equal(Buffer.from(contentBytes(store, kept[0] as StoredContent)).toString(), 'first');
			store.close();
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('changes only some pages of a database that is edited', () => {
		const folder = mkdtempSync(join(tmpdir(), 'devicelab-content-'));
		try {
			const store = new ContentStore(folder);
			const base = new GeneratedContent('database', 7, 4096 * 200);
			const before = contentBytes(store, base);
			const after = contentBytes(store, new PagedContent(base, base.sizeBytes, [99]));
			let changed = 0;
			for (let page = 0; page < 200; page++) {
				const range = [page * 4096, page * 4096 + 4096] as const;
				changed += Buffer.from(before.subarray(...range)).equals(Buffer.from(after.subarray(...range))) ? 0 : 1;
			}
			assert.ok(changed > 1 && changed < 40, String(changed));
			store.close();
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
