import assert from 'node:assert/strict';
import { silentLogger } from '../../../src/base/index.ts';
import { readFileIfPresent, writeFile, type AfcClient } from '../../../src/device/index.ts';
import { Engine, EngineError, systemClock } from '../../../src/engine/index.ts';
import { inContainer } from '../../support/appContainer.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const PROBE = 'com.example.lab-probe';

const text = async (afc: AfcClient, path: string): Promise<string | undefined> => {
	const bytes = await readFileIfPresent(afc, path);
	return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

describe('snapshots of an app', function () {
	this.timeout(60_000);
	const lab = useLab();
	const store = useTempFolder();
	let engine: Engine;
	beforeEach(() => {
		engine = new Engine({ muxers: [lab.address], storeFolder: store.path, clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());
	const take = (more: object = {}) => engine.apps.snapshot({ device: lab.udid, app: PROBE, ...more }, {});
	const rollBack = (snapshot: string, more: object = {}) =>
		engine.apps.rollBack({ device: lab.udid, app: PROBE, snapshot, safety: true, whenRunning: 'refuse', ...more }, {});

	it('read only what changed, and lie on one timeline with those of the device', async () => {
		const first = await take({ name: 'first' });
		assert.ok(first.readFiles > 0);
		assert.equal(first.snapshot.kind, 'app');
		assert.equal(first.snapshot.app?.bundleId, PROBE);
		await inContainer(lab, PROBE, (afc) => writeFile(afc, '/Documents/new.txt', Buffer.from('one')));
		const second = await take();
		assert.equal(second.readFiles, 1);
		assert.equal(second.snapshot.parent, first.snapshot.id);
		assert.equal(second.snapshot.isHead, true);
		const same = await take({ ifUnchanged: 'skip' });
		assert.deepEqual([same.unchanged, same.snapshot.id, same.readFiles], [true, second.snapshot.id, 0]);
		const { snapshots } = await engine.library.list(lab.udid);
		assert.deepEqual(
			snapshots.map(({ id, isHead }) => [id, isHead]),
			[
				[second.snapshot.id, true],
				[first.snapshot.id, false],
			],
		);
	});

	it('bring back contents, times, links and folders, and take away what came since', async () => {
		await inContainer(lab, PROBE, async (afc) => {
			await writeFile(afc, '/Documents/kept.txt', Buffer.from('kept'));
			await writeFile(afc, '/Documents/changed.txt', Buffer.from('before'));
			await writeFile(afc, '/Library/Caches/cache.bin', Buffer.from('cached'));
			await afc.makeDirectory('/Documents/empty/inside');
			await afc.link('symbolic', 'kept.txt', '/Documents/link');
			await writeFile(afc, '/Documents/to-folder', Buffer.from('a file'));
		});
		const { snapshot } = await take({ name: 'links' });
		await inContainer(lab, PROBE, async (afc) => {
			await writeFile(afc, '/Documents/changed.txt', Buffer.from('AFTER!'));
			await afc.removeAll('/Documents/empty');
			await afc.remove('/Documents/link');
			await afc.remove('/Documents/to-folder');
			await afc.makeDirectory('/Documents/to-folder/now');
			await writeFile(afc, '/Documents/to-folder/now/x', Buffer.from('x'));
			await writeFile(afc, '/Library/Caches/other.bin', Buffer.from('other'));
			await afc.remove('/Library/Caches/cache.bin');
		});
		const result = await rollBack('links');
		assert.deepEqual([result.proof.verdict, result.proof.differences, result.activity], ['verified', [], 'not-running']);
		assert.equal(result.writtenFiles, 4);
		assert.equal(result.safety?.trigger, 'safety');
		await inContainer(lab, PROBE, async (afc) => {
			assert.equal(await text(afc, '/Documents/changed.txt'), 'before');
			assert.equal(await text(afc, '/Documents/to-folder'), 'a file');
			assert.equal(await text(afc, '/Library/Caches/cache.bin'), 'cached');
			assert.equal(await text(afc, '/Library/Caches/other.bin'), undefined);
			assert.equal((await afc.info('/Documents/link')).linkTarget, 'kept.txt');
			assert.equal((await afc.info('/Documents/empty/inside')).kind, 'directory');
			assert.deepEqual(await afc.list('/tmp'), []);
		});
		assert.equal((await engine.library.show(lab.udid, snapshot.id)).isHead, true);
		// And forward again, to what was there before.
		const again = await rollBack(result.safety?.id ?? '', { safety: true });
		assert.deepEqual([again.proof.verdict, again.safety], ['verified', undefined]);
		await inContainer(lab, PROBE, async (afc) => assert.equal(await text(afc, '/Documents/changed.txt'), 'AFTER!'));
	});

	it('are known by the names of their app also without the device', async () => {
		await take({ name: 'one' });
		await take({ name: 'two' });
		for (const app of ['lab-probe', 'Lab Probe', PROBE]) {
			const { fileCount } = await engine.apps.diff({ device: lab.udid, app, before: 'one', after: 'two' });
			assert.equal(fileCount, 0);
		}
		await assert.rejects(engine.apps.diff({ device: lab.udid, app: 'probe', before: 'one', after: 'two' }), (error) =>
			EngineError.is(error, 'WRONG_USE'),
		);
	});

	it('do nothing where nothing differs', async () => {
		await take({ name: 'same' });
		const result = await rollBack('same');
		assert.deepEqual([result.writtenFiles, result.removedItems, result.safety, result.proof.verdict], [0, 0, undefined, 'verified']);
	});

	it('keep names that are no names elsewhere', async () => {
		const names = [
			'..hidden',
			' ',
			'a:b\\c',
			'%41',
			'ﬁle\u202Etxt.exe',
			'Case',
			'CASE',
			'a'.repeat(40),
			'ab'.repeat(20),
			'x'.repeat(255),
			'日本語',
			'...',
			'-rf',
		];
		await inContainer(lab, PROBE, async (afc) => {
			for (const name of names) {
				await afc.makeDirectory(`/Documents/odd/${name}`);
				await writeFile(afc, `/Documents/odd/${name}/${name}`, Buffer.from(name));
			}
		});
		await take({ name: 'odd' });
		await inContainer(lab, PROBE, (afc) => afc.removeAll('/Documents/odd'));
		assert.equal((await rollBack('odd')).proof.verdict, 'verified');
		await inContainer(lab, PROBE, async (afc) => {
			assert.deepEqual((await afc.list('/Documents/odd')).sort(), [...names].sort());
			for (const name of names) {
				assert.equal(await text(afc, `/Documents/odd/${name}/${name}`), name);
			}
			await afc.removeAll('/Documents/odd');
		});
	});

	it('are refused for apps from the store, and while the app runs', async () => {
		const isRefused = (code: string) => (error: unknown) => EngineError.is(error) && error.code === code;
		await assert.rejects(engine.apps.snapshot({ device: lab.udid, app: 'atlas' }, {}), isRefused('APP_NOT_DEBUGGABLE'));
		await assert.rejects(engine.apps.snapshot({ device: lab.udid, app: 'nothing' }, {}), isRefused('APP_NOT_FOUND'));
		const { snapshot, activity } = await take({ name: 'calm' });
		assert.equal(activity, 'not-running');
		await lab.tell('launch', PROBE);
		assert.equal((await take()).activity, 'running');
		await assert.rejects(rollBack(snapshot.id), isRefused('APP_RUNNING'));
		const plan = await engine.apps.planRollback({ device: lab.udid, app: PROBE, snapshot: 'calm', safety: true, whenRunning: 'refuse' });
		assert.deepEqual(
			plan.findings.map(({ code, severity }) => [code, severity]),
			[['APP_RUNNING', 'refusal']],
		);
		const notices: string[] = [];
		const waiting = engine.apps.rollBack(
			{ device: lab.udid, app: PROBE, snapshot: 'calm', safety: false, whenRunning: 'wait' },
			{ onNotice: ({ code }) => notices.push(code) && void lab.tell('quit', PROBE) },
		);
		assert.equal((await waiting).activity, 'not-running');
		assert.deepEqual(notices, ['APP_RUNNING']);
	});

	it('leave the app as it was when the roll-back is cancelled', async () => {
		await lab.tell('use-app', PROBE, '--files', '40', '--bytes', '80000000', '--seed', 'a');
		await take({ name: 'before' });
		await lab.tell('use-app', PROBE, '--files', '40', '--bytes', '80000000', '--seed', 'b');
		await take({ name: 'present' });
		const stop = new AbortController();
		const run = {
			signal: stop.signal,
			onProgress: ({ transferredBytes }: { transferredBytes: number }) => transferredBytes > 1_000_000 && stop.abort(),
		};
		const cancelled = engine.apps.rollBack({ device: lab.udid, app: PROBE, snapshot: 'before', safety: false, whenRunning: 'refuse' }, run);
		await assert.rejects(cancelled, { name: 'AbortError' });
		const plan = await engine.apps.planRollback({ device: lab.udid, app: PROBE, snapshot: 'present', safety: true, whenRunning: 'refuse' });
		assert.deepEqual([plan.writeFiles, plan.removeItems, plan.isKept], [0, 0, true]);
	});
});
