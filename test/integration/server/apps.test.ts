import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAbortError } from '../../../src/base/index.ts';
import { usualRollbackChoices, type ErrorCode, type JobEnd, type JobInfo } from '../../../src/contract/index.ts';
import { eventually } from '../../support/eventually.ts';
import { HostFailure, HostInProcess } from '../../support/labHosts.ts';
import { ipa } from '../../support/packages.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const PROBE = 'com.example.lab-probe';
const FRESH = 'com.example.fresh';

describe('Apps, as the editor asks of them', function () {
	this.timeout(60_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'server apps', settings: { passcode: 'none', rebootMs: 20 } });
	let host: HostInProcess;
	beforeEach(() => {
		host = new HostInProcess({ muxer: lab.address, storeFolder: join(temp.path, 'store') });
	});
	afterEach(() => host.stop());

	const fails = (work: Promise<unknown>, code: ErrorCode): Promise<void> =>
		assert.rejects(work, (error) => error instanceof HostFailure && error.report.code === code);
	const ends = (): JobEnd[] => host.told.filter(({ event }) => event === 'jobs/didEnd').map(({ value }) => value as JobEnd);
	const jobs = (): JobInfo[] => host.told.filter(({ event }) => event === 'jobs/didChange').flatMap(({ value }) => value as JobInfo[]);
	const use = (seed: string) => lab.tell('use-app', PROBE, '--files', '5', '--bytes', '50000', '--seed', seed);
	const rollback = (snapshot: string) => ({ udid: lab.udid, snapshot, safety: true, whenRunning: 'refuse' as const });

	it('are listed, with sizes only when those are wanted', async () => {
		const plain = await host.request('apps/list', { udid: lab.udid });
		assert.ok(plain.some(({ bundleId, signing }) => bundleId === PROBE && signing === 'development'));
		assert.ok(plain.every(({ appBytes }) => appBytes === undefined));
		const sized = await host.request('apps/list', { udid: lab.udid, sizes: true });
		assert.ok(sized.every(({ appBytes = 0, dataBytes }) => appBytes > 0 && dataBytes !== undefined));
	});

	it('are kept, compared and brought back, each in a job that says which app it works on', async () => {
		await use('a');
		const { snapshot } = await host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE, name: 'signed-in' });
		assert.deepEqual([snapshot.kind, snapshot.name, snapshot.isHead], ['app', 'signed-in', true]);
		const again = await host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE, onlyIfChanged: true });
		assert.deepEqual([again.unchanged, again.snapshot.id], [true, snapshot.id]);
		await use('b');
		const diff = await host.request('apps/diff', { udid: lab.udid, bundleId: PROBE, before: snapshot.id });
		assert.equal(diff.fileCount, 5);
		const plan = await host.request('apps/rollbackPlan', rollback(snapshot.id));
		assert.deepEqual([plan.app.bundleId, plan.writeFiles, plan.isKept], [PROBE, 5, false]);
		const result = await host.request('apps/rollBack', rollback(snapshot.id));
		assert.deepEqual([result.writtenFiles, result.safety?.trigger, result.proof.verdict], [5, 'safety', 'verified']);
		assert.deepEqual(
			ends().map(({ job, outcome }) => [job.kind, job.bundleId, job.snapshotName, outcome]),
			[
				['app-snapshot', PROBE, 'signed-in', 'done'],
				['app-snapshot', PROBE, undefined, 'done'],
				['app-rollback', PROBE, 'signed-in', 'done'],
			],
		);
	});

	it('wait for the person who closes the app, and can be cancelled meanwhile', async () => {
		await use('a');
		const { snapshot } = await host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE });
		await use('b');
		await lab.tell('launch', PROBE);
		try {
			await fails(host.request('apps/rollBack', rollback(snapshot.id)), 'APP_RUNNING');
			const controller = new AbortController();
			const waiting = host.request('apps/rollBack', { ...rollback(snapshot.id), whenRunning: 'wait' }, controller.signal);
			const rejected = assert.rejects(waiting, isAbortError);
			await eventually('it says what it waits for', () => jobs().at(-1)?.waitsFor === 'app-closed');
			await fails(host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE }), 'DEVICE_BUSY');
			controller.abort();
			await rejected;
		} finally {
			await lab.tell('quit', PROBE);
		}
	});

	it('are installed and removed, which the history of the device tells', async () => {
		const file = join(temp.path, 'Fresh.ipa');
		writeFileSync(file, ipa());
		const { debuggable, ...said } = await host.request('apps/readPackage', { file });
		assert.deepEqual([said, debuggable], [{ bundleId: FRESH, name: 'Fresh App', version: '1.0', build: '1' }, true]);
		const installed = await host.request('apps/install', { udid: lab.udid, file });
		assert.deepEqual([installed.app.bundleId, installed.app.version], [FRESH, '1.0']);
		assert.equal((await host.request('apps/uninstall', { udid: lab.udid, bundleId: FRESH })).bundleId, FRESH);
		const history = await host.request('devices/history', { udid: lab.udid });
		assert.deepEqual(
			history.slice(-2).map(({ kind, bundleId }) => [kind, bundleId]),
			[
				['build-installed', FRESH],
				['app-removed', FRESH],
			],
		);
		writeFileSync(file, 'no package');
		await fails(host.request('apps/readPackage', { file }), 'PACKAGE_UNUSABLE');
		await fails(host.request('apps/install', { udid: lab.udid, file }), 'PACKAGE_UNUSABLE');
		await fails(host.request('apps/uninstall', { udid: lab.udid, bundleId: FRESH }), 'APP_NOT_FOUND');
	});

	it('carry their data out to Xcode and back in', async () => {
		const { snapshot } = await host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE });
		const exported = await host.request('apps/export', { udid: lab.udid, snapshot: snapshot.id, to: temp.path });
		assert.match(exported.path, /\.xcappdata$/);
		const imported = await host.request('apps/import', { udid: lab.udid, file: exported.path, name: 'from-xcode' });
		assert.deepEqual([imported.kind, imported.name, imported.app?.bundleId], ['app', 'from-xcode', PROBE]);
	});

	it('are the cheapest way to a state', async () => {
		await use('a');
		const { snapshot } = await host.request('apps/snapshot', { udid: lab.udid, bundleId: PROBE, name: 'wanted' });
		const wanted = { udid: lab.udid, snapshot: 'wanted', safety: false, choices: usualRollbackChoices };
		assert.equal((await host.request('state/plan', wanted)).route, 'nothing');
		await use('b');
		const result = await host.request('state/ensure', wanted);
		assert.deepEqual([result.route, result.proof.verdict], ['app', 'verified']);
		const { job } = ends().at(-1) as JobEnd;
		assert.deepEqual([job.kind, job.snapshot, job.snapshotName], ['state', snapshot.id, 'wanted']);
	});

	it('are not what a snapshot of the device is of', async () => {
		const { id } = await host.request('snapshots/take', { udid: lab.udid });
		await fails(host.request('apps/rollbackPlan', rollback(id)), 'WRONG_USE');
		await fails(host.request('apps/export', { udid: lab.udid, snapshot: id, to: temp.path }), 'WRONG_USE');
		await fails(host.request('apps/rollBack', { ...rollback(id), whenRunning: 'force' } as never), 'WRONG_USE');
		await fails(host.request('apps/list', { udid: lab.udid, size: true } as never), 'WRONG_USE');
	});
});
