import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../../src/snapshots/index.ts';
import { FolderStorage } from '../../../../src/snapshots/storage/folderStorage.ts';
import { checkKey, type WorkingStorage } from '../../../../src/snapshots/storage/storage.ts';
import { FaultyStorage } from '../../../support/faultyStorage.ts';
import { MemoryStorage } from '../../../support/memoryStorage.ts';
import { describeWith, requirePlatform } from '../../../support/requirements.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : Buffer.from(value).toString());

function suite(name: string, create: () => WorkingStorage): void {
	describe(`storage ${name}`, () => {
		let storage: WorkingStorage;
		beforeEach(() => {
			storage = create();
		});

		it('gives back what was put', async () => {
			assert.equal(await storage.putIfAbsent('a/b/c.txt', bytes('hello')), true);
			assert.equal(text(await storage.get('a/b/c.txt', 100)), 'hello');
			assert.equal(text(await storage.getRange('a/b/c.txt', 1, 3)), 'ell');
			assert.equal(await storage.size('a/b/c.txt'), 5);
		});

		it('leaves a file that is there as it is', async () => {
			await storage.putIfAbsent('a', bytes('first'));
			assert.equal(await storage.putIfAbsent('a', bytes('second')), false);
			assert.equal(text(await storage.get('a', 100)), 'first');
		});

		it('lets one of many that put at once win', async () => {
			const won = await Promise.all(Array.from({ length: 8 }, (_, index) => storage.putIfAbsent('race', bytes(`writer ${index}`))));
			assert.equal(won.filter(Boolean).length, 1);
			assert.equal(text(await storage.get('race', 100)), `writer ${won.indexOf(true)}`);
		});

		it('replaces a file, and makes it when it is not there', async () => {
			await storage.replace('head', bytes('one'));
			await storage.replace('head', bytes('two'));
			assert.equal(text(await storage.get('head', 100)), 'two');
		});

		it('has nothing where nothing is', async () => {
			assert.equal(await storage.get('none', 10), undefined);
			assert.equal(await storage.size('none'), undefined);
			assert.deepEqual(await storage.list('none'), []);
			assert.deepEqual(await storage.names('none'), []);
			await storage.delete('none');
			await storage.deleteFolder('none');
		});

		it('refuses ranges that reach behind the end, and files that are too long', async () => {
			await storage.putIfAbsent('a', bytes('12345'));
			await assert.rejects(storage.getRange('a', 3, 3), (error) => StoreError.is(error, 'STORE_DAMAGED'));
			await assert.rejects(storage.getRange('none', 0, 1), (error) => StoreError.is(error, 'STORE_DAMAGED'));
			await assert.rejects(storage.get('a', 4), (error) => StoreError.is(error, 'STORE_DAMAGED'));
		});

		it('lists files at any depth, and names at one', async () => {
			for (const key of ['x/1', 'x/y/2', 'x/y/z/3', 'other']) {
				await storage.putIfAbsent(key, bytes(key));
			}
			const listed = (await storage.list('x')).map(({ key, sizeBytes }) => `${key} ${sizeBytes}`).sort();
			assert.deepEqual(listed, ['x/1 3', 'x/y/2 5', 'x/y/z/3 7']);
			assert.deepEqual((await storage.names('x')).sort(), ['1', 'y']);
		});

		it('grows a staged file and publishes it', async () => {
			const file = storage.openAppend('staging/job/0.part');
			file.append(bytes('one '));
			file.append(bytes('two'));
			assert.equal(text(file.read(2, 4)), 'e tw');
			assert.equal(file.sizeBytes, 7);
			file.sync();
			file.close();
			const again = storage.openAppend('staging/job/0.part');
			again.append(bytes('!'));
			again.close();
			await storage.publish('staging/job/0.part', 'packs/aa/one.pack');
			assert.equal(text(await storage.get('packs/aa/one.pack', 100)), 'one two!');
			assert.deepEqual(await storage.list('staging'), []);
		});

		it('keeps what has the name already when the same is published again', async () => {
			await storage.putIfAbsent('packs/aa/one.pack', bytes('first'));
			storage.openAppend('staging/x').close();
			await storage.publish('staging/x', 'packs/aa/one.pack');
			assert.equal(text(await storage.get('packs/aa/one.pack', 100)), 'first');
			assert.equal(await storage.size('staging/x'), undefined);
		});

		it('removes a folder with all below it', async () => {
			await storage.putIfAbsent('s/a', bytes('1'));
			await storage.putIfAbsent('s/b/c', bytes('2'));
			await storage.deleteFolder('s');
			assert.deepEqual(await storage.list('s'), []);
			await storage.putIfAbsent('s/b/c', bytes('3'));
			assert.equal(text(await storage.get('s/b/c', 10)), '3');
		});
	});
}

const temp = useTempFolder();
suite('in memory', () => new MemoryStorage());
suite('with faults that do not happen', () => new FaultyStorage(new MemoryStorage()));
suite('in a folder', () => new FolderStorage(path.join(temp.path, 'store')));

describe('keys of a store', () => {
	for (const key of [
		'',
		'.',
		'..',
		'a/../b',
		'/a',
		'a/',
		'a//b',
		'a\\b',
		'C:a',
		'.hidden',
		'a/.b',
		'a\0b',
		'a b',
		'x.tmp',
		'a'.repeat(129),
	]) {
		it(`refuses ${JSON.stringify(key.slice(0, 20))}`, () => {
			assert.throws(() => checkKey(key), RangeError);
		});
	}
});

describeWith(requirePlatform('linux', 'darwin'), 'storage in a folder, where files have modes', () => {
	it('makes files and folders for their owner only', async () => {
		const root = path.join(temp.path, 'store');
		const storage = new FolderStorage(root);
		await storage.putIfAbsent('a/b', bytes('x'));
		await storage.replace('a/c', bytes('x'));
		storage.openAppend('s/d').close();
		const modes = ['', 'a', 'a/b', 'a/c', 's', 's/d'].map((name) => (fs.statSync(path.join(root, name)).mode & 0o777).toString(8));
		assert.deepEqual(modes, ['700', '700', '600', '600', '700', '600']);
	});
});

describe('storage in a folder', () => {
	it('does not show what a crash left half written', async () => {
		const storage = new FolderStorage(temp.path);
		await storage.putIfAbsent('a/b', bytes('x'));
		fs.writeFileSync(path.join(temp.path, 'a/c.0123456789ab.tmp'), 'half');
		assert.deepEqual(await storage.names('a'), ['b']);
		assert.equal((await storage.list('a')).length, 1);
	});

	it('says in its own words that the system refused', async () => {
		fs.writeFileSync(path.join(temp.path, 'file'), '');
		const storage = new FolderStorage(path.join(temp.path, 'file'));
		await assert.rejects(storage.putIfAbsent('a', bytes('x')), (error) => StoreError.is(error, 'STORE_UNUSABLE'));
	});
});
