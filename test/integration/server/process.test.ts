import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkDoneProgress } from 'vscode-languageserver/node';
import { isAbortError, MiB } from '../../../src/base/index.ts';
import type { JobEnd, JobInfo, LeaseInfo, SnapshotInfo } from '../../../src/contract/index.ts';
import { HostSpawned } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { eventually } from '../../support/eventually.ts';
import { useLab } from '../../support/virtualLab.ts';

/** An idle engine is in every window of an editor. */
const MAX_IDLE_BYTES = 160 * MiB;

/** Longer, and a person notices that an answer is late. */
const MAX_DEAF_MS = 50;

/**
 * Measures for how long the process hears nobody: the time that its main thread computes between two ticks of a timer. The clock would tell
 * more of what else the machine has to do.
 */
const METER = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from 'node:fs';
const spans = [];
const now = () => {
	const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
	return (user + system) / 1000;
};
let last = now();
setInterval(() => {
	const at = now();
	spans.push(at - last);
	last = at;
}, 5).unref();
process.on('exit', () => {
	spans.sort((a, b) => a - b);
	writeFileSync(process.env.SPANS_FILE, JSON.stringify({ p99: spans[Math.floor(spans.length * 0.99)], max: spans.at(-1) }));
});
`)}`;

describe('The process of the engine', function () {
	this.timeout(180_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'server process', profile: 'files:3000x2000', settings: { passcode: 'none', rebootMs: 20 } });
	const hosts: HostSpawned[] = [];
	const start = async (environment: NodeJS.ProcessEnv = {}, execArgv: string[] = []): Promise<HostSpawned> => {
		const host = await HostSpawned.start({ muxer: lab.address, storeFolder: join(temp.path, 'store') }, environment, execArgv);
		hosts.push(host);
		return host;
	};
	afterEach(async () => {
		await lab.tell('set', 'passcode=none');
		for (const host of hosts.splice(0)) {
			host.child.kill('SIGKILL');
			await host.ended();
		}
	});

	/** Waits until a backup has brought so much. */
	const hasReceived = (host: HostSpawned, bytes: number): Promise<void> =>
		eventually(
			'a part has arrived',
			() => ((told(host, 'jobs/didChange').at(-1) as JobInfo[] | undefined)?.[0]?.transferredBytes ?? 0) > bytes,
		);

	it('leaves nothing in the way when it is killed in the middle of a backup: the next one goes on', async () => {
		const host = await start();
		host.request('snapshots/take', { udid: lab.udid, full: true }).catch(() => {});
		await hasReceived(host, 500_000);
		host.child.kill('SIGKILL');
		await host.ended();

		const next = await start();
		assert.deepEqual(await next.request('store/leases', {}), []);
		assert.deepEqual((await next.request('snapshots/list', {})).snapshots, []);
		const snapshot = await next.request('snapshots/take', { udid: lab.udid, name: 'whole' });
		assert.ok(snapshot.fileCount >= 3000, String(snapshot.fileCount));
		assert.equal((await next.request('snapshots/verify', {})).whole, true);
	});

	it('shows another one within two seconds that the work of one that was killed has ended', async () => {
		const [host, other] = [await start(), await start()];
		await lab.tell('set', 'passcode=delay:60000');
		host.request('snapshots/take', { udid: lab.udid, full: true }).catch(() => {});
		const leases = (): readonly LeaseInfo[] | undefined => told(other, 'store/didChangeLeases').at(-1) as LeaseInfo[] | undefined;
		await eventually('the lease is told', () => leases()?.length === 1);
		host.child.kill('SIGKILL');
		const at = Date.now();
		await eventually('its end is told', () => leases()?.length === 0);
		assert.ok(Date.now() - at < 2500, `it took ${Date.now() - at} ms`);
	});

	for (const [how, close] of [
		['the channel to the editor closes', (host: HostSpawned) => host.child.disconnect()],
		['it is asked to by a signal', (host: HostSpawned) => host.child.kill('SIGTERM')],
	] as const) {
		it(`cancels its jobs in order and ends by itself when ${how}`, async () => {
			const [host, other] = [await start(), await start()];
			await lab.tell('set', 'passcode=delay:60000');
			host.request('snapshots/take', { udid: lab.udid, full: true }).catch(() => {});
			await eventually('it waits', () => (told(host, 'jobs/didChange').at(-1) as JobInfo[] | undefined)?.[0]?.waitsFor === 'passcode');
			close(host);
			assert.deepEqual(await host.ended(), [0, null]);
			assert.deepEqual(await other.request('store/leases', {}), []);
			await lab.tell('set', 'passcode=none');
			await other.request('snapshots/take', { udid: lab.udid, full: true });
		});
	}

	it('cancels its jobs when it is asked to shut down, and tells how they ended', async () => {
		const host = await start();
		const rejected = assert.rejects(host.request('snapshots/take', { udid: lab.udid, full: true }), isAbortError);
		await hasReceived(host, 100_000);
		await host.stop();
		await rejected;
		assert.deepEqual(
			(told(host, 'jobs/didEnd') as JobEnd[]).map(({ outcome }) => outcome),
			['cancelled'],
		);
		assert.deepEqual(await host.ended(), [0, null]);
	});

	it('answers while it backs up thousands of files, and tells its progress by the means of the protocol', async () => {
		const file = join(temp.path, 'spans.json');
		const host = await start({ SPANS_FILE: file }, ['--import', METER]);
		const reports: string[] = [];
		host.connection.onProgress(WorkDoneProgress.type, 'token', ({ kind }) => {
			reports.push(kind);
		});
		await host.connection.sendRequest<SnapshotInfo>('snapshots/take', { udid: lab.udid, workDoneToken: 'token' });
		await host.stop();
		assert.deepEqual([reports[0], reports.at(-1), reports.includes('report')], ['begin', 'end', true]);
		const { p99, max } = JSON.parse(readFileSync(file, 'utf8')) as { p99: number; max: number };
		console.log(`      deaf for: 99% ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`);
		assert.ok(p99 < MAX_DEAF_MS, `${p99} ms`);
	});

	it('is small while nothing is to be done', async function () {
		if (process.platform !== 'linux') {
			// Only there the size of another process is to be had for nothing.
			return;
		}
		const host = await start();
		await host.request('snapshots/take', { udid: lab.udid, full: true });
		await host.stop();
		const idle = await start();
		await Promise.all([idle.request('devices/list', {}), idle.request('snapshots/list', {}), idle.request('store/leases', {})]);
		const status = readFileSync(`/proc/${idle.child.pid}/status`, 'latin1');
		const bytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
		console.log(`      ${(bytes / MiB).toFixed(0)} MiB`);
		assert.ok(bytes < MAX_IDLE_BYTES, `${bytes} bytes`);
	});

	it('lets every request fail with the reason when its options cannot be used', async () => {
		const host = await HostSpawned.start({ muxer: 'no address', storeFolder: join(temp.path, 'store') });
		hosts.push(host);
		await assert.rejects(host.request('devices/list', {}), /MUX_UNAVAILABLE: "no address" is no address/);
	});
});

function told(host: HostSpawned, event: string): unknown[] {
	return host.told.filter((each) => each.event === event).map(({ value }) => value);
}
