import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
	formatDeviceInfo,
	formatDirectory,
	formatFileInfo,
	parseDeviceInfo,
	parseDirectory,
	parseFileInfo,
	type AfcFileInfo,
} from '../../../../src/device/afc/fileInfo/messages.ts';

const text = (value: string): Uint8Array => Buffer.from(value);

describe('AFC file info', () => {
	it('reads what devices send', () => {
		const bytes = text(
			'st_size\x00604\0st_blocks\x008\0st_nlink\x001\0st_ifmt\0S_IFREG\0st_mtime\x001691055312000000000\0st_birthtime\x001691055311999999999\0',
		);
		assert.deepEqual(parseFileInfo(bytes), {
			kind: 'file',
			sizeBytes: 604,
			blocks: 8,
			links: 1,
			modifiedAtMs: 1691055312000,
			createdAtMs: 1691055311999,
		});
	});

	it('reads keys in any order, unknown ones, a last value without NUL, and a link', () => {
		const info = parseFileInfo(text('LinkTarget\0../a b\0st_ifmt\0S_IFLNK\0st_new\0x\0st_size\x003'));
		assert.deepEqual(info, { kind: 'symlink', sizeBytes: 3, blocks: 0, links: 0, modifiedAtMs: 0, createdAtMs: 0, linkTarget: '../a b' });
	});

	it('calls an unheard-of kind unknown', () => {
		assert.equal(parseFileInfo(text('st_ifmt\0S_IFWHT\0'))?.kind, 'unknown');
		assert.equal(parseFileInfo(text(''))?.kind, 'unknown');
	});

	it('refuses numbers that are none', () => {
		for (const value of ['', 'x', '1.5', '0x10', '1e3', ' 1', '9'.repeat(21)]) {
			assert.equal(parseFileInfo(text(`st_size\0${value}\0`)), undefined);
		}
	});

	it('reads what it writes', () => {
		const count = fc.nat();
		const time = fc.integer({ min: -1e12, max: 4e12 });
		const kind = fc.constantFrom('file', 'directory', 'blockDevice', 'characterDevice', 'fifo', 'socket' as const);
		const info = fc.record(
			{ kind, sizeBytes: fc.maxSafeNat(), blocks: count, links: count, modifiedAtMs: time, createdAtMs: time },
			{ noNullPrototype: true },
		);
		fc.assert(
			fc.property(info, (value) => {
				assert.deepEqual(parseFileInfo(formatFileInfo(value as AfcFileInfo)), value);
			}),
		);
	});

	it('has every key that clients insist on', () => {
		const info: AfcFileInfo = { kind: 'symlink', sizeBytes: 1, blocks: 0, links: 1, modifiedAtMs: 2, createdAtMs: 3, linkTarget: 't' };
		assert.equal(
			Buffer.from(formatFileInfo(info)).toString(),
			'st_size\x001\0st_blocks\x000\0st_nlink\x001\0st_ifmt\0S_IFLNK\0st_mtime\x002000000\0st_birthtime\x003000000\0LinkTarget\0t\0',
		);
	});
});

describe('AFC device info', () => {
	it('reads what devices send', () => {
		const bytes = text('Model\0iPhone14,5\0FSTotalBytes\x00127933894656\0FSFreeBytes\x0068719476736\0FSBlockSize\x004096\0');
		const info = { model: 'iPhone14,5', totalBytes: 127933894656, freeBytes: 68719476736, blockBytes: 4096 };
		assert.deepEqual(parseDeviceInfo(bytes), info);
		assert.deepEqual(Buffer.from(formatDeviceInfo(info)), bytes);
	});

	it('refuses numbers that are none', () => {
		assert.equal(parseDeviceInfo(text('FSTotalBytes\0many\0')), undefined);
	});
});

describe('AFC directory', () => {
	it('leaves out the folder itself and its parent, wherever they stand', () => {
		assert.deepEqual(parseDirectory(text('.\0..\0DCIM\0\ufeffBOM\0a b\0')), ['DCIM', '\ufeffBOM', 'a b']);
		assert.deepEqual(parseDirectory(text('DCIM\0.\0..')), ['DCIM']);
		assert.deepEqual(parseDirectory(text('')), []);
	});

	it('starts with the two names that some clients drop unread', () => {
		assert.equal(Buffer.from(formatDirectory(['x'])).toString(), '.\0..\0x\0');
	});
});
