import assert from 'node:assert/strict';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { systemClock } from '../../../src/engine/index.ts';
import { SnapshotStore, StoreError, type SnapshotId } from '../../../src/snapshots/index.ts';
import { tellLab } from '../../../src/virtual/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { eventually } from '../../support/eventually.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere, startCli, type Running } from '../cli/runCli.ts';

interface Listed {
	readonly id: string;
	readonly device: string;
	readonly isHead: boolean;
	readonly parent?: string;
}

describe('Several processes on one store', function () {
	this.timeout(120_000);
	const lab = useLab({ devices: 2, seed: 'together', settings: { passcode: 'none', rebootMs: 20 } });
	const temp = useTempFolder();
	const environment = (): Record<string, string> => ({ DEVICELAB_STORE: join(temp.path, 'store'), USBMUXD_SOCKET_ADDRESS: lab.address });

	async function run<T>(...argv: string[]): Promise<T> {
		const io = await runHere(lab.address, [...argv, '--json'], environment());
		assert.equal(io.exit, 0, io.stderr);
		return io.document as T;
	}
	const start = (...argv: string[]): Running => startCli([...argv, '--json', '--progress', 'json'], environment());
	const list = async (): Promise<readonly Listed[]> => (await run<{ snapshots: readonly Listed[] }>('snapshots')).snapshots;
	const isWhole = async (): Promise<boolean> => (await run<{ verify: { whole: boolean } }>('verify')).verify.whole;

	it('back two devices up, prune, verify and list at once, and all of it ends well', async () => {
		const { devices } = await run<{ devices: { udid: string }[] }>('devices');
		const udids = devices.map(({ udid }) => udid);
		for (const udid of udids) {
			for (const seed of ['one', 'two']) {
				await run('snapshot', udid);
				await tellLab(lab.address, udid, 'touch', ['--files', '30', '--seed', seed], () => {});
			}
		}
		// Something for prune to find.
		const first = (await list()).at(-1);
		assert.ok(first);
		await run('delete', first.device, first.id, '--yes');

		const together = [
			...udids.map((udid) => ['snapshot', udid]),
			['prune'],
			['verify'],
			['snapshots'],
			['prune'],
			['verify', '--sample', '50'],
		];
		const ended = await Promise.all(
			together.map(async (argv) => {
				const running = start(...argv);
				return { argv: argv.join(' '), exit: await running.ended, code: errorCode(running) };
			}),
		);
		// Two prunes at once: the later one is told of the earlier.
		const unexpected = ended.filter(({ argv, exit, code }) => exit !== 0 && !(argv === 'prune' && code === 'STORE_BUSY'));
		assert.deepEqual(unexpected, []);
		assert.equal(await isWhole(), true);
		const snapshots = await list();
		for (const udid of udids) {
			const own = snapshots.filter(({ device }) => device === udid);
			assert.equal(own.length, udid === first.device ? 2 : 3);
			assert.deepEqual([own[0]?.isHead, own[0]?.parent], [true, own[1]?.id]);
		}
	});

	it('keep what a roll-back reads until it has ended, also when it is killed', async () => {
		await run('snapshot', lab.udid, '--name', 'clean');
		const wanted = await lab.fingerprint();
		await lab.tell('touch', '--files', '30', '--seed', 'later');
		await run('snapshot', lab.udid);
		const clean = (await list()).find(({ isHead }) => !isHead);
		assert.ok(clean);
		const store = await SnapshotStore.open(environment()['DEVICELAB_STORE'] ?? '', { clock: systemClock, log: silentLogger });
		const forget = [{ udid: lab.udid, id: clean.id as SnapshotId }];

		for (const end of ['killed', 'finished'] as const) {
			await lab.tell('fault', 'slow-link', '1500000');
			const rollback = start('rollback', lab.udid, 'clean', '--no-safety', '--yes');
			await eventually('the restore runs', () => rollback.stderr().includes('"phase":"transferring"'));
			const refused = await runHere(lab.address, ['delete', lab.udid, 'clean', '--yes', '--json'], environment());
			assert.deepEqual([refused.exit, (refused.document['error'] as { code: string }).code], [4, 'STORE_BUSY']);
			await assert.rejects(
				store.planPrune({ forget, graceMs: 0 }).then((plan) => store.prune(plan)),
				(error) => StoreError.is(error, 'SNAPSHOT_IN_USE'),
			);
			await store.prune(await store.planPrune({ graceMs: 0 }));
			if (end === 'killed') {
				rollback.child.kill('SIGKILL');
				await rollback.ended;
				assert.deepEqual(await store.leases(), []);
			}
			await lab.tell('fault', 'clear');
			assert.equal(await rollback.ended, end === 'killed' ? null : 0, rollback.stderr());
		}
		assert.equal(await lab.fingerprint(), wanted);
		assert.equal(await isWhole(), true);
		await run('delete', lab.udid, 'clean', '--yes');
		store.dispose();
	});
});

function errorCode(running: Running): string | undefined {
	return (JSON.parse(running.stdout()) as { error?: { code: string } }).error?.code;
}
