import assert from 'node:assert/strict';
import { readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere } from './runCli.ts';

interface Listed {
	readonly id: string;
	readonly name?: string;
	readonly parent?: string;
	readonly device: string;
	readonly isHead: boolean;
	readonly pinned: boolean;
	readonly trigger: string;
	readonly encrypted: boolean;
	readonly addedBytes: number;
	readonly git?: { readonly commit?: string };
}

describe('Snapshots of a virtual phone', function () {
	this.timeout(120_000);
	const lab = useLab({ settings: { rebootMs: 50, passcode: 'immediate', iterations: 100, dpic: 1000 } });
	const temp = useTempFolder();
	const store = (): string => path.join(temp.path, 'store');

	async function run<T = Record<string, unknown>>(argv: string[], exit = 0, environment: Record<string, string> = {}): Promise<T> {
		const io = await runHere(lab.address, [...argv, '--json'], { DEVICELAB_STORE: store(), ...environment });
		assert.equal(io.exit, exit, io.stderr);
		assert.equal(io.document['schemaVersion'], 1);
		return io.document as T;
	}
	const errorOf = async (argv: string[], exit: number, environment: Record<string, string> = {}): Promise<string> =>
		(await run<{ error: { code: string } }>(argv, exit, environment)).error.code;
	const take = async (...options: string[]): Promise<Listed> =>
		(await run<{ snapshot: Listed }>(['snapshot', 'Lab-1', ...options])).snapshot;
	const list = async (): Promise<readonly Listed[]> => (await run<{ snapshots: readonly Listed[] }>(['snapshots'])).snapshots;
	const rollBack = async (...argv: string[]): Promise<{ snapshot: Listed; safety?: Listed; proof: { verdict: string } }> =>
		(await run<{ rollback: { snapshot: Listed; safety?: Listed; proof: { verdict: string } } }>(['rollback', 'Lab-1', ...argv, '--yes']))
			.rollback;

	it('branch where the phone was rolled back to', async () => {
		const clean = await take('--name', 'clean', '--note', 'before anything');
		const wanted = await lab.fingerprint();
		assert.deepEqual([clean.name, clean.parent, clean.isHead, clean.device], ['clean', undefined, true, lab.udid]);
		await lab.tell('touch', '--files', '20', '--seed', 'a');
		const second = await take();
		assert.equal(second.parent, clean.id);
		assert.ok(second.addedBytes < clean.addedBytes);
		await lab.tell('touch', '--files', '20', '--seed', 'b');
		const before = await lab.fingerprint();

		const { snapshot, safety, proof } = await rollBack('clean');
		assert.deepEqual([snapshot.id, safety?.trigger, safety?.parent], [clean.id, 'safety', second.id]);
		assert.notEqual(proof.verdict, 'differs');
		assert.equal(await lab.fingerprint(), wanted);

		await lab.tell('touch', '--files', '5', '--seed', 'c');
		const branch = await take('--name', 'branch');
		assert.equal(branch.parent, clean.id);
		assert.deepEqual(
			(await list()).map(({ id, name, parent, isHead, device }) => ({ id, name, parent, isHead, device })),
			[
				{ id: branch.id, name: 'branch', parent: clean.id, isHead: true, device: lab.udid },
				{ id: safety?.id, name: undefined, parent: second.id, isHead: false, device: lab.udid },
				{ id: second.id, name: undefined, parent: clean.id, isHead: false, device: lab.udid },
				{ id: clean.id, name: 'clean', parent: undefined, isHead: false, device: lab.udid },
			],
		);

		await rollBack(safety?.id.slice(0, 8) ?? '', '--no-safety');
		assert.equal(await lab.fingerprint(), before);
		assert.equal((await list()).find(({ isHead }) => isHead)?.id, safety?.id);
	});

	it('are named, noted, pinned, shown and deleted without the phone', async () => {
		const { id } = await take('--name', 'clean');
		await lab.tell('touch', '--files', '3', '--seed', 'd');
		const other = await take();
		await lab.tell('unplug');
		assert.equal(await errorOf(['name', 'Lab-1', 'latest', 'clean'], 2), 'NAME_TAKEN');
		assert.equal(await errorOf(['name', 'Lab-1', 'latest', 'head'], 2), 'NAME_UNUSABLE');
		assert.equal(await errorOf(['show', 'Lab-1', 'nothing'], 2), 'SNAPSHOT_NOT_FOUND');
		assert.equal(await errorOf(['show', 'nobody', 'latest'], 3), 'DEVICE_NOT_FOUND');
		assert.equal((await run<{ snapshot: Listed }>(['name', 'Lab-1', 'latest', 'signed in'])).snapshot.name, 'signed in');
		assert.equal((await run<{ snapshot: Listed }>(['name', 'Lab-1', 'Signed In', '--remove'])).snapshot.name, undefined);
		assert.equal((await run<{ snapshot: { note: string } }>(['note', lab.udid, 'clean', 'as new'])).snapshot.note, 'as new');
		assert.equal((await run<{ snapshot: Listed }>(['pin', 'Lab-1', 'clean'])).snapshot.pinned, true);
		assert.equal((await run<{ snapshot: Listed }>(['unpin', 'Lab-1', 'clean'])).snapshot.pinned, false);
		assert.equal(await errorOf(['delete', 'Lab-1', 'clean'], 2), 'WRONG_USE');
		const { deleted } = await run<{ deleted: readonly Listed[] }>(['delete', 'Lab-1', 'clean', id.slice(0, 10), '--yes']);
		assert.deepEqual(
			deleted.map((each) => each.id),
			[id],
		);
		assert.deepEqual(
			(await list()).map((each) => each.id),
			[other.id],
		);
		await run(['prune']);
		assert.equal((await run<{ verify: { whole: boolean } }>(['verify'])).verify.whole, true);
		await lab.tell('plug');
	});

	it('are checked before a roll-back, which a check can forbid', async () => {
		await take();
		await lab.tell('set', 'findMy=true');
		const { plan } = await run<{ plan: { ready: boolean; steps: string[]; findings: { code: string }[] } }>(
			['rollback', 'Lab-1', 'head', '--plan'],
			4,
		);
		assert.deepEqual(
			[plan.ready, plan.steps, plan.findings.map(({ code }) => code)],
			[false, ['check', 'safety-snapshot', 'restore', 'restart', 'proof'], ['FIND_MY_ON']],
		);
		assert.equal(await errorOf(['rollback', 'Lab-1', 'head', '--yes'], 4), 'FIND_MY_ON');
		await lab.tell('set', 'findMy=false');
		assert.equal(await errorOf(['rollback', 'Lab-1', 'head'], 2), 'WRONG_USE');
		assert.equal((await list()).length, 1);
	});

	it('are encrypted where the phone encrypts, and come back with the password only', async () => {
		await run(['encryption', 'Lab-1', 'on'], 0, { DEVICELAB_PASSWORD: 'eins' });
		assert.equal((await take()).encrypted, true);
		const wanted = await lab.fingerprint();
		await lab.tell('touch', '--files', '5', '--seed', 'e');
		assert.equal(await errorOf(['rollback', 'Lab-1', 'head', '--yes'], 4), 'PASSWORD_REQUIRED');
		assert.equal(await errorOf(['rollback', 'Lab-1', 'head', '--yes'], 4, { DEVICELAB_PASSWORD: 'zwei' }), 'WRONG_PASSWORD');
		await run(['rollback', 'Lab-1', 'head', '--yes', '--no-safety'], 0, { DEVICELAB_PASSWORD: 'eins' });
		assert.equal(await lab.fingerprint(), wanted);
		await run(['encryption', 'Lab-1', 'off'], 0, { DEVICELAB_PASSWORD: 'eins' });
	});

	it('are compared, exported, imported and thinned out', async () => {
		await take('--name', 'clean');
		await lab.tell('touch', '--files', '12', '--seed', 'f');
		const second = await take();
		const wanted = await lab.fingerprint();
		const { diff } = await run<{ diff: { groups: { name: string }[]; files: unknown[]; fileCount: number } }>([
			...['diff', 'Lab-1', 'clean', 'head', '--files', '3'],
		]);
		assert.ok(diff.fileCount > 3 && diff.groups.length > 0 && diff.groups.every(({ name }) => name !== '?'));
		assert.equal(diff.files.length, 3);

		const folder = path.join(temp.path, 'exported');
		const exported = await run<{ export: { path: string } }>(['export', 'Lab-1', 'head', '--to', folder]);
		assert.equal(exported.export.path, path.join(folder, lab.udid));
		assert.equal(await errorOf(['export', 'Lab-1', 'head', '--to', folder], 4), 'FOLDER_UNUSABLE');
		const other = { DEVICELAB_STORE: path.join(temp.path, 'other') };
		const imported = await run<{ snapshots: Listed[] }>(['import', folder, '--name', 'from elsewhere'], 0, other);
		assert.deepEqual(
			imported.snapshots.map(({ name, device, trigger }) => [name, device, trigger]),
			[['from elsewhere', lab.udid, 'import']],
		);
		await lab.tell('touch', '--files', '12', '--seed', 'g');
		await run(['rollback', 'Lab-1', 'from elsewhere', '--no-safety', '--yes'], 0, other);
		assert.equal(await lab.fingerprint(), wanted);

		assert.equal(await errorOf(['retention', 'preview', '--keep', 'dayly=3'], 2), 'WRONG_USE');
		const { retention } = await run<{ retention: { decisions: { id: string; keep: boolean }[] } }>([
			'retention',
			'preview',
			'--keep',
			'last=1',
		]);
		assert.deepEqual(
			retention.decisions.map(({ keep }) => keep),
			[true, false],
		);
		await run(['retention', 'apply', 'Lab-1', '--keep', 'last=1', '--yes']);
		assert.deepEqual(
			(await list()).map(({ id }) => id),
			[second.id],
		);
		assert.equal((await run<{ verify: { whole: boolean } }>(['verify'])).verify.whole, true);
	});

	it('are found damaged with the files that it touches', async () => {
		const { id } = await take('--name', 'clean');
		const files = readdirSync(path.join(store(), 'packs'), { recursive: true, encoding: 'utf8' });
		files.filter((name) => name.endsWith('.pack')).forEach((name) => truncateSync(path.join(store(), 'packs', name), 10_000));
		const { verify } = await run<{ verify: { whole: boolean; damagedSnapshots: { id: string; name: string; device: string }[] } }>(
			['verify', 'Lab-1'],
			6,
		);
		assert.equal(verify.whole, false);
		assert.deepEqual(
			verify.damagedSnapshots.map((damaged) => [damaged.id, damaged.name, damaged.device]),
			[[id, 'clean', lab.udid]],
		);
	});

	it('list none, where none was ever taken', async () => {
		assert.deepEqual(await list(), []);
		const io = await runHere(lab.address, ['snapshots'], { DEVICELAB_STORE: store() });
		assert.deepEqual([io.exit, io.stdout], [0, '']);
		assert.match(io.stderr, /There are no snapshots yet/);
	});
});
