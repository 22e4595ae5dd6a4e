import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { runHere, startCli } from '../cli/runCli.ts';

/** Each is a process that is killed, a check, and now and then a roll-back. */
const RUNS = Number(process.env['DEVICELAB_KILL_RUNS'] ?? 15);

/** Kills fall between the start of a process and a little after its end. */
const LATEST_KILL_MS = Number(process.env['DEVICELAB_KILL_WITHIN_MS'] ?? 1500);

/** What is killed, in turn. */
const COMMANDS = (udid: string): string[][] => [
	['snapshot', udid],
	['snapshot', udid, '--full'],
	['prune'],
	['snapshot', udid],
	['retention', 'apply', udid, '--keep', 'last=4', '--yes'],
	['repair'],
];

describe('A command that is killed while it works on the store', function () {
	this.timeout(RUNS * 20_000);
	const lab = useLab({ seed: 'killed commands', settings: { passcode: 'none', rebootMs: 20 } });
	const temp = useTempFolder();
	const environment = (): Record<string, string> => ({ DEVICELAB_STORE: join(temp.path, 'store'), USBMUXD_SOCKET_ADDRESS: lab.address });

	async function run<T>(...argv: string[]): Promise<T> {
		const io = await runHere(lab.address, [...argv, '--json'], environment());
		assert.equal(io.exit, 0, io.stderr);
		return io.document as T;
	}

	it(`leaves every snapshot whole and nothing for a person to do, ${RUNS} times`, async () => {
		await run('snapshot', lab.udid, '--name', 'first');
		const wanted = await lab.fingerprint();
		await run('pin', lab.udid, 'first');
		let killed = 0;
		for (let round = 1; round <= RUNS; round++) {
			await lab.tell('touch', '--files', '8', '--seed', `${round}`);
			const commands = COMMANDS(lab.udid);
			const running = startCli(commands[round % commands.length] ?? [], environment());
			// Spread evenly, so that each part of a run is hit; where exactly is up to the machine.
			const timer = setTimeout(() => running.child.kill('SIGKILL'), 50 + ((round * 379) % LATEST_KILL_MS));
			killed += (await running.ended) === null ? 1 : 0;
			clearTimeout(timer);
			assert.equal((await run<{ verify: { whole: boolean } }>('verify')).verify.whole, true, `round ${round}`);
			const { snapshots, problems } = await run<{ snapshots: { name?: string }[]; problems: unknown[] }>('snapshots');
			assert.deepEqual(problems, []);
			assert.ok(snapshots.some(({ name }) => name === 'first'));
		}
		assert.ok(killed > RUNS / 4, `only ${killed} of ${RUNS} were killed`);

		await run('snapshot', lab.udid, '--name', 'last');
		await run('rollback', lab.udid, 'first', '--no-safety', '--yes');
		assert.equal(await lab.fingerprint(), wanted);
		await run('prune');
		assert.deepEqual(readdirSync(join(environment()['DEVICELAB_STORE'] ?? '', 'staging')), []);
	});
});
