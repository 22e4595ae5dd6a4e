import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { hostName, leadsInside, otherName } from '../../../src/engine/apps/xcappdata.ts';
import { Engine, EngineError, systemClock } from '../../../src/engine/index.ts';
import { isDict, parsePlist } from '../../../src/plist/index.ts';
import { inContainer } from '../../support/appContainer.ts';
import { describeWith, pythonPath, requireProgram } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const PROBE = 'com.example.lab-probe';

describe('.xcappdata packages', function () {
	this.timeout(60_000);
	const lab = useLab();
	const place = useTempFolder();
	let engine: Engine;
	beforeEach(() => {
		engine = new Engine({ muxers: [lab.address], storeFolder: join(place.path, 'store'), clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());
	const order = (more: object) => ({ device: lab.udid, app: PROBE, ...more });

	it('carry an app’s data out and back in, and to the device', async () => {
		await lab.tell('use-app', PROBE, '--files', '60', '--bytes', '600000', '--seed', 'out');
		const { snapshot } = await engine.apps.snapshot(order({ name: 'out' }), {});
		const exported = await engine.apps.exportData({ device: lab.udid, app: PROBE, snapshot: 'out', to: place.path }, {});
		assert.match(exported.path, /com\.example\.lab-probe \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.\d{3}\.xcappdata$/);
		assert.deepEqual([exported.fileCount, exported.sizeBytes, exported.altered], [snapshot.fileCount, snapshot.sizeBytes, []]);
		const info = parsePlist(readFileSync(join(exported.path, 'AppDataInfo.plist')));
		assert.ok(isDict(info) && info['CFBundleIdentifier'] === PROBE);
		assert.ok(readdirSync(join(exported.path, 'AppData')).includes('Documents'));
		// Two files change outside, as when somebody edits the package.
		writeFileSync(join(exported.path, 'AppData/Documents/Data/0000/000001.dat'), 'edited');
		const imported = await engine.apps.importData({ device: lab.udid, file: exported.path, name: 'edited' }, {});
		assert.deepEqual([imported.kind, imported.trigger, imported.app?.bundleId, imported.isHead], ['app', 'import', PROBE, false]);
		const diff = await engine.apps.diff({ device: lab.udid, app: PROBE, before: 'out', after: 'edited', maxFiles: 10 });
		assert.deepEqual(diff.files, [
			{ change: 'changed', group: 'Documents', path: 'Documents/Data/0000/000001.dat', beforeBytes: 10_000, afterBytes: 6 },
		]);
		const result = await engine.apps.rollBack(order({ snapshot: 'edited', safety: false, whenRunning: 'refuse' }) as never, {});
		assert.deepEqual([result.writtenFiles, result.proof.verdict], [1, 'verified']);
		const now = await engine.apps.diff({ device: lab.udid, app: PROBE, before: 'out', maxFiles: 10 });
		assert.deepEqual([now.after, now.fileCount], ['now', 1]);
		await assert.rejects(engine.apps.exportData({ device: lab.udid, app: PROBE, snapshot: 'out', to: exported.path }, {}), (error) =>
			EngineError.is(error, 'FOLDER_UNUSABLE'),
		);
	});

	it('are refused when they are none, and never followed where they lead out', async () => {
		const isUnusable = (error: unknown) => EngineError.is(error, 'PACKAGE_UNUSABLE');
		const make = (name: string, info: string): string => {
			const folder = join(place.path, name);
			mkdirSync(join(folder, 'AppData/Documents'), { recursive: true });
			writeFileSync(join(folder, 'AppDataInfo.plist'), info);
			return folder;
		};
		const plist = `<plist version="1.0"><dict><key>CFBundleIdentifier</key><string>${PROBE}</string></dict></plist>`;
		await engine.apps.snapshot(order({}), {});
		for (const info of ['', 'nonsense', '<plist version="1.0"><dict/></plist>', plist.replace(PROBE, '../../x')]) {
			await assert.rejects(engine.apps.importData({ device: lab.udid, file: make(`bad ${info.length}.xcappdata`, info) }, {}), isUnusable);
		}
		const linked = make('linked.xcappdata', plist);
		symlinkSync('/etc', join(linked, 'AppData/Documents/outside'));
		symlinkSync('real.txt', join(linked, 'AppData/Documents/inside'));
		writeFileSync(join(linked, 'AppData/Documents/real.txt'), 'real');
		const imported = await engine.apps.importData({ device: lab.udid, file: linked, name: 'linked' }, {});
		assert.equal(imported.fileCount, 3);
		const exported = await engine.apps.exportData(
			{ device: lab.udid, app: PROBE, snapshot: 'linked', to: join(place.path, 'again.xcappdata') },
			{},
		);
		assert.deepEqual(exported.altered, [{ path: '/Documents/outside' }]);
		assert.equal(readlinkSync(join(exported.path, 'AppData/Documents/inside')), 'real.txt');
	});

	it('are read neither through a link nor from what is no file', async () => {
		const isUnusable = (error: unknown) => EngineError.is(error, 'PACKAGE_UNUSABLE');
		const real = join(place.path, 'real.plist');
		writeFileSync(real, `<plist version="1.0"><dict><key>CFBundleIdentifier</key><string>${PROBE}</string></dict></plist>`);
		const make = (name: string): string => {
			mkdirSync(join(place.path, name, 'AppData'), { recursive: true });
			return join(place.path, name);
		};
		const linked = make('elsewhere.xcappdata');
		symlinkSync(real, join(linked, 'AppDataInfo.plist'));
		await assert.rejects(engine.apps.importData({ device: lab.udid, file: linked }, {}), isUnusable);
		const folder = make('folder.xcappdata');
		mkdirSync(join(folder, 'AppDataInfo.plist'));
		await assert.rejects(engine.apps.importData({ device: lab.udid, file: folder }, {}), isUnusable);
	});

	it('leave out the links that this computer cannot have, and keep the rest', async () => {
		await inContainer(lab, PROBE, async (afc) => {
			await afc.makeDirectory('/Documents/links');
			await afc.link('symbolic', '', '/Documents/links/empty');
			await afc.link('symbolic', 'x'.repeat(300), '/Documents/links/long');
			await afc.link('symbolic', '..', '/Documents/links/up');
			await afc.link('symbolic', 'up/../..', '/Documents/links/up and out');
		});
		await engine.apps.snapshot(order({ name: 'links' }), {});
		const { path, altered } = await engine.apps.exportData({ device: lab.udid, app: PROBE, snapshot: 'links', to: place.path }, {});
		assert.deepEqual(
			altered.map((each) => each.path),
			['/Documents/links/empty', '/Documents/links/up and out'],
		);
		assert.equal(readlinkSync(join(path, 'AppData/Documents/links/up')), '..');
	});

	it('have links that stay in them, whatever those lead to', () => {
		const inside = (target: string, platform?: NodeJS.Platform) => leadsInside('/a/b/link', target, platform);
		assert.deepEqual(
			['x', './x', '..', '../..', '../c/d', '../../x', '.'].filter((target) => !inside(target)),
			[],
		);
		assert.deepEqual(
			['', '/', '/x', '../../..', 'x/..', '../x/../..', './x/../../../..'].filter((target) => inside(target)),
			[],
		);
		assert.deepEqual(
			['..\\..\\..', 'C:x', 'x'].filter((target) => inside(target, 'win32')),
			['x'],
		);
		assert.ok(inside('a\\b', 'linux'));
	});

	it('take another name where one is taken, of no more than 255 bytes', () => {
		assert.equal(otherName('a.txt', 2), 'a.txt~2');
		assert.equal(otherName('x'.repeat(255), 10), `${'x'.repeat(252)}~10`);
		assert.equal(otherName('🌈'.repeat(63), 2), `${'🌈'.repeat(63)}~2`);
		assert.equal(otherName(`xyz${'🌈'.repeat(63)}`, 2), `xyz${'🌈'.repeat(62)}~2`);
	});

	it('take other names where Windows takes none', () => {
		const names = ['a:b', 'con', 'CON.txt', 'end.', 'end ', 'a\\b', 'plain.txt', 'console'];
		assert.deepEqual(
			names.map((name) => hostName(name, 'win32')),
			['a%3ab', '%63on', '%43ON.txt', 'end%2e', 'end%20', 'a%5cb', 'plain.txt', 'console'],
		);
		assert.deepEqual(
			names.map((name) => hostName(name, 'darwin')),
			names,
		);
	});

	describeWith(requireProgram(pythonPath()), 'as other programs read them', () => {
		it('are property list and folder', async () => {
			await engine.apps.snapshot(order({ name: 'read' }), {});
			const { path } = await engine.apps.exportData({ device: lab.udid, app: PROBE, snapshot: 'read', to: place.path }, {});
			const script = 'import plistlib, sys; print(plistlib.load(open(sys.argv[1], "rb"))["CFBundleIdentifier"])';
			assert.equal(
				execFileSync(pythonPath(), ['-c', script, join(path, 'AppDataInfo.plist')])
					.toString()
					.trim(),
				PROBE,
			);
		});
	});
});
