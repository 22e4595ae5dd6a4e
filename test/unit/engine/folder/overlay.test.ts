import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { HostFileError } from '../../../../src/device/index.ts';
import { OverlayFolder } from '../../../../src/engine/folder/overlay.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

describe('Overlay folder', () => {
	const temp = useTempFolder();

	function setUp(baseFiles: Record<string, string> | undefined): { overlay: OverlayFolder; base: string; tree: string } {
		const base = path.join(temp.path, 'base');
		const tree = path.join(temp.path, 'tree');
		fs.mkdirSync(tree);
		if (baseFiles !== undefined) {
			fs.mkdirSync(base);
			for (const [name, text] of Object.entries(baseFiles)) {
				fs.mkdirSync(path.dirname(path.join(base, name)), { recursive: true });
				fs.writeFileSync(path.join(base, name), text);
			}
		}
		return { overlay: new OverlayFolder(baseFiles === undefined ? undefined : base, tree), base, tree };
	}

	const write = (overlay: OverlayFolder, file: string, text: string): void => fs.writeFileSync(overlay.placeForWriting(file), text);
	const read = (overlay: OverlayFolder, file: string): string => fs.readFileSync(overlay.placeForReading(file), 'utf8');
	const names = (overlay: OverlayFolder, folder: string): string[] =>
		overlay
			.list(folder)
			.map((entry) => entry.name)
			.sort();
	const isNotFound = (error: unknown): boolean => HostFileError.is(error, 'NOT_FOUND');

	it('shows the base until something is laid over it', () => {
		const { overlay } = setUp({ 'ab/abcd': 'old', 'Status.plist': 'status' });
		assert.deepEqual(names(overlay, ''), ['Status.plist', 'ab']);
		assert.equal(read(overlay, 'ab/abcd'), 'old');
		write(overlay, 'ab/abcd', 'new');
		assert.equal(read(overlay, 'ab/abcd'), 'new');
	});

	it('never changes the base', () => {
		const { overlay, base } = setUp({ 'ab/abcd': 'old', 'cd/cdef': 'kept' });
		write(overlay, 'ab/abcd', 'new');
		overlay.remove('cd');
		overlay.move('ab/abcd', 'cd/cdef');
		assert.equal(fs.readFileSync(path.join(base, 'ab/abcd'), 'utf8'), 'old');
		assert.equal(fs.readFileSync(path.join(base, 'cd/cdef'), 'utf8'), 'kept');
	});

	it('lists a file of zero bytes', () => {
		const { overlay } = setUp({ 'ab/abcd': '' });
		const [entry] = overlay.list('ab');
		assert.deepEqual([entry?.name, entry?.kind, entry?.sizeBytes], ['abcd', 'file', 0]);
	});

	it('lists nothing for a folder that is not there', () => {
		assert.deepEqual(setUp({}).overlay.list('Snapshot'), []);
	});

	it('hides what was removed, and shows what is written there again', () => {
		const { overlay } = setUp({ 'Snapshot/ab/abcd': 'left over', 'ab/abcd': 'old' });
		overlay.remove('Snapshot');
		assert.throws(() => overlay.placeForReading('Snapshot/ab/abcd'), isNotFound);
		assert.deepEqual(names(overlay, 'Snapshot'), []);
		write(overlay, 'Snapshot/ab/other', 'new');
		assert.deepEqual(names(overlay, 'Snapshot/ab'), ['other']);
		assert.deepEqual(overlay.removedFromBase, ['Snapshot']);
	});

	it('moves a file onto an existing one, wherever either lies', () => {
		const { overlay } = setUp({ 'ab/abcd': 'old', x: 'from base' });
		write(overlay, 'Snapshot/ab/abcd', 'new');
		overlay.move('Snapshot/ab/abcd', 'ab/abcd');
		assert.equal(read(overlay, 'ab/abcd'), 'new');
		overlay.move('x', 'ab/abcd');
		assert.equal(read(overlay, 'ab/abcd'), 'from base');
		assert.throws(() => overlay.placeForReading('x'), isNotFound);
	});

	it('moves a folder of which one part lies in the base', () => {
		const { overlay } = setUp({ 'one/a': 'a', 'one/b': 'b', 'one/c': 'c' });
		write(overlay, 'one/b', 'new b');
		overlay.remove('one/c');
		overlay.move('one', 'two');
		assert.deepEqual(names(overlay, 'two'), ['a', 'b']);
		assert.equal(read(overlay, 'two/b'), 'new b');
		assert.deepEqual(names(overlay, 'one'), []);
	});

	it('refuses to move what is not there', () => {
		assert.throws(() => setUp({}).overlay.move('nothing', 'somewhere'), isNotFound);
	});

	it('removes what is not there without complaint', () => {
		setUp({}).overlay.remove('nothing');
	});

	it('copies a folder with all below it', () => {
		const { overlay } = setUp({ 'one/deep/a': 'a' });
		write(overlay, 'one/b', 'b');
		overlay.copy('one', 'two');
		assert.equal(read(overlay, 'two/deep/a'), 'a');
		assert.equal(read(overlay, 'two/b'), 'b');
		assert.equal(read(overlay, 'one/b'), 'b');
	});

	it('writes into a folder again after that folder was removed', () => {
		const { overlay } = setUp(undefined);
		write(overlay, 'Snapshot/ab/one', '1');
		overlay.remove('Snapshot');
		write(overlay, 'Snapshot/ab/two', '2');
		assert.deepEqual(names(overlay, 'Snapshot/ab'), ['two']);
	});

	it('does not follow links that lie in the base', () => {
		const { overlay, base } = setUp({ 'ab/abcd': 'old' });
		fs.writeFileSync(path.join(temp.path, 'secret'), 'secret');
		fs.symlinkSync(path.join(temp.path, 'secret'), path.join(base, 'ab/link'));
		assert.throws(() => overlay.placeForReading('ab/link'), isNotFound);
		fs.symlinkSync(temp.path, path.join(base, 'zz'));
		assert.throws(() => new OverlayFolder(base, path.join(temp.path, 'tree')).placeForReading('zz/secret'), isNotFound);
	});
});
