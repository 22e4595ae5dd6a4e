import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planChanges } from '../../../../src/engine/apps/containerDiff.ts';
import type { ContainerItem } from '../../../../src/engine/apps/containerTree.ts';
import { fromListingPath, toListingPath } from '../../../../src/engine/apps/listingNames.ts';
import { checkPath, isFileIdPath } from '../../../../src/snapshots/listing/pathKey.ts';

const file = (sizeBytes: number, modifiedAtMs = 1): ContainerItem => ({ kind: 'file', sizeBytes, modifiedAtMs });
const folder: ContainerItem = { kind: 'folder', sizeBytes: 0, modifiedAtMs: 0 };
const link = (target: string): ContainerItem => ({ kind: 'link', sizeBytes: 0, modifiedAtMs: 0, target });
const tree = (items: Record<string, ContainerItem>): Map<string, ContainerItem> => new Map(Object.entries(items));

describe('what leads from one container to another', () => {
	it('is nothing where sizes and times are the same', () => {
		const same = tree({ '/a': folder, '/a/b': file(3), '/l': link('a') });
		const changes = planChanges(same, new Map(same));
		assert.deepEqual([changes.write, changes.makeFolders, changes.remove, changes.sameFiles], [[], [], [], 2]);
	});

	it('writes what differs, and takes whole folders away at once', () => {
		const present = tree({ '/a': file(1), '/b': file(1, 2), '/gone': folder, '/gone/x': file(1), '/gone/deep': folder, '/l': link('a') });
		const wanted = tree({ '/a': file(2), '/b': file(1, 3), '/new': folder, '/new/y': file(4), '/l': link('b') });
		assert.deepEqual(planChanges(present, wanted), {
			write: ['/a', '/b', '/l', '/new/y'],
			writeBytes: 7,
			makeFolders: ['/new'],
			remove: ['/gone'],
			removeItems: 3,
			sameFiles: 0,
		});
	});

	it('makes room where a file takes the place of a folder, and the reverse', () => {
		const present = tree({ '/a': folder, '/a/x': file(1), '/b': file(1) });
		const wanted = tree({ '/a': file(1), '/b': folder, '/b/y': file(1) });
		const changes = planChanges(present, wanted);
		assert.deepEqual([changes.remove, changes.write, changes.makeFolders], [['/a', '/b'], ['/a', '/b/y'], ['/b']]);
	});

	it('leaves alone what the state does not cover, and what the device does not show', () => {
		const present = tree({ '/tmp': folder, '/tmp/x': file(1), '/SystemData': folder, '/other': folder, '/other/z': file(1) });
		const options = { covers: (path: string) => !path.startsWith('/tmp'), hidden: ['/SystemData'] };
		assert.deepEqual(planChanges(present, tree({}), options).remove, ['/other']);
	});

	it('carried out, gives the state', () => {
		const name = fc.constantFrom('a', 'b', 'c');
		const anyTree = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.nat(2)), { maxLength: 8 }).map((entries) => {
			const items = new Map<string, ContainerItem>();
			for (const [names, size] of entries) {
				const path = `/${names.join('/')}`;
				const above = names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
				const isFree = !items.has(path) && above.every((one) => items.get(one)?.kind !== 'file');
				if (isFree) {
					above.forEach((one) => items.set(one, folder));
					items.set(path, size === 0 ? folder : file(size));
				}
			}
			return items;
		});
		fc.assert(
			fc.property(anyTree, anyTree, (present, wanted) => {
				const changes = planChanges(present, wanted);
				const result = new Map(present);
				for (const gone of changes.remove) {
					[...result.keys()].filter((path) => path === gone || path.startsWith(`${gone}/`)).forEach((path) => result.delete(path));
				}
				changes.makeFolders.forEach((path) => result.set(path, folder));
				changes.write.forEach((path) => result.set(path, wanted.get(path) as ContainerItem));
				assert.deepEqual(new Map([...result].sort()), new Map([...wanted].sort()));
			}),
		);
	});
});

describe('names of a container in a listing', () => {
	it('pass the store’s door, are no file ids, and come back', () => {
		const names = fc.array(
			fc.oneof(
				fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
				fc.constantFrom('ab'.repeat(20), '...', ' ', '%41', 'a:b', 'a\\b', '..x'),
			),
			{ minLength: 1, maxLength: 4 },
		);
		fc.assert(
			fc.property(names, (parts) => {
				const clean = parts.map((part) => part.replaceAll(/[/\0]/g, '_')).map((part) => (part === '.' || part === '..' ? 'x' : part));
				const path = `/${clean.join('/')}`;
				const listed = toListingPath(path);
				assert.equal(checkPath(listed), listed);
				assert.ok(!listed.split('/').some((part, index, all) => index > 0 && isFileIdPath(`${all[index - 1] ?? ''}/${part}`)));
				assert.equal(fromListingPath(listed), path);
			}),
		);
	});

	it('are refused when nobody could have written them', () => {
		for (const listed of ['AppData', 'Other/a', 'AppData/%2e%2e', 'AppData/a%2fb', 'AppData/%00', 'AppData/%zz', 'AppData//a']) {
			assert.equal(fromListingPath(listed), undefined, listed);
		}
	});
});
