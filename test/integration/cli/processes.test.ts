import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describeWith, requirePlatform } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { eventually } from '../../support/eventually.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere, startCli } from './runCli.ts';

describeWith(requirePlatform('linux', 'darwin'), 'The command line as a process', function () {
	this.timeout(90_000);
	const lab = useLab({ profile: 'mix:400:20M' });
	const temp = useTempFolder();
	const muxer = (): Record<string, string> => ({ USBMUXD_SOCKET_ADDRESS: lab.address });

	async function restoresTo(wanted: string): Promise<void> {
		const io = await runHere(lab.address, ['restore', lab.udid, '--from', temp.path, '--yes']);
		assert.equal(io.exit, 0, io.stderr);
		assert.equal(await lab.fingerprint(), wanted);
	}

	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		it(`ends with 7 at ${signal} in the middle of a backup, and the last backup still restores`, async () => {
			const wanted = await lab.fingerprint();
			assert.equal((await runHere(lab.address, ['backup', lab.udid, '--to', temp.path])).exit, 0);
			await lab.tell('touch', '--files', '200', '--seed', signal);
			await lab.tell('fault', 'slow-link', '1000000');
			const backup = startCli(['backup', lab.udid, '--to', temp.path, '--full', '--progress', 'json'], muxer());
			await eventually('the transfer runs', () => /"phase":"transferring","percent":[1-9]/.test(backup.stderr()));
			backup.child.kill(signal);
			assert.equal(await backup.ended, 7, backup.stderr());
			assert.equal(backup.stdout(), '');
			assert.match(backup.stderr(), /Cancelling/);
			await lab.tell('fault', 'clear');
			await restoresTo(wanted);
		});
	}

	it('stops at once at the second signal, and the last backup still restores', async () => {
		const wanted = await lab.fingerprint();
		assert.equal((await runHere(lab.address, ['backup', lab.udid, '--to', temp.path])).exit, 0);
		await lab.tell('touch', '--files', '50', '--seed', 'hard');
		await lab.tell('fault', 'slow-link', '1000000');
		const backup = startCli(['backup', lab.udid, '--to', temp.path, '--full', '--progress', 'json'], muxer());
		await eventually('the transfer runs', () => /"phase":"transferring","percent":[1-9]/.test(backup.stderr()));
		await lab.tell('fault', 'silence');
		backup.child.kill('SIGINT');
		await eventually('it is heard', () => backup.stderr().includes('Cancelling'));
		const again = setInterval(() => backup.child.kill('SIGINT'), 200);
		const exit = await backup.ended;
		clearInterval(again);
		assert.ok(exit === 130 || exit === 7, `exit ${exit}`);
		await lab.tell('fault', 'clear');
		await restoresTo(wanted);
	});

	it('takes no notice of a reader that leaves', async () => {
		const watch = startCli(['devices', '--watch', '--json'], muxer());
		await eventually('the first line', () => watch.stdout().includes('\n'));
		watch.child.stdout?.destroy();
		await lab.tell('unplug');
		assert.equal(await watch.ended, 0, watch.stderr());
		await lab.tell('plug');
		assert.equal(watch.stderr(), '');
	});

	it('runs a lab until it is interrupted, and leaves nothing behind', async () => {
		const scratch = path.join(temp.path, 'tmp');
		mkdirSync(scratch);
		const start = startCli(['virtual', 'start', '--listen', '127.0.0.1:0', '--devices', '2', '--json'], { TMPDIR: scratch });
		await eventually('it listens', () => start.stdout().includes('\n'));
		const { lab: started } = JSON.parse(start.stdout()) as { lab: { address: string; devices: unknown[] } };
		assert.equal(started.devices.length, 2);
		const io = await runHere(started.address, ['devices', '--json']);
		assert.equal((io.document['devices'] as unknown[]).length, 2);
		start.child.kill('SIGINT');
		assert.equal(await start.ended, 0, start.stderr());
		assert.deepEqual(readdirSync(scratch), []);
	});

	it('shows the whole story in its demo, and leaves nothing behind', async () => {
		const scratch = path.join(temp.path, 'tmp');
		mkdirSync(scratch);
		const demo = startCli(['demo', '--json'], { TMPDIR: scratch });
		assert.equal(await demo.ended, 0, demo.stderr());
		const { demo: told } = JSON.parse(demo.stdout()) as { demo: { verified: boolean; steps: { exitCode: number }[] } };
		assert.equal(told.verified, true);
		assert.ok(told.steps.length > 6 && told.steps.every(({ exitCode }) => exitCode === 0));
		assert.deepEqual(readdirSync(scratch), []);
	});

	it('ends its demo with 7 when it is interrupted, and leaves nothing behind', async () => {
		const scratch = path.join(temp.path, 'tmp');
		mkdirSync(scratch);
		const demo = startCli(['demo'], { TMPDIR: scratch });
		await eventually('the first backup runs', () => demo.stderr().includes('Transferring'));
		demo.child.kill('SIGINT');
		assert.equal(await demo.ended, 7, demo.stderr());
		assert.deepEqual(readdirSync(scratch), []);
	});
});
