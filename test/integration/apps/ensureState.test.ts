import assert from 'node:assert/strict';
import { silentLogger } from '../../../src/base/index.ts';
import type { StatePlan } from '../../../src/contract/index.ts';
import { Engine, EngineError, systemClock } from '../../../src/engine/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { WHOLE_DEVICE } from '../clients/drivers.ts';

const PROBE = 'com.example.lab-probe';

describe('the way to a state', function () {
	this.timeout(120_000);
	const lab = useLab();
	const store = useTempFolder();
	let engine: Engine;
	beforeEach(() => {
		engine = new Engine({ muxers: [lab.address], storeFolder: store.path, clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());
	const request = (snapshot: string, more: object = {}) => ({
		device: lab.udid,
		snapshot,
		scope: 'auto' as const,
		safety: false,
		whenRunning: 'refuse' as const,
		choices: WHOLE_DEVICE,
		...more,
	});
	const use = (seed: string) => lab.tell('use-app', PROBE, '--files', '5', '--bytes', '50000', '--seed', seed);
	const ways = ({ judgements }: StatePlan) => judgements.map(({ route, possible }) => [route, possible]);

	it('is nothing, then the app, for a snapshot of an app', async () => {
		await use('a');
		await engine.apps.snapshot({ device: lab.udid, app: PROBE, name: 'signed-in' }, {});
		const nothing = await engine.apps.ensureState(request('signed-in'), {});
		assert.deepEqual([nothing.route, nothing.proof.verdict], ['nothing', 'verified']);
		await use('b');
		const plan = await engine.apps.planState(request('signed-in'));
		assert.deepEqual(ways(plan), [
			['nothing', false],
			['app', true],
			['device', false],
		]);
		assert.equal(plan.judgements[1]?.files, 5);
		const back = await engine.apps.ensureState(request('signed-in'), {});
		assert.deepEqual([back.route, back.proof.verdict], ['app', 'verified']);
		assert.equal((await engine.apps.planState(request('signed-in'))).route, 'nothing');
		const isWrong = (error: unknown) => EngineError.is(error, 'WRONG_USE');
		await assert.rejects(engine.apps.planState(request('signed-in', { scope: 'device' })), isWrong);
	});

	it('is the app’s container also for a snapshot of the whole device, as long as only apps differ', async () => {
		await use('c');
		await engine.takeSnapshot({ device: lab.udid, name: 'shelf' }, {});
		assert.equal((await engine.apps.planState(request('shelf'))).route, 'nothing');
		const before = await lab.fingerprint();
		await use('d');
		assert.notEqual(await lab.fingerprint(), before);
		const plan = await engine.apps.planState(request('shelf', { app: 'lab-probe' }));
		assert.deepEqual([plan.route, plan.judgements[1]?.files, plan.judgements[1]?.restarts], ['app', 5, false]);
		const result = await engine.apps.ensureState(request('shelf'), {});
		assert.deepEqual([result.route, result.proof], ['app', { verdict: 'verified', differences: [] }]);
		assert.equal((await engine.apps.planState(request('shelf'))).route, 'nothing');
	});

	it('keeps what was there before of each app', async () => {
		const client = 'com.example.lab-client';
		await engine.takeSnapshot({ device: lab.udid, name: 'two' }, {});
		await engine.apps.snapshot({ device: lab.udid, app: PROBE }, {});
		await lab.tell('use-app', client, '--files', '2', '--bytes', '2000', '--seed', 'two');
		const one = await engine.apps.ensureState(request('two', { safety: true }), {});
		assert.deepEqual([one.route, one.safeties.map(({ app }) => app?.bundleId)], ['app', [client]]);
		await lab.tell('use-app', client, '--files', '2', '--bytes', '2000', '--seed', 'three');
		await use('two');
		const both = await engine.apps.ensureState(request('two', { safety: true }), {});
		assert.deepEqual(both.safeties.map(({ app }) => app?.bundleId).sort(), [client, PROBE]);
	});

	it('is the whole device when more than apps differs, unless only the app may be touched', async () => {
		await engine.takeSnapshot({ device: lab.udid, name: 'shelf' }, {});
		await lab.tell('set', 'name=Renamed');
		await use('e');
		const plan = await engine.apps.planState(request('shelf'));
		assert.deepEqual(ways(plan), [
			['nothing', false],
			['app', false],
			['device', true],
		]);
		await assert.rejects(engine.apps.planState(request('shelf', { scope: 'app' })), (error) => EngineError.is(error, 'WRONG_USE'));
		assert.equal((await engine.apps.planState(request('shelf', { app: PROBE, scope: 'app' }))).route, 'app');
		await lab.tell('set', 'name=Lab-1');
		const forced = await engine.apps.ensureState(request('shelf', { scope: 'device' }), {});
		assert.deepEqual([forced.route, forced.proof.verdict], ['device', 'verified']);
		assert.equal((await engine.apps.planState(request('shelf'))).route, 'nothing');
	});

	it('is the whole device where the store knows of a difference that the device does not tell', async () => {
		await engine.takeSnapshot({ device: lab.udid, name: 'before' }, {});
		await lab.tell('touch', '--files', '5', '--seed', 'elsewhere');
		await engine.takeSnapshot({ device: lab.udid, name: 'after' }, {});
		assert.equal((await engine.apps.planState(request('after'))).route, 'nothing');
		const plan = await engine.apps.planState(request('before'));
		assert.deepEqual(ways(plan), [
			['nothing', false],
			['app', false],
			['device', true],
		]);
		assert.match(plan.judgements[0]?.reason ?? '', /^the device differs in \S+/);
	});

	it('does not exist for what is not there', async () => {
		const fails = (code: string) => (error: unknown) => EngineError.is(error) && error.code === code;
		await engine.takeSnapshot({ device: lab.udid, name: 'shelf' }, {});
		await assert.rejects(engine.apps.planState(request('no such')), fails('SNAPSHOT_NOT_FOUND'));
		await assert.rejects(engine.apps.planState(request('shelf', { app: 'nothing' })), fails('APP_NOT_FOUND'));
		await assert.rejects(engine.apps.planState(request('shelf', { app: 'atlas' })), fails('APP_NOT_DEBUGGABLE'));
	});
});
