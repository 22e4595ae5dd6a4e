import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostSpawned } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { TestLab } from '../../support/virtualLab.ts';

const EVIL = '</script><img src=x>';

describe('A device whose name is a script', function () {
	this.timeout(60_000);
	const temp = useTempFolder();

	it('is taken for what it is, a name, in devices, jobs and snapshots', async () => {
		const state = join(temp.path, 'state');
		const first = new TestLab({ state, seed: 'names', settings: { passcode: 'none' } });
		await first.start();
		await first.stop();
		rename(state, 'Lab-1', EVIL);
		const lab = new TestLab({ state, seed: 'names', settings: { passcode: 'none' } });
		await lab.start();
		const host = await HostSpawned.start({ muxer: lab.address, storeFolder: join(temp.path, 'store') });
		try {
			assert.equal((await host.request('devices/list', {})).devices[0]?.name, EVIL);
			await host.request('snapshots/take', { udid: lab.udid, note: EVIL });
			const [snapshot] = (await host.request('snapshots/list', {})).snapshots;
			assert.deepEqual([snapshot?.deviceName, snapshot?.note], [EVIL, EVIL]);
			const ends = host.told.filter(({ event }) => event === 'jobs/didEnd').map(({ value }) => value as { job: { deviceName: string } });
			assert.deepEqual(
				ends.map(({ job }) => job.deviceName),
				[EVIL],
			);
		} finally {
			await host.stop();
			await lab.stop();
		}
	});
});

/** Changes a name in the files of a lab that does not run. */
function rename(folder: string, from: string, to: string): void {
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		if (entry.isFile() && entry.name.endsWith('.json')) {
			const file = join(entry.parentPath, entry.name);
			const text = readFileSync(file, 'utf8');
			writeFileSync(file, text.replaceAll(JSON.stringify(from), JSON.stringify(to)));
		}
	}
}
