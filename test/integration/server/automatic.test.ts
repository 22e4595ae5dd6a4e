import assert from 'node:assert/strict';
import { join } from 'node:path';
import type {
	AutomaticReason,
	AutomaticReport,
	AutomaticRules,
	JobEnd,
	JobInfo,
	LeaseInfo,
	SnapshotInfo,
} from '../../../src/contract/index.ts';
import { eventually } from '../../support/eventually.ts';
import { HostFailure, HostInProcess, HostSpawned, type LabHost } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const rules: AutomaticRules = {
	mode: 'onAttach',
	window: '22:00-06:00',
	everyHours: 12,
	minBatteryPercent: 0,
	onlyWhenCharging: false,
	overWifi: false,
};

describe('Automatic backups of the engine', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'automatic', settings: { passcode: 'none', rebootMs: 20 } });
	const hosts: LabHost[] = [];
	const start = async (how: 'here' | 'apart' = 'here'): Promise<LabHost> => {
		const options = { muxer: lab.address, storeFolder: join(temp.path, 'store') };
		const host = how === 'here' ? new HostInProcess(options) : await HostSpawned.start(options);
		hosts.push(host);
		return host;
	};
	afterEach(async () => {
		await Promise.all(hosts.splice(0).map((host) => host.stop()));
		await lab.tell('set', 'passcode=none', 'locked=false', 'charging=true');
	});

	const reasonOf = (host: LabHost): AutomaticReason | undefined =>
		(host.told.filter(({ event }) => event === 'automatic/didChange').at(-1)?.value as AutomaticReport | undefined)?.devices[0]?.reason;
	const endsOf = (host: LabHost): JobEnd[] => host.told.flatMap(({ event, value }) => (event === 'jobs/didEnd' ? [value as JobEnd] : []));
	const snapshots = async (host: LabHost): Promise<readonly SnapshotInfo[]> => (await host.request('snapshots/list', {})).snapshots;
	const reaches = (host: LabHost, reason: AutomaticReason): Promise<void> =>
		eventually(`${reason} is told`, () => reasonOf(host) === reason);

	it('back up a phone that is attached, as a job that nobody asked for, and then leave it alone', async () => {
		const host = await start();
		assert.deepEqual(await host.request('automatic/set', {}), { devices: [] });
		await host.request('automatic/set', { rules });
		await reaches(host, 'fresh');
		const [taken, ...others] = await snapshots(host);
		assert.deepEqual([taken?.trigger, taken?.isHead, others], ['scheduled', true, []]);
		assert.deepEqual(
			endsOf(host).map(({ job, outcome }) => [job.kind, job.automatic, outcome]),
			[['snapshot', true, 'done']],
		);
		await host.request('automatic/set', {});
		await eventually('nothing is told of it any more', () => reasonOf(host) === undefined);
	});

	it('wait until a phone is unlocked', async () => {
		await lab.tell('set', 'locked=true');
		const host = await start();
		await host.request('automatic/set', { rules });
		await reaches(host, 'locked');
		await lab.tell('set', 'locked=false');
		await host.request('devices/list', {});
		await reaches(host, 'fresh');
		assert.equal((await snapshots(host)).length, 1);
	});

	it('leave a phone to whoever works on it, in whichever program, and count what was made', async () => {
		await lab.tell('set', 'passcode=delay:60000');
		const [host, other] = [await start(), await start('apart')];
		await host.request('automatic/set', { rules });
		const leaseOf = (): LeaseInfo | undefined =>
			(other.told.filter(({ event }) => event === 'store/didChangeLeases').at(-1)?.value as LeaseInfo[] | undefined)?.find(
				({ kind }) => kind === 'backup',
			);
		await eventually('the other one sees who is at work', () => leaseOf() !== undefined);
		assert.deepEqual([leaseOf()?.own, leaseOf()?.program], [false, 'automatic']);
		await other.request('automatic/set', { rules });
		await reaches(other, 'busy');
		let job: JobInfo | undefined;
		await eventually('the phone waits for its passcode', async () => {
			[job] = await host.request('jobs/list', {});
			return job?.waitsFor === 'passcode' && job.waitsUntil !== undefined;
		});
		await lab.tell('set', 'passcode=none');
		await host.request('jobs/cancel', { id: job?.id ?? '' });
		await reaches(host, 'cancelled');
		await reaches(other, 'fresh');
		await reaches(host, 'fresh');
		assert.equal((await snapshots(host)).length, 1);
	});

	it('make one snapshot where several engines see the same phone at once', async () => {
		const all = [await start(), await start(), await start('apart')];
		await Promise.all(all.map((host) => host.request('automatic/set', { rules })));
		await Promise.all(all.map((host) => reaches(host, 'fresh')));
		assert.equal((await snapshots(all[0] as LabHost)).length, 1);
		const outcomes = all.flatMap((host) => endsOf(host).map(({ outcome }) => outcome));
		assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1);
		assert.ok(!outcomes.includes('failed'), 'who comes second has not failed');
	});

	it('refuse rules that are none', async () => {
		const host = await start();
		for (const wrong of [{ ...rules, mode: 'always' }, { ...rules, window: 'tonight' }, { ...rules, everyHours: 0 }, { mode: 'both' }]) {
			await assert.rejects(
				host.request('automatic/set', { rules: wrong as AutomaticRules }),
				(error: unknown) => error instanceof HostFailure && error.report.code === 'WRONG_USE',
			);
		}
	});
});
