import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SnapshotCheck } from '../../../src/contract/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere } from '../cli/runCli.ts';

type Document = Record<string, unknown>;

/** Turns some bits in the middle of a file. */
function flip(file: string): void {
	const bytes = readFileSync(file);
	const at = Math.floor(bytes.length / 2);
	bytes.fill((bytes[at] ?? 0) ^ 0xff, at, at + 3);
	writeFileSync(file, bytes);
}

const truncate = (file: string): void => truncateSync(file, Math.floor(statSync(file).size / 2));
const remove = (file: string): void => rmSync(file);

describe('Damage in a store', function () {
	this.timeout(120_000);
	const lab = useLab({ seed: 'damage', settings: { passcode: 'none', rebootMs: 20 } });
	const temp = useTempFolder();
	const store = (): string => join(temp.path, 'store');

	async function run(argv: string[], exit: number): Promise<Document> {
		const io = await runHere(lab.address, [...argv, '--json'], { DEVICELAB_STORE: store() });
		assert.equal(io.exit, exit, io.stderr);
		return io.document;
	}

	const filesBelow = (folder: string): string[] =>
		readdirSync(join(store(), folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name));

	/** The largest: its middle is content, and not the list of what is in it. */
	const largest = (folder: string): string =>
		filesBelow(folder)
			.sort((a, b) => statSync(a).size - statSync(b).size)
			.at(-1) as string;

	for (const [what, damage] of Object.entries({ flip, truncate, remove })) {
		it(`in a pack is named with what it touches, and no roll-back is begun from it: ${what}`, async () => {
			await run(['snapshot', 'Lab-1', '--name', 'one'], 0);
			await lab.tell('touch', '--files', '5', '--seed', what);
			await run(['snapshot', 'Lab-1', '--name', 'two'], 0);
			damage(largest('packs'));
			const check = (await run(['verify'], 6))['verify'] as SnapshotCheck;
			assert.equal(check.whole, false);
			assert.ok(check.damagedSnapshots.length > 0);
			for (const { name, deviceName, damagedFiles, isListingDamaged, files } of check.damagedSnapshots) {
				assert.ok(name === 'one' || name === 'two');
				assert.equal(deviceName, 'Lab-1');
				assert.ok(isListingDamaged || (damagedFiles > 0 && files.length === Math.min(1000, damagedFiles)));
			}
			const state = await lab.fingerprint();
			const snapshots = (await run(['snapshots'], 0))['snapshots'] as object[];
			for (const { id } of check.damagedSnapshots) {
				const { error } = await run(['rollback', 'Lab-1', id, '--yes'], 6);
				assert.equal((error as { code: string }).code, 'STORE_DAMAGED');
			}
			assert.equal(await lab.fingerprint(), state);
			assert.equal(((await run(['snapshots'], 0))['snapshots'] as object[]).length, snapshots.length, 'no safety snapshot was taken');

			// What is left is said, and stays usable; the next backup begins from nothing, since it would lack what its base lacks.
			await run(['repair'], 6);
			await run(['verify'], 6);
			await run(['snapshot', 'Lab-1', '--name', 'three'], 0);
			await run(['verify', 'Lab-1', 'three'], 0);
		});
	}

	it('in a record is named, and touches no other snapshot', async () => {
		await run(['snapshot', 'Lab-1', '--name', 'one'], 0);
		const [record] = filesBelow(`devices/${lab.udid}/snapshots`);
		await run(['snapshot', 'Lab-1', '--name', 'two'], 0);
		flip(record as string);
		rmSync(join(store(), 'index'), { recursive: true });
		const { problems, snapshots } = (await run(['snapshots'], 0)) as { problems: { code: string }[]; snapshots: { name: string }[] };
		assert.deepEqual([problems.map(({ code }) => code), snapshots.map(({ name }) => name)], [['STORE_DAMAGED'], ['two']]);
		const check = (await run(['verify'], 6))['verify'] as SnapshotCheck;
		assert.deepEqual(
			check.unreadable.map(({ code }) => code),
			['STORE_DAMAGED'],
		);
		await run(['verify', 'Lab-1', 'two'], 0);
		// It can be deleted like any other.
		await run(['delete', 'Lab-1', 'two', '--yes'], 0);
	});

	it('in what can be made anew heals', async () => {
		await run(['snapshot', 'Lab-1', '--name', 'one'], 0);
		await run(['snapshot', 'Lab-1'], 0);
		const whole = join(temp.path, 'whole');
		cpSync(store(), whole, { recursive: true });
		const healing = filesBelow('.').filter((file) => /^(index|leases|staging|devices\/[^/]+\/head)/.test(relative(store(), file)));
		assert.ok(healing.length >= 2, healing.join());
		for (const file of healing) {
			for (const damage of [flip, truncate, remove]) {
				damage(file);
				await run(['repair'], 0);
				await run(['verify'], 0);
				const { snapshots } = (await run(['snapshots'], 0)) as { snapshots: { isHead: boolean }[] };
				assert.deepEqual([snapshots.length, snapshots.filter(({ isHead }) => isHead).length], [2, 1], relative(store(), file));
				rmSync(store(), { recursive: true });
				cpSync(whole, store(), { recursive: true });
			}
		}
	});

	it('in the file that makes it a store is told as such', async () => {
		await run(['snapshot', 'Lab-1'], 0);
		truncate(join(store(), 'store.json'));
		const { error } = await run(['verify'], 1);
		assert.match((error as { code: string }).code, /^STORE_(UNUSABLE|DAMAGED|NEWER)$/);
	});
});
