import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from '../../support/foreignProcess.ts';
import { appFiles, ipa, zip } from '../../support/packages.ts';
import { describeWith, pythonPath, requireProgram, requirePython } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const PROBE = 'com.example.lab-probe';

describeWith(requirePython('pymobiledevice3'), "pymobiledevice3 in an app's container", function () {
	this.timeout(120_000);
	const lab = useLab();
	const home = useTempFolder();
	const tryRun = async (...args: string[]) => {
		const command: [string, ...string[]] = [pythonPath(), '-m', 'pymobiledevice3', ...args, '--udid', lab.udid];
		return runProgram(command, { USBMUXD_SOCKET_ADDRESS: lab.address, HOME: home.path, PYMOBILEDEVICE3_UDID: '' });
	};
	const run = async (...args: string[]): Promise<string> => {
		const { code, output } = await tryRun(...args);
		assert.equal(code, 0, `${args.join(' ')}:\n${output.slice(-2000)}`);
		return output;
	};

	it('writes, reads and removes; what it wrote is the device’s own, as a backup carries it', async () => {
		const [sent, received] = [join(home.path, 'sent.bin'), join(home.path, 'received.bin')];
		writeFileSync(sent, Buffer.alloc(3_000_000, 'container'));
		const before = await lab.fingerprint();
		await run('apps', 'push', PROBE, sent, '/Documents/sent.bin');
		assert.notEqual(await lab.fingerprint(), before);
		await run('apps', 'pull', PROBE, '/Documents/sent.bin', received);
		assert.ok(readFileSync(received).equals(readFileSync(sent)));
		// The container survives a change of the device's own files.
		await lab.tell('touch', '--files', '20');
		await run('apps', 'pull', PROBE, '/Documents/sent.bin', received);
		assert.ok(readFileSync(received).equals(readFileSync(sent)));
		await run('apps', 'rm', PROBE, '/Documents/sent.bin');
		assert.match((await tryRun('apps', 'pull', PROBE, '/Documents/sent.bin', received)).output, /not.?found/i);
	});

	it('is refused the container of an app from the store', async () => {
		const { output } = await tryRun('apps', 'pull', 'com.example.atlas', '/Documents/x', join(home.path, 'x'));
		assert.match(output, /InstallationLookupFailed/);
	});

	it('installs an archive and a folder, and takes the app away again', async () => {
		const file = join(home.path, 'Fresh.ipa');
		writeFileSync(file, ipa());
		await run('apps', 'install', file);
		assert.match(await run('apps', 'query', 'com.example.fresh'), /"CFBundleDisplayName": "Fresh App"/);
		const bundle = join(home.path, 'Probe.app');
		for (const [path, bytes] of Object.entries(appFiles({ version: '2.0' }))) {
			mkdirSync(dirname(join(bundle, path)), { recursive: true });
			writeFileSync(join(bundle, path), bytes);
		}
		await run('apps', 'install', bundle);
		assert.match(await run('apps', 'query', 'com.example.fresh'), /"CFBundleShortVersionString": "2.0"/);
		await run('apps', 'uninstall', 'com.example.fresh');
		assert.doesNotMatch(await run('apps', 'list'), /com\.example\.fresh/);
	});

	it('sees which apps run', async () => {
		await lab.tell('launch', PROBE);
		assert.match(await run('processes', 'ps'), /LabProbe/);
		await lab.tell('quit', PROBE);
		assert.doesNotMatch(await run('processes', 'ps'), /LabProbe/);
	});
});

describeWith(requireProgram('ideviceinstaller'), 'ideviceinstaller with the virtual lab', function () {
	this.timeout(60_000);
	const lab = useLab();
	const home = useTempFolder();
	const run = async (...args: string[]) =>
		runProgram(['ideviceinstaller', '-u', lab.udid, ...args], {
			USBMUXD_SOCKET_ADDRESS: lab.address,
			HOME: home.path,
			XDG_CONFIG_HOME: home.path,
		});
	const write = (name: string, bytes: Uint8Array): string => {
		writeFileSync(join(home.path, name), bytes);
		return join(home.path, name);
	};

	it('lists, installs with progress, upgrades and removes', async () => {
		assert.match((await run('-l')).output, /com\.example\.lab-probe, "\d/);
		const installed = await run('-i', write('Fresh.ipa', ipa()));
		assert.match(installed.output, /VerifyingApplication \(40%\)[^]*Complete/);
		assert.match((await run('-l')).output, /com\.example\.fresh, "1", "Fresh App"/);
		assert.match((await run('-g', write('Fresh2.ipa', ipa({ build: '2' })))).output, /Complete/);
		assert.match((await run('-l')).output, /com\.example\.fresh, "2", "Fresh App"/);
		assert.match((await run('-U', 'com.example.fresh')).output, /Complete/);
		assert.doesNotMatch((await run('-l')).output, /com\.example\.fresh/);
	});

	const refusals: [string, Uint8Array, RegExp][] = [
		[
			'an app for other devices',
			ipa({ profile: { ProvisionedDevices: ['00008120-0000000000000000'] } }),
			/ApplicationVerificationFailed[^]*0xe8008012/,
		],
		['an app without a profile', ipa({ profile: null }), /ApplicationVerificationFailed[^]*0xe8008015/],
		['an app of another team', ipa({ bundleId: PROBE, team: 'OTHERTEAM1' }), /MismatchedApplicationIdentifierEntitlement/],
		['an app for a newer system', ipa({ info: { MinimumOSVersion: '99.0' } }), /DeviceOSVersionTooLow/],
		['an app for the simulator', ipa({ info: { CFBundleSupportedPlatforms: ['iPhoneSimulator'] } }), /IncorrectArchitecture/],
		['a path that leads out', ipa({}, [{ name: 'Payload/Probe.app/../../../x', bytes: 'x' }]), /PackageExtractionFailed/],
		['a link that leads out', ipa({}, [{ name: 'Payload/Probe.app/link', bytes: '../../../../etc', mode: 0o120777 }]), /InvalidSymlink/],
		[
			'a damaged member',
			Buffer.concat([ipa().subarray(0, 90), Buffer.alloc(8, 1), ipa().subarray(98)]),
			/Package(Extraction|Inspection)Failed|failed/i,
		],
		[
			'two apps',
			zip([...['A', 'B'].map((name) => ({ name: `Payload/${name}.app/Info.plist`, bytes: appFiles()['Info.plist'] as Uint8Array }))]),
			/PackageInspectionFailed|failed|Could not/i,
		],
	];
	for (const [what, bytes, pattern] of refusals) {
		it(`is refused ${what}`, async () => {
			const { output } = await run('-i', write('refused.ipa', bytes));
			assert.match(output, pattern);
		});
	}
});
