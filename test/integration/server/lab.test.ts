import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode, JobEnd, JobInfo, LabEvent, LabNotifications, RestoreChoices } from '../../../src/contract/index.ts';
import { isAbortError } from '../../../src/base/index.ts';
import { HostFailure, HostInProcess, HostSpawned, type HostOptions, type LabHost } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { eventually } from '../../support/eventually.ts';
import { useLab } from '../../support/virtualLab.ts';

const HOSTS: readonly (readonly [name: string, start: (options: HostOptions) => Promise<LabHost>])[] = [
	['in process', async (options) => new HostInProcess(options)],
	['as a process of its own', (options) => HostSpawned.start(options)],
];

const CHOICES: RestoreChoices = {
	keepSettings: false,
	systemFiles: false,
	removeOthers: true,
	keepCameraRoll: false,
	reboot: true,
	copyFirst: false,
	reinstallApps: false,
};

function failsWith(code: ErrorCode): (error: unknown) => true {
	return (error) => {
		assert.ok(error instanceof HostFailure, String(error));
		assert.equal(error.report.code, code);
		return true;
	};
}

function told<E extends LabEvent>(host: LabHost, event: E): LabNotifications[E][] {
	return host.told.filter((each) => each.event === event).map(({ value }) => value as LabNotifications[E]);
}

