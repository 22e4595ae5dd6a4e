import assert from 'node:assert/strict';
import { LabFailure } from '../../../src/client/index.ts';
import type { JobEnd, JobInfo } from '../../../src/contract/index.ts';
import { settled } from '../../support/eventually.ts';
import { fakeClient } from './fakeServer.ts';

const JOB: JobInfo = { id: '1', kind: 'snapshot', udid: 'A', startedAt: '2026-01-02T03:04:05.000Z', cancelling: false };

const isStopped = (error: unknown): boolean => error instanceof LabFailure && error.report.code === 'ENGINE_STOPPED';

const gaveUp = (error: unknown): boolean => error instanceof LabFailure && error.report.details['gaveUp'] === true;

describe('The client of the engine', () => {
	it('starts nothing before it is asked, and one process for all that ask', async () => {
		const { client, servers } = fakeClient();
		const states: string[] = [];
		client.onDidChangeState((state) => states.push(state));
		client.on('jobs/didChange', () => {});
		client.applyOptions();
		assert.deepEqual([client.state, servers.length], ['stopped', 0]);
		const answers = Promise.all([client.request('jobs/list', {}), client.request('store/leases', {})]);
		await settled();
		servers[0]?.take('jobs/list').answer([JOB]);
		servers[0]?.take('store/leases').answer([]);
		assert.deepEqual([await answers, servers.length, states], [[[JOB], []], 1, ['starting', 'running']]);
	});

	it('passes on what the engine tells, and no longer what one tells that is gone', async () => {
		const { client, servers } = fakeClient();
		const told: unknown[] = [];
		const listening = client.on('jobs/didChange', (jobs) => told.push(jobs));
		void client.request('jobs/list', {}).catch(() => {});
		await settled();
		servers[0]?.launch.onNotification('jobs/didChange', []);
		servers[0]?.end('it crashed.');
		await settled();
		servers[0]?.launch.onNotification('jobs/didChange', [JOB]);
		servers[1]?.launch.onNotification('jobs/didChange', [JOB]);
		listening.dispose();
		servers[1]?.launch.onNotification('jobs/didChange', []);
		assert.deepEqual(told, [[], [JOB]]);
	});

	it('rejects all that waits with one failure when the process ends, tells jobs as interrupted, and starts it again', async () => {
		const { client, servers } = fakeClient();
		const ends: JobEnd[] = [];
		const lists: unknown[] = [];
		client.on('jobs/didEnd', (end) => ends.push(end));
		client.on('jobs/didChange', (jobs) => lists.push(jobs));
		const failures = Promise.all(
			[client.request('jobs/list', {}), client.request('store/leases', {})].map((request) => request.catch((error: unknown) => error)),
		);
		await settled();
		servers[0]?.launch.onNotification('jobs/didChange', [JOB]);
		servers[0]?.end('its process was ended by SIGKILL.');
		const [first, second] = await failures;
		assert.ok(isStopped(first));
		assert.equal(first, second);
		assert.deepEqual(
			ends.map(({ job, outcome, error }) => [job.id, outcome, error?.code]),
			[['1', 'interrupted', 'ENGINE_STOPPED']],
		);
		assert.deepEqual(lists, [[JOB], []]);
		await settled();
		assert.deepEqual([client.state, servers.length], ['running', 2]);
	});

	it('gives up when the process ends again and again, and tries again when it is told to', async () => {
		const { client, servers, state } = fakeClient();
		const request = client.request('jobs/list', {});
		request.catch(() => {});
		for (let round = 0; round < 4; round++) {
			await settled();
			state.now += 1000;
			servers.at(-1)?.end('it crashed.');
		}
		await settled();
		assert.deepEqual([client.state, servers.length], ['failed', 4]);
		await assert.rejects(client.request('jobs/list', {}), (error) => isStopped(error) && gaveUp(error));
		await assert.rejects(request, (error) => isStopped(error) && !gaveUp(error), 'the first time it is started again');
		await client.restart();
		assert.deepEqual([client.state, servers.length], ['running', 5]);
	});

	it('goes on for ever with a process that ends now and then', async () => {
		const { client, servers, state } = fakeClient();
		client.request('jobs/list', {}).catch(() => {});
		for (let round = 0; round < 10; round++) {
			await settled();
			state.now += 60_001;
			servers.at(-1)?.end('it crashed.');
		}
		await settled();
		assert.deepEqual([client.state, servers.length], ['running', 11]);
	});

	it('says why a process does not start', async () => {
		const { client } = fakeClient({ failsToLaunch: () => true });
		await assert.rejects(client.request('jobs/list', {}), /It did not start/);
		await settled();
		assert.equal(client.state, 'failed');
	});

	it('starts again with other settings when no job runs, and not without need', async () => {
		const { client, servers, state } = fakeClient();
		client.request('jobs/list', {}).catch(() => {});
		await settled();
		client.applyOptions();
		await settled();
		assert.equal(servers.length, 1);
		servers[0]?.launch.onNotification('jobs/didChange', [JOB]);
		state.options = { storeFolder: 'b', muxers: [] };
		client.applyOptions();
		await settled();
		assert.equal(servers.length, 1);
		servers[0]?.launch.onNotification('jobs/didChange', []);
		await settled();
		assert.deepEqual([servers.length, servers[0]?.isStopped, servers[1]?.launch.options.storeFolder], [2, true, 'b']);
	});

	it('lets who asks while it is being ended wait for the next process', async () => {
		const { client, servers } = fakeClient();
		client.request('jobs/list', {}).catch(() => {});
		await settled();
		const restarted = client.restart();
		const answer = client.request('store/leases', {});
		await restarted;
		await settled();
		servers[1]?.take('store/leases').answer([]);
		assert.deepEqual(await answer, []);
		client.dispose();
		await settled();
		assert.deepEqual([servers.map(({ isStopped: stopped }) => stopped), client.isDisposed], [[true, true], true]);
		await assert.rejects(client.request('jobs/list', {}), isStopped);
	});
});
