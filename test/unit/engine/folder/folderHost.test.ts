import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostFileError, resolveDevicePath, type DevicePath } from '../../../../src/device/index.ts';
import { FolderHost } from '../../../../src/engine/folder/folderHost.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

const at = (path: string): DevicePath => resolveDevicePath(`UDID/${path}`, ['UDID']);

describe('Folder host', function () {
	this.timeout(30_000);
	const temp = useTempFolder();
	let host: FolderHost;
	let tree: string;

	beforeEach(() => {
		tree = join(temp.path, 'tree');
		mkdirSync(tree);
		host = new FolderHost(temp.path, { base: undefined, tree });
	});
	afterEach(() => host.dispose());

	/** Content that tells its file and its place in it. */
	const contentOf = (index: number, sizeBytes: number): Buffer =>
		Buffer.from(Array.from({ length: sizeBytes }, (_, place) => (index * 31 + place) & 0xff));

	async function write(path: string, content: Uint8Array, chunkBytes: number): Promise<void> {
		const writer = host.openWrite(at(path));
		for (let offset = 0; offset < content.length; offset += chunkBytes) {
			await writer.write(content.subarray(offset, offset + chunkBytes));
		}
		await writer.finish();
	}

	for (const [title, count, sizeBytes, chunkBytes] of [
		['thousands of files of a few bytes', 5000, 37, 16],
		['empty files', 1500, 0, 1],
		['files of many portions', 3, 3_000_001, 16_384],
		['files that end where a batch ends', 4, 1024 * 1024, 1024 * 1024],
		['portions of odd sizes', 40, 70_001, 6007],
	] as const) {
		it(`writes ${title}`, async () => {
			for (let index = 0; index < count; index++) {
				await write(`ab/${index}`, contentOf(index, sizeBytes), chunkBytes);
			}
			await host.settle();
			for (let index = 0; index < count; index++) {
				assert.deepEqual(readFileSync(join(tree, 'ab', String(index))), contentOf(index, sizeBytes), `file ${index}`);
			}
		});
	}

	it('reads back what it wrote, in blocks', async () => {
		const content = contentOf(7, 700_000);
		await write('ab/file', content, 50_000);
		const reader = await host.openRead(at('ab/file'));
		const blocks: Uint8Array[] = [];
		for (let block = await reader.read(32_768); block !== undefined; block = await reader.read(32_768)) {
			blocks.push(block);
		}
		await reader.close();
		assert.deepEqual(Buffer.concat(blocks), content);
		assert.ok(blocks.slice(0, -1).every((block) => block.length === 32_768));
	});

	it('keeps the order of writes, moves and removals', async () => {
		await write('Snapshot/ab/one', contentOf(1, 10), 10);
		await host.move(at('Snapshot/ab/one'), at('ab/one'));
		await write('Snapshot/ab/one', contentOf(2, 10), 10);
		await host.remove(at('Snapshot'));
		await host.copy(at('ab/one'), at('cd/two'));
		await host.settle();
		assert.deepEqual(readFileSync(join(tree, 'cd/two')), contentOf(1, 10));
		assert.equal(existsSync(join(tree, 'Snapshot')), false);
	});

	it('drops a file that the device gave up', async () => {
		const writer = host.openWrite(at('ab/file'));
		await writer.write(contentOf(1, 100));
		await writer.abandon();
		await host.settle();
		assert.equal(existsSync(join(tree, 'ab/file')), false);
	});

	it('tells a failure once, remembers that there was one, and goes on', async () => {
		writeFileSync(join(tree, 'ab'), 'a file where a folder should be');
		await write('ab/one', contentOf(1, 10), 10);
		await assert.rejects(host.settle(), HostFileError);
		await host.settle();
		await write('cd/two', contentOf(2, 10), 10);
		await host.settle();
		assert.deepEqual(readFileSync(join(tree, 'cd/two')), contentOf(2, 10));
		assert.ok(HostFileError.is(host.firstFailure));
	});

	it('says what is missing', async () => {
		await assert.rejects(host.openRead(at('ab/none')), (error) => HostFileError.is(error, 'NOT_FOUND'));
		await host.move(at('ab/none'), at('cd/none'));
		await assert.rejects(host.settle(), (error) => HostFileError.is(error, 'NOT_FOUND'));
		assert.deepEqual(await host.list(at('none')), []);
	});

	it('ends what waits for it when it is disposed', async () => {
		await host.dispose();
		await assert.rejects(host.list(at('ab')), HostFileError);
	});
});
