import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StoreError, type SnapshotRecord } from '../../../src/snapshots/index.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { contentsOf, facts, fileIdPath, noise, openStore, udid } from '../../support/snapshotStore.ts';

/** A folder as the staging area should behave: paths of files, and what they hold. */
class Model {
	readonly files: Map<string, string>;

	constructor(files: Iterable<[string, string]> = []) {
		this.files = new Map(files);
	}

	write(path: string, content: string): void {
		this.remove(path);
		for (let above = path; above.includes('/');) {
			above = above.slice(0, above.lastIndexOf('/'));
			this.files.delete(above);
		}
		this.files.set(path, content);
	}

	remove(path: string): void {
		for (const file of this.below(path)) {
			this.files.delete(file);
		}
	}

	transfer(from: string, to: string, isMove: boolean): boolean {
		const sources = this.below(from).map((file) => [file, this.files.get(file) as string] as const);
		if (sources.length === 0 || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) {
			return false;
		}
		if (ids.some((id) => to.endsWith(id)) && !this.files.has(from)) {
			// A folder is never called as only files are.
			return false;
		}
		if (from !== to) {
			this.remove(to);
			for (const [file, content] of sources) {
				this.write(to + file.slice(from.length), content);
			}
			if (isMove) {
				this.remove(from);
			}
		}
		return true;
	}

	names(folder: string): string[] {
		const prefix = folder === '' ? '' : `${folder}/`;
		const names = [...this.files.keys()].filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
		return [...new Set(names.map((name) => name.split('/', 1)[0] as string))].sort();
	}

	below(path: string): string[] {
		return [...this.files.keys()].filter((file) => file === path || file.startsWith(`${path}/`));
	}
}

const ids = Array.from({ length: 12 }, (_, index) => fileIdPath(`${index}`));
const folders = ['', 'x', 'x/y', 'Snapshot', (ids[0] as string).slice(0, 2), `Snapshot/${(ids[1] as string).slice(0, 2)}`];
const paths = [
	...ids,
	...ids.map((id) => `Snapshot/${id}`),
	'Manifest.db',
	'Snapshot/Manifest.db',
	'x',
	'x/y',
	'x/y/z',
	...folders.slice(1),
];
const path = fc.constantFrom(...paths);
const step = fc.oneof(
	{ weight: 5, arbitrary: fc.tuple(fc.constant('write' as const), path, fc.integer({ min: 0, max: 5 }).map(String)) },
	{ weight: 4, arbitrary: fc.tuple(fc.constant('move' as const), path, path) },
	{ weight: 1, arbitrary: fc.tuple(fc.constant('copy' as const), path, path) },
	{ weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), path, fc.constant('')) },
);

const bytesOf = (content: string): Buffer => (content === '0' ? Buffer.alloc(0) : noise(content, 40));

describe('staging area against a model of a folder', () => {
	it('agrees after any steps, in any number of snapshots on top of one another', async function () {
		this.timeout(60_000);
		await fc.assert(
			fc.asyncProperty(fc.array(fc.array(step, { maxLength: 25 }), { minLength: 1, maxLength: 5 }), async (rounds) => {
				const store = await openStore(new MemoryStorage(() => 0));
				const sealed: [SnapshotRecord, Model][] = [];
				for (const [round, steps] of rounds.entries()) {
					const [base, before] = sealed.at(-1) ?? [undefined, new Model()];
					const model = new Model(before.files);
					const staging = await store.beginStaging({ udid, jobId: `job-${round}`, ...(base === undefined ? {} : { base: base.id }) });
					for (const [what, one, other] of steps) {
						if (what === 'write') {
							model.write(one, other);
							staging.writeFile(one, bytesOf(other));
						} else if (what === 'remove') {
							model.remove(one);
							staging.remove(one);
						} else if (model.transfer(one, other, what === 'move')) {
							staging[what](one, other);
						} else if (one !== other) {
							assert.throws(
								() => staging[what](one, other),
								(error) => StoreError.is(error, 'FILE_NOT_FOUND', 'PATH_UNSAFE'),
							);
						}
					}
					for (const folder of folders) {
						assert.deepEqual(
							staging
								.list(folder)
								.map(({ name }) => name)
								.sort(),
							model.files.has(folder) ? [] : model.names(folder),
							folder,
						);
					}
					sealed.push([await staging.seal(facts(round)), model]);
				}
				for (const [record, { files }] of sealed) {
					const expected = Object.fromEntries([...files].map(([file, content]) => [file, bytesOf(content)]));
					assert.deepEqual(await contentsOf(store, record), expected);
					assert.equal(record.fileCount, files.size);
					assert.equal(
						record.sizeBytes,
						Object.values(expected).reduce((sum, { length }) => sum + length, 0),
					);
				}
				for (const [a, { files: before }] of sealed) {
					const [b, { files: after }] = sealed.at(-1) as [SnapshotRecord, Model];
					const changed: string[] = [];
					for await (const portion of store.diff(a, b)) {
						changed.push(...portion.map((change) => (change.before ?? change.after)?.path ?? ''));
					}
					const all = [...new Set([...before.keys(), ...after.keys()])];
					assert.deepEqual(changed.sort(), all.filter((file) => before.get(file) !== after.get(file)).sort());
				}
			}),
			{ numRuns: 150 },
		);
	});
});
