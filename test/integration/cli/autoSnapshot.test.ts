import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere, startCli, type Running } from './runCli.ts';

interface Line {
	readonly type: string;
	readonly name: string;
	readonly reason?: string;
	readonly snapshot?: { readonly trigger: string };
}

describe('devicelab auto-snapshot', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'auto-snapshot', settings: { passcode: 'none', rebootMs: 20 } });
	const running: Running[] = [];
	const start = (...options: string[]): Running => {
		const store = join(temp.path, 'store');
		const cli = startCli(['auto-snapshot', '--json', '--store', store, ...options], { USBMUXD_SOCKET_ADDRESS: lab.address });
		running.push(cli);
		return cli;
	};
	const lines = (cli: Running): Line[] =>
		cli
			.stdout()
			.split('\n')
			.filter((line) => line.endsWith('}'))
			.map((line) => JSON.parse(line) as Line);
	const words = (cli: Running): string[] => lines(cli).map(({ type, reason }) => reason ?? type);
	const stop = async (cli: Running): Promise<number | null> => {
		cli.child.kill('SIGINT');
		return cli.ended;
	};
	afterEach(async () => {
		await lab.tell('set', 'locked=false');
		await Promise.all(running.splice(0).map(stop));
	});

	it('takes a snapshot of what is attached, says each decision, and ends in order', async () => {
		await lab.tell('set', 'locked=true');
		const early = start();
		await eventually('it waits for the phone to be unlocked', () => words(early).includes('locked'));
		assert.deepEqual([await stop(early), words(early)], [0, ['locked']]);
		await lab.tell('set', 'locked=false');
		const cli = start();
		await eventually('it is backed up', () => words(cli).at(-1) === 'fresh');
		assert.deepEqual(words(cli), ['backing-up', 'snapshot', 'fresh']);
		const snapshot = lines(cli).find(({ type }) => type === 'snapshot');
		assert.deepEqual([snapshot?.name, snapshot?.snapshot?.trigger], ['Lab-1', 'scheduled']);
		assert.equal(await stop(cli), 0);
		const second = start('--window', '00:00-24:00');
		await eventually('it finds the young snapshot', () => words(second).length > 0);
		assert.deepEqual(words(second), ['fresh']);
		assert.equal(await stop(second), 0);
	});

	it('refuses a window that is none', async () => {
		const { exit, stderr } = await runHere(lab.address, ['auto-snapshot', '--window', 'tonight']);
		assert.deepEqual([exit, /two times of day/.test(stderr)], [2, true]);
	});
});