for (const [name, startHost] of HOSTS) {
	describe(`The lab, ${name}`, function () {
		this.timeout(120_000);
		const temp = useTempFolder();
		const lab = useLab({ seed: 'server', settings: { passcode: 'none', rebootMs: 20 } });
		let host: LabHost;
		const hosts: LabHost[] = [];
		const start = async (): Promise<LabHost> => {
			const started = await startHost({ muxer: lab.address, storeFolder: join(temp.path, 'store') });
			hosts.push(started);
			return started;
		};
		beforeEach(async () => {
			host = await start();
		});
		afterEach(async () => {
			await lab.tell('set', 'passcode=none');
			await Promise.all(hosts.splice(0).map((each) => each.stop()));
		});

		it('tells of the devices that are attached, and what each is doing', async () => {
			await eventually('devices are told', () => told(host, 'devices/didChange').some(({ devices }) => devices.length === 1));
			const { devices, problems } = await host.request('devices/list', {});
			assert.deepEqual([devices.map(({ udid, name: called }) => [udid, called]), problems], [[[lab.udid, 'Lab-1']], []]);
			await host.request('snapshots/take', { udid: lab.udid });
			await eventually('it is seen at work', () =>
				told(host, 'devices/didChange').some(({ devices: [device] }) => device?.activity === 'snapshot'),
			);
			await eventually('it is seen at rest', () => told(host, 'devices/didChange').at(-1)?.devices[0]?.activity === undefined);
		});

		it('takes a snapshot as a job that all see, and tells of the snapshot before it answers', async () => {
			let changes = 0;
			host.on('snapshots/didChange', () => changes++);
			const snapshot = await host.request('snapshots/take', { udid: lab.udid, name: 'first', note: 'a note' });
			assert.deepEqual([snapshot.name, snapshot.note, snapshot.isHead, changes > 0], ['first', 'a note', true, true]);
			const lists = told(host, 'jobs/didChange');
			assert.deepEqual(lists.at(-1), []);
			const seen = lists.flat();
			assert.ok(seen.every(({ kind, udid, snapshotName }) => kind === 'snapshot' && udid === lab.udid && snapshotName === 'first'));
			assertRises(seen);
			const ends = told(host, 'jobs/didEnd');
			assert.deepEqual(
				ends.map(({ outcome }) => outcome),
				['done'],
			);
			assert.deepEqual(
				(await host.request('snapshots/list', { udid: lab.udid })).snapshots.map(({ id }) => id),
				[snapshot.id],
			);
			assert.deepEqual(await host.request('jobs/list', {}), []);
		});

		it('changes labels, and refuses what cannot be with a code', async () => {
			const { id } = await host.request('snapshots/take', { udid: lab.udid, name: 'one' });
			const ref = { udid: lab.udid, snapshot: id };
			assert.equal((await host.request('snapshots/rename', { ...ref, name: 'two' })).name, 'two');
			assert.equal((await host.request('snapshots/rename', ref)).name, undefined);
			assert.equal((await host.request('snapshots/setNote', { ...ref, note: 'why' })).note, 'why');
			assert.equal((await host.request('snapshots/setPinned', { ...ref, pinned: true })).pinned, true);
			await assert.rejects(host.request('snapshots/rename', { ...ref, name: ' ' }), failsWith('NAME_UNUSABLE'));
			await assert.rejects(
				host.request('snapshots/rename', { ...ref, snapshot: 'f'.repeat(32), name: 'x' }),
				failsWith('SNAPSHOT_NOT_FOUND'),
			);
			await assert.rejects(host.request('encryption/status', { udid: '00008101-0000000000000000' }), failsWith('DEVICE_NOT_FOUND'));
			await assert.rejects(host.request('snapshots/take', { udid: 7 } as never), failsWith('WRONG_USE'));
			await assert.rejects(host.request('snapshots/take', { udid: lab.udid, nam: 'x' } as never), failsWith('WRONG_USE'));
			assert.deepEqual(await host.request('snapshots/list', { udid: '00008101-0000000000000000' }), { snapshots: [], problems: [] });
			await assert.rejects(host.request('snapshots/delete', { udid: lab.udid, snapshots: [id] }), failsWith('WRONG_USE'));
			await host.request('snapshots/setPinned', { ...ref, pinned: false });
			assert.deepEqual(
				(await host.request('snapshots/delete', { udid: lab.udid, snapshots: [id] })).map((gone) => gone.id),
				[id],
			);
			assert.deepEqual((await host.request('snapshots/list', {})).snapshots, []);
		});

		it('cancels a job by its request and by its id, and says so', async () => {
			await lab.tell('set', 'passcode=delay:60000');
			const controller = new AbortController();
			const byRequest = host.request('snapshots/take', { udid: lab.udid }, controller.signal);
			await eventually('the passcode is waited for', () => told(host, 'jobs/didChange').at(-1)?.[0]?.waitsFor === 'passcode');
			await assert.rejects(host.request('cloudBackup/set', { udid: lab.udid, enabled: true }), failsWith('DEVICE_BUSY'));
			controller.abort();
			await assert.rejects(byRequest, isAbortError);
			const ended = told(host, 'jobs/didEnd').at(-1) as JobEnd;
			assert.deepEqual([ended.outcome, ended.job.cancelling, ended.job.waitsFor], ['cancelled', true, 'passcode']);

			const byId = host.request('snapshots/take', { udid: lab.udid });
			const rejected = assert.rejects(byId, isAbortError);
			await eventually('the next one waits', () => told(host, 'jobs/didChange').at(-1)?.[0]?.waitsFor === 'passcode');
			const [job] = await host.request('jobs/list', {});
			await host.request('jobs/cancel', { id: job?.id ?? '' });
			await rejected;
			assert.deepEqual(await host.request('store/leases', {}), []);
		});

		it('plans a roll-back and rolls back, with a safety snapshot, in one job whose percentage never falls', async () => {
			const first = await host.request('snapshots/take', { udid: lab.udid, name: 'clean' });
			const state = await lab.fingerprint();
			await lab.tell('touch', '--files', '12', '--seed', name);
			const params = { udid: lab.udid, snapshot: first.id, choices: CHOICES, safety: true };
			const plan = await host.request('rollback/plan', params);
			assert.deepEqual(plan.steps, ['check', 'safety-snapshot', 'restore', 'restart', 'proof']);
			const before = told(host, 'jobs/didChange').length;
			const result = await host.request('rollback/run', params);
			assert.deepEqual([result.restart, result.safety?.trigger, result.proof.verdict], ['restarted', 'safety', 'verified']);
			assert.equal(await lab.fingerprint(), state);
			const seen = told(host, 'jobs/didChange').slice(before).flat();
			assert.ok(seen.every(({ kind, snapshotName }) => kind === 'rollback' && snapshotName === 'clean'));
			assertRises(seen);
		});

		it('forgets what was shown, and nothing when that has changed', async () => {
			for (const seed of ['a', 'b', 'c']) {
				await lab.tell('touch', '--files', '2', '--seed', `${name} ${seed}`);
				await host.request('snapshots/take', { udid: lab.udid });
			}
			const policy = 'last=2';
			const { decisions } = await host.request('retention/preview', { policy });
			const forget = decisions.filter(({ keep }) => !keep).map(({ udid, snapshot }) => ({ udid, snapshot }));
			assert.equal(forget.length, 1);
			assert.ok(decisions.every(({ reasons }) => reasons.length > 0 && reasons.every((reason) => typeof reason === 'string')));
			await assert.rejects(host.request('retention/apply', { policy, forget: [] }), failsWith('STORE_BUSY'));
			await assert.rejects(host.request('retention/apply', { policy: 'last=1', forget }), failsWith('STORE_BUSY'));
			assert.equal((await host.request('snapshots/list', {})).snapshots.length, 3);
			assert.deepEqual((await host.request('retention/apply', { policy, forget })).forgotten, forget);
			assert.equal((await host.request('snapshots/list', {})).snapshots.length, 2);
		});

		it('exports, adopts again, verifies, compares, prunes and repairs', async () => {
			const one = await host.request('snapshots/take', { udid: lab.udid, name: 'one' });
			await lab.tell('touch', '--files', '3', '--seed', `${name} compare`);
			const two = await host.request('snapshots/take', { udid: lab.udid, name: 'two' });
			const folder = join(temp.path, 'out');
			const exported = await host.request('snapshots/export', { udid: lab.udid, snapshot: one.id, folder });
			assert.ok(readFileSync(join(exported.path, 'Manifest.plist')).length > 0);
			const [adopted] = await host.request('snapshots/import', { folder });
			assert.equal(adopted?.outcome, 'already-there');
			assert.equal((await host.request('snapshots/verify', { udid: lab.udid, snapshot: one.id })).whole, true);
			const verified = (await host.request('snapshots/list', {})).snapshots.map(({ id, verifiedAt, damagedAt }) => [
				id,
				verifiedAt,
				damagedAt,
			]);
			assert.deepEqual(
				verified.map(([id, , damagedAt]) => [id, damagedAt]),
				[
					[two.id, undefined],
					[one.id, undefined],
				],
			);
			assert.deepEqual([verified[0]?.[1], Date.parse(verified[1]?.[1] ?? '') > Date.parse(one.takenAt)], [undefined, true]);
			assert.ok((await host.request('snapshots/diff', { udid: lab.udid, before: one.id, after: two.id, maxFiles: 5 })).fileCount >= 3);
			assert.deepEqual((await host.request('store/prune', {})).forgotten, []);
			assert.equal((await host.request('store/repair', {})).damagedPacks, 0);
			assert.ok((await host.request('computer/check', {})).some(({ id }) => id === 'node'));
			assert.deepEqual((await host.request('backups/list', {})).backups, []);
			const kinds = told(host, 'jobs/didEnd').map(({ job, outcome }) => [job.kind, outcome]);
			assert.deepEqual(kinds, [
				['snapshot', 'done'],
				['snapshot', 'done'],
				['export', 'done'],
				['import', 'done'],
				['verify', 'done'],
				['prune', 'done'],
				['repair', 'done'],
			]);
		});

		it('ends a verification that found damage as one that did', async () => {
			await host.request('snapshots/take', { udid: lab.udid });
			const packs = join(temp.path, 'store/packs');
			const names = readdirSync(packs, { recursive: true, encoding: 'utf8' });
			for (const file of names.map((inner) => join(packs, inner)).filter((place) => statSync(place).isFile())) {
				truncateSync(file, Math.floor(statSync(file).size / 2));
			}
			assert.equal((await host.request('snapshots/verify', {})).whole, false);
			await eventually('its end is told', () => told(host, 'jobs/didEnd').some(({ job }) => job.kind === 'verify'));
			const ends = told(host, 'jobs/didEnd').map(({ job, outcome, finding }) => [job.kind, outcome, finding]);
			assert.deepEqual(ends, [
				['snapshot', 'done', undefined],
				['verify', 'done', 'damage'],
			]);
		});

		it('tells another one on the same store of changes and of work within two seconds', async () => {
			const other = await start();
			await other.request('snapshots/list', {});
			await eventually('it watches', () => told(other, 'store/didChangeLeases').length > 0);
			await lab.tell('set', 'passcode=delay:60000');
			const controller = new AbortController();
			const job = host.request('snapshots/take', { udid: lab.udid }, controller.signal);
			const rejected = assert.rejects(job, isAbortError);
			await eventually('the lease is told', () => {
				const [lease] = told(other, 'store/didChangeLeases').at(-1) ?? [];
				return lease?.kind === 'backup' && lease.udid === lab.udid && /^process \d+ on ./.test(lease.holder);
			});
			if (name !== 'in process') {
				assert.equal(told(other, 'store/didChangeLeases').at(-1)?.[0]?.own, false);
				await eventually('its holder sees that it is its own', () => told(host, 'store/didChangeLeases').at(-1)?.[0]?.own === true);
				await eventually('the device is seen at work', () => told(other, 'devices/didChange').at(-1)?.devices[0]?.activity === 'backup');
			}
			if (name !== 'in process') {
				await assert.rejects(other.request('snapshots/take', { udid: lab.udid }), failsWith('DEVICE_BUSY'));
			}
			controller.abort();
			await rejected;
			await eventually('the end is told', () => told(other, 'store/didChangeLeases').at(-1)?.length === 0);
			await lab.tell('set', 'passcode=none');

			const taken = await host.request('snapshots/take', { udid: lab.udid });
			for (const change of [{ pinned: true }, { pinned: false }]) {
				const before = told(other, 'snapshots/didChange').length;
				const at = Date.now();
				await host.request('snapshots/setPinned', { udid: lab.udid, snapshot: taken.id, ...change });
				await eventually('the other hears of it', () => told(other, 'snapshots/didChange').length > before);
				assert.ok(Date.now() - at < 2500, `it took ${Date.now() - at} ms`);
				assert.deepEqual(told(other, 'snapshots/didChange').at(-1), { udids: [lab.udid] });
			}
		});

		it('keeps passwords, UDIDs and long numbers out of its log', async () => {
			const newPassword = 'hunter2-öß</script>';
			await host.request('encryption/change', { udid: lab.udid, newPassword });
			const { id } = await host.request('snapshots/take', { udid: lab.udid });
			const ref = { udid: lab.udid, snapshot: id };
			assert.deepEqual(await host.request('snapshots/checkPassword', { ...ref, password: newPassword }), { correct: true });
			assert.deepEqual(await host.request('snapshots/checkPassword', { ...ref, password: 'wrong one' }), { correct: false });
			await assert.rejects(
				host.request('encryption/change', { udid: lab.udid, oldPassword: 'wrong one', newPassword: 'a third one' }),
				(error) => error instanceof HostFailure,
			);
			const wrong = { ...ref, password: 'wrong one', choices: CHOICES, safety: false };
			await assert.rejects(host.request('rollback/run', wrong), failsWith('WRONG_PASSWORD'));
			await host.request('encryption/change', { udid: lab.udid, oldPassword: newPassword });
			const log = host.log.join('\n');
			assert.ok(log.includes(`…${lab.udid.slice(-6)}`), 'jobs are in the log');
			for (const secret of [newPassword, 'wrong one', 'a third one', lab.udid]) {
				assert.ok(!log.includes(secret), `${secret} is in the log:\n${log}`);
			}
			assert.doesNotMatch(log, /\d{14}/);
		});
	});
}

function assertRises(jobs: readonly JobInfo[]): void {
	const percents = jobs.flatMap(({ percent }) => percent ?? []);
	assert.ok(percents.length > 0, 'some percentage is told');
	assert.deepEqual(
		percents,
		[...percents].sort((a, b) => a - b),
	);
	assert.ok(percents.every((percent) => percent >= 0 && percent <= 100));
}
