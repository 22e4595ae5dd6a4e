import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { AFC_SERVICE, AfcClient, listAttachedDevices, MuxClient, PairedDevice, parseMuxAddress } from '../../../src/device/index.ts';
import { Engine, EngineError, systemClock } from '../../../src/engine/index.ts';
import { appFiles, ipa, zip, type TestApp } from '../../support/packages.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const FRESH = 'com.example.fresh';

describe('installing apps', function () {
	this.timeout(60_000);
	const lab = useLab();
	const place = useTempFolder();
	let engine: Engine;
	beforeEach(() => {
		engine = new Engine({ muxers: [lab.address], storeFolder: join(place.path, 'store'), clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());
	const install = (file: string) => engine.apps.install({ device: lab.udid, file }, {});
	const write = (name: string, bytes: Uint8Array): string => {
		writeFileSync(join(place.path, name), bytes);
		return join(place.path, name);
	};
	const folder = (name: string, app: TestApp): string => {
		const bundle = join(place.path, name);
		for (const [path, bytes] of Object.entries(appFiles(app))) {
			mkdirSync(dirname(join(bundle, path)), { recursive: true });
			writeFileSync(join(bundle, path), bytes);
		}
		return bundle;
	};
	const rejects = async (work: Promise<unknown>, code: string, pattern: RegExp): Promise<void> => {
		await assert.rejects(work, (error) => {
			assert.ok(EngineError.is(error), String(error));
			assert.equal(error.code, code, error.message);
			assert.match(`${error.message} ${JSON.stringify(error.details)}`, pattern);
			return true;
		});
	};

	it('sends an archive, replaces it by a folder, keeps the data, and notes both', async () => {
		const first = await install(write('Fresh.ipa', ipa({ payloadBytes: 3_000_000 })));
		assert.deepEqual([first.app.bundleId, first.app.version, first.app.signing, first.before], [FRESH, '1.0', 'development', undefined]);
		await lab.tell('use-app', FRESH, '--files', '3', '--bytes', '3000');
		await engine.apps.snapshot({ device: lab.udid, app: 'fresh', name: 'used' }, {});
		const second = await install(folder('Fresh.app', { version: '2.0', build: '7' }));
		assert.deepEqual([second.app.version, second.before], ['2.0', { version: '1.0', build: '1' }]);
		const plan = await engine.apps.planRollback({ device: lab.udid, app: FRESH, snapshot: 'used', safety: true, whenRunning: 'refuse' });
		assert.deepEqual([plan.writeFiles, plan.removeItems, plan.findings.map(({ code }) => code)], [0, 0, ['OTHER_BUILD']]);
		await engine.apps.uninstall({ device: lab.udid, app: FRESH }, {});
		await rejects(engine.apps.snapshot({ device: lab.udid, app: FRESH }, {}), 'APP_NOT_FOUND', /fresh/);
		const history = await engine.apps.history(lab.udid);
		assert.deepEqual(
			history.map(({ kind, bundleId, facts }) => [kind, bundleId, facts['version'], facts['beforeVersion']]),
			[
				['build-installed', FRESH, '1.0', undefined],
				['build-installed', FRESH, '2.0', '1.0'],
				['app-removed', FRESH, '2.0', undefined],
			],
		);
	});

	const unusable: [string, Uint8Array, RegExp][] = [
		['no archive at all', Buffer.from('hello'), /cannot be read/],
		['an archive cut short', ipa().subarray(0, 700), /cannot be read/],
		['an archive without an app', zip([{ name: 'readme.txt', bytes: 'x' }]), /no app/],
		['two apps', zip(['A', 'B'].map((name) => ({ name: `Payload/${name}.app/Info.plist`, bytes: 'x' }))), /several apps/],
		['no Info.plist', zip([{ name: 'Payload/A.app/x', bytes: 'x' }]), /no Info\.plist/],
		['an Info.plist that is none', zip([{ name: 'Payload/A.app/Info.plist', bytes: '<plist>' }]), /bundle identifier/],
		['a name that climbs', ipa({}, [{ name: 'Payload/Probe.app/../../x', bytes: 'x' }]), /cannot be read|leads out/],
		['an absolute name', ipa({}, [{ name: '/etc/passwd', bytes: 'x' }]), /cannot be read|leads out/],
		['a backslash', ipa({}, [{ name: 'Payload\\x', bytes: 'x' }]), /cannot be read|leads out/],
		['a NUL', ipa({}, [{ name: 'Payload/Probe.app/a\0b', bytes: 'x' }]), /cannot be read|leads out/],
		['a link that climbs', ipa({}, [{ name: 'Payload/Probe.app/l', bytes: '../../../x', mode: 0o120777 }]), /leads out/],
		[
			'a link with a target of megabytes',
			ipa({}, [{ name: 'Payload/Probe.app/l', bytes: Buffer.alloc(2_000_000, 'a/'), mode: 0o120777 }]),
			/too long/,
		],
		[
			'two Info.plists',
			ipa({}, [{ name: 'Payload/Probe.app/Info.plist', bytes: appFiles({ bundleId: 'com.example.other' })['Info.plist'] ?? '' }]),
			/twice/,
		],
		['an absolute link', ipa({}, [{ name: 'Payload/Probe.app/l', bytes: '/etc', mode: 0o120777 }]), /leads out/],
		[
			'a property list that is larger than it says',
			zip([{ name: 'Payload/A.app/Info.plist', bytes: Buffer.alloc(100_000), claimedBytes: 10 }]),
			/cannot be read/,
		],
		['a property list of gigabytes', zip([{ name: 'Payload/A.app/Info.plist', bytes: 'x', claimedBytes: 4_000_000_000 }]), /too long/],
		['a hostile bundle identifier', ipa({ bundleId: '../../x' }), /bundle identifier/],
	];
	for (const [what, bytes, pattern] of unusable) {
		it(`is refused before anything is sent: ${what}`, async () => {
			await rejects(install(write('bad.ipa', bytes)), 'PACKAGE_UNUSABLE', pattern);
		});
	}

	const refused: [string, TestApp, RegExp][] = [
		['other devices', { profile: { ProvisionedDevices: ['00008120-0000000000000000'] } }, /0xe8008012/],
		['no profile', { profile: null }, /0xe8008015/],
		['an expired profile', { profile: { ExpirationDate: new Date('2020-01-01') } }, /0xe8008018.*|2020-01-01/],
		['a newer system', { info: { MinimumOSVersion: '99.0' } }, /DeviceOSVersionTooLow/],
		['the simulator', { info: { CFBundleSupportedPlatforms: ['iPhoneSimulator'] } }, /IncorrectArchitecture/],
		['another team', { bundleId: 'com.example.lab-probe', team: 'OTHERTEAM1' }, /MismatchedApplicationIdentifierEntitlement/],
		[
			'entitlements that its profile does not give',
			{ profile: { Entitlements: { 'application-identifier': 'FAKE000000.other' } } },
			/0xe8008016/,
		],
	];
	for (const [what, app, pattern] of refused) {
		it(`is refused with the device's own reason: ${what}`, async () => {
			await rejects(install(write('refused.ipa', ipa(app))), 'INSTALL_REFUSED', pattern);
		});
	}

	it('is refused for folders that lead out, or are no app', async () => {
		const bundle = folder('Links.app', {});
		symlinkSync('Base.lproj/Main.storyboardc', join(bundle, 'inside'));
		assert.equal((await install(bundle)).app.bundleId, FRESH);
		symlinkSync('../../../etc', join(bundle, 'outside'));
		await rejects(install(bundle), 'PACKAGE_UNUSABLE', /leads out/);
		await rejects(install(place.path), 'PACKAGE_UNUSABLE', /\.app/);
		await rejects(install(join(place.path, 'none.ipa')), 'PACKAGE_UNUSABLE', /no package/);
	});

	it('leaves nothing in the staging folder of the device', async () => {
		await rejects(
			install(write('refused.ipa', ipa({ bundleId: 'com.example.lab-probe', team: 'OTHERTEAM1' }))),
			'INSTALL_REFUSED',
			/Mismatched/,
		);
		await install(write('Fresh.ipa', ipa()));
		const { devices } = await listAttachedDevices([new MuxClient(parseMuxAddress(lab.address))], {});
		assert.ok(devices[0]);
		const afc = new AfcClient(await (await PairedDevice.open(devices[0])).openService(AFC_SERVICE));
		assert.deepEqual(await afc.list('/PublicStaging'), []);
		afc.close();
	});
});
