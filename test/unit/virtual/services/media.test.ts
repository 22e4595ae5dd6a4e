import assert from 'node:assert/strict';
import { AFC_STATUS } from '../../../../src/device/afc/frame.ts';
import { decodeTree, encodeTree } from '../../../../src/virtual/services/media/treeFile.ts';
import { MediaContents } from '../../../../src/virtual/services/media/contents.ts';
import { AfcFailure, type DirectoryNode } from '../../../../src/virtual/services/media/nodes.ts';
import { createMediaRoot } from '../../../../src/virtual/services/media/seed.ts';
import { MediaTree } from '../../../../src/virtual/services/media/tree.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

describe('media folder of a virtual device', () => {
	const temp = useTempFolder();
	let contents: MediaContents;
	let root: DirectoryNode;
	let tree: MediaTree;
	let freeBytes: number;
	let now: number;
	beforeEach(() => {
		contents = new MediaContents(temp.path);
		root = createMediaRoot('seed');
		freeBytes = 1_000_000;
		now = 1_800_000_000_000;
		tree = new MediaTree(root, contents, {
			clock: { now: () => now, after: () => ({ dispose() {} }) },
			limits: { freeBytes: () => freeBytes },
		});
	});
	afterEach(() => contents.close());

	const fails = (status: keyof typeof AFC_STATUS, act: () => unknown): void =>
		assert.throws(act, (error) => error instanceof AfcFailure && error.status === AFC_STATUS[status]);
	const write = (path: string, text: string): void => {
		const file = tree.open(path, 'write');
		file.write(Buffer.from(text));
		file.close();
	};
	const read = (path: string): string => {
		const file = tree.open(path, 'read');
		const text = Buffer.from(file.read(1_000_000)).toString();
		file.close();
		return text;
	};

	it('shows the usual folders, the same for the same seed', () => {
		assert.ok(tree.list('/').includes('DCIM'));
		const book = tree.open('/Books/Manual.epub', 'read').read(50_000);
		const again = new MediaTree(createMediaRoot('seed'), contents, {
			clock: { now: () => 0, after: () => ({ dispose() {} }) },
			limits: { freeBytes: () => 0 },
		});
		assert.deepEqual(again.open('/Books/Manual.epub', 'read').read(50_000), book);
	});

	it('writes, reads, extends, truncates and appends', () => {
		write('/Downloads/a.txt', 'hello');
		const file = tree.open('/Downloads/a.txt', 'readWrite');
		file.position = 10;
		file.write(Buffer.from('!'));
		assert.equal(read('/Downloads/a.txt'), 'hello\0\0\0\0\0!');
		file.resize(2);
		const appending = tree.open('/Downloads/a.txt', 'append');
		appending.write(Buffer.from('p'));
		assert.equal(read('/Downloads/a.txt'), 'hep');
		fails('PERMISSION_DENIED', () => appending.read(1));
		fails('PERMISSION_DENIED', () => tree.open('/Downloads/a.txt', 'read').write(Buffer.from('x')));
		assert.deepEqual(
			{ ...tree.info('/Downloads/a.txt') },
			{ kind: 'file', sizeBytes: 3, blocks: 8, links: 1, modifiedAtMs: now, createdAtMs: now },
		);
	});

	it('keeps the rest of a generated file when a part of it is overwritten', () => {
		const before = tree.open('/Books/Manual.epub', 'read').read(100_000);
		const file = tree.open('/Books/Manual.epub', 'readWrite');
		file.write(Buffer.from('XY'));
		const after = tree.open('/Books/Manual.epub', 'read').read(100_000);
		assert.equal(Buffer.from(after.subarray(0, 2)).toString(), 'XY');
		assert.deepEqual(after.subarray(2), before.subarray(2));
	});

	it('answers with the status that devices answer with', () => {
		write('/Downloads/a.txt', 'x');
		fails('OBJECT_NOT_FOUND', () => tree.info('/nope'));
		fails('OBJECT_NOT_FOUND', () => tree.open('/nope/file', 'write'));
		fails('OBJECT_NOT_FOUND', () => tree.open('/nope', 'read'));
		fails('OBJECT_IS_DIRECTORY', () => tree.open('/DCIM', 'read'));
		fails('PERMISSION_DENIED', () => tree.list('/PhotoData/Protected'));
		fails('PERMISSION_DENIED', () => tree.removeAll('/PhotoData'));
		fails('PERMISSION_DENIED', () => tree.remove('/'));
		fails('UNKNOWN_ERROR', () => tree.remove('/Downloads'));
		fails('OBJECT_EXISTS', () => tree.makeDirectory('/Downloads/a.txt'));
		fails('READ_ERROR', () => tree.list('/Downloads/a.txt'));
		fails('INVALID_ARGUMENT', () => tree.makeDirectory(`/${'n'.repeat(300)}`));
		freeBytes = 3;
		fails('NO_SPACE_LEFT', () => write('/Downloads/b.txt', 'four'));
	});

	it('never leaves its root', () => {
		write('/../../../escape.txt', 'x');
		assert.ok(tree.list('/').includes('escape.txt'));
		tree.link('symbolic', '../../../../etc', '/Downloads/etc');
		fails('OBJECT_NOT_FOUND', () => tree.list('/Downloads/etc'));
	});

	it('makes folders with their parents, renames, and removes with contents', () => {
		tree.makeDirectory('/A/B/C');
		tree.makeDirectory('/A/B/C');
		write('/A/B/C/file', '1');
		tree.rename('/A/B', '/A/D');
		assert.equal(read('/A/D/C/file'), '1');
		fails('INVALID_ARGUMENT', () => tree.rename('/A', '/A/D/E'));
		tree.removeAll('/A');
		fails('OBJECT_NOT_FOUND', () => tree.list('/A'));
	});

	it('follows links, and notices when they go in circles', () => {
		write('/Downloads/a.txt', 'linked');
		tree.link('symbolic', 'Downloads', '/Way');
		tree.link('symbolic', '/Way/a.txt', '/Books/b');
		assert.equal(read('/Books/b'), 'linked');
		assert.deepEqual([tree.info('/Books/b').kind, tree.info('/Books/b').linkTarget], ['symlink', '/Way/a.txt']);
		tree.link('symbolic', '/Loop2', '/Loop1');
		tree.link('symbolic', '/Loop1', '/Loop2');
		fails('INVALID_ARGUMENT', () => tree.list('/Loop1'));
		tree.link('hard', '/Downloads/a.txt', '/Books/hard');
		tree.remove('/Downloads/a.txt');
		assert.equal(read('/Books/hard'), 'linked');
	});

	it('gives an exclusive lock to one at a time', () => {
		const [one, two, three] = [1, 2, 3].map(() => tree.open('/com.apple.itunes.lock_sync', 'readWrite'));
		one?.lock('exclusive');
		fails('WOULD_BLOCK', () => two?.lock('exclusive'));
		fails('WOULD_BLOCK', () => two?.lock('shared'));
		one?.lock('exclusive');
		one?.close();
		two?.lock('shared');
		three?.lock('shared');
		fails('WOULD_BLOCK', () => three?.lock('exclusive'));
	});

	it('comes back from its state', () => {
		write('/Downloads/a.txt', 'kept');
		tree.link('symbolic', 'x', '/Books/link');
		const reopened = new MediaContents(temp.path);
		const again = new MediaTree(decodeTree(encodeTree(root), reopened), reopened, {
			clock: { now: () => 0, after: () => ({ dispose() {} }) },
			limits: { freeBytes: () => 0 },
		});
		assert.equal(Buffer.from(again.open('/Downloads/a.txt', 'read').read(10)).toString(), 'kept');
		assert.equal(again.info('/Books/link').linkTarget, 'x');
		fails('PERMISSION_DENIED', () => again.list('/PhotoData/Protected'));
		assert.notEqual(reopened.newId(), 1);
		reopened.close();
	});
});
