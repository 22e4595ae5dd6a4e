import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../../support/requirements.ts';
import { fillUp, mountDisk, requireDisk } from '../../support/smallDisk.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere } from '../cli/runCli.ts';

/** Devices want 128 MiB more free than they send. */
const DISK_MIB = 300;
const BLOCK_BYTES = 4 * 1024;

describeWith(requireDisk(), 'A store whose disk', function () {
	this.timeout(120_000);
	const lab = useLab({ seed: 'disk', settings: { passcode: 'none', rebootMs: 20 } });
	const temp = useTempFolder();
	let disk: string;

	beforeEach(() => {
		disk = mkdtempSync(join(tmpdir(), 'devicelab-disk-'));
		mountDisk(disk, DISK_MIB);
	});
	afterEach(() => {
		execFileSync('umount', [disk]);
		rmSync(disk, { recursive: true });
	});

	async function run(argv: string[], ...exits: number[]): Promise<Record<string, unknown>> {
		const io = await runHere(lab.address, [...argv, '--json'], { DEVICELAB_STORE: join(disk, 'store') });
		assert.ok(exits.includes(io.exit), `${argv.join(' ')} ended with ${io.exit}: ${io.stderr}`);
		return io.document;
	}
	const codeOf = (document: Record<string, unknown>): string => (document['error'] as { code: string }).code;

	it('can only be read lists, shows, compares, verifies and exports', async () => {
		await run(['snapshot', 'Lab-1', '--name', 'one'], 0);
		await lab.tell('touch', '--files', '5', '--seed', 'x');
		await run(['snapshot', 'Lab-1', '--name', 'two'], 0);
		execFileSync('mount', ['-o', 'remount,ro', disk]);
		try {
			assert.equal(((await run(['snapshots'], 0))['snapshots'] as object[]).length, 2);
			await run(['show', 'Lab-1', 'one'], 0);
			await run(['diff', 'Lab-1', 'one', 'two'], 0);
			await run(['verify'], 0);
			await run(['export', 'Lab-1', 'two', '--to', join(temp.path, 'exported')], 0);
			for (const argv of [['snapshot', 'Lab-1'], ['name', 'Lab-1', 'one', 'x'], ['delete', 'Lab-1', 'one', '--yes'], ['prune']]) {
				assert.equal(codeOf(await run(argv, 1, 4)), 'STORE_UNUSABLE', argv.join(' '));
			}
		} finally {
			execFileSync('mount', ['-o', 'remount,rw', disk]);
		}
		await run(['verify'], 0);
	});

	it('is full keeps every snapshot, can be read, and gives space back', async () => {
		await run(['snapshot', 'Lab-1', '--name', 'one'], 0);
		const wanted = await lab.fingerprint();
		await lab.tell('touch', '--files', '60', '--seed', 'y');
		await run(['snapshot', 'Lab-1', '--name', 'two'], 0);
		const filler = join(disk, 'filler');
		fillUp(filler, BLOCK_BYTES);
		await lab.tell('touch', '--files', '60', '--seed', 'z');
		await run(['snapshot', 'Lab-1'], 4, 5);
		assert.equal(((await run(['snapshots'], 0))['snapshots'] as object[]).length, 2);
		await run(['verify'], 0);
		await run(['export', 'Lab-1', 'one', '--to', join(temp.path, 'exported')], 0);
		assert.match(codeOf(await run(['name', 'Lab-1', 'two', 'x'], 1, 5)), /^(HOST_FULL|STORE_UNUSABLE)$/);
		rmSync(filler);
		await run(['snapshot', 'Lab-1', '--name', 'three'], 0);
		await run(['rollback', 'Lab-1', 'one', '--no-safety', '--yes'], 0);
		assert.equal(await lab.fingerprint(), wanted);
		await run(['verify'], 0);
	});
});
