import assert from 'node:assert/strict';
import type { PlistDict } from '../../../../src/plist/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { useLab } from '../../../support/virtualLab.ts';
import { openService, readRecord, type RawPlistStream, type RawRecord } from '../rawClient.ts';

describe('services of a virtual device', () => {
	const lab = useLab({ devices: 2 });
	const open: RawPlistStream[] = [];
	let record: RawRecord;
	const service = async (name: string): Promise<RawPlistStream> => {
		const stream = await openService(lab.address, record, name);
		open.push(stream);
		return stream;
	};
	before(async () => {
		record = await readRecord(lab.address, lab.udid);
	});
	afterEach(() => open.splice(0).forEach((stream) => stream.close()));

	it('installation_proxy lists apps in batches, with licences only when they are asked for', async () => {
		const proxy = await service('com.apple.mobile.installation_proxy');
		proxy.send({
			Command: 'Browse',
			ClientOptions: { ApplicationType: 'User', ReturnAttributes: ['CFBundleIdentifier', 'ApplicationSINF', 'iTunesMetadata'] },
		});
		const apps: PlistDict[] = [];
		for (let message = await proxy.receive(); message['Status'] !== 'Complete'; message = await proxy.receive()) {
			assert.equal(message['Status'], 'BrowsingApplications');
			apps.push(...(message['CurrentList'] as PlistDict[]));
		}
		assert.deepEqual([...new Set(apps.map((app) => Object.keys(app).length))].sort(), [1, 3]);
		const lookup = await proxy.request({ Command: 'Lookup', ClientOptions: { BundleIDs: ['com.example.notebook', 'com.example.none'] } });
		const found = lookup['LookupResult'] as Record<string, PlistDict>;
		assert.deepEqual(
			[
				Object.keys(found),
				found['com.example.notebook']?.['UIFileSharingEnabled'],
				'ApplicationSINF' in (found['com.example.notebook'] ?? {}),
			],
			[['com.example.notebook'], true, false],
		);
		assert.equal((await proxy.request({ Command: 'Dance' }))['Error'], 'UnknownCommand');
	});

	it('installation_proxy removes an app and tells observers', async () => {
		const observer = await service('com.apple.mobile.notification_proxy');
		observer.send({ Command: 'ObserveNotification', Name: 'com.apple.mobile.application_uninstalled' });
		const proxy = await service('com.apple.mobile.installation_proxy');
		proxy.send({ Command: 'Uninstall', ApplicationIdentifier: 'com.example.shop' });
		while ((await proxy.receive())['Status'] !== 'Complete') {
			// Progress.
		}
		assert.equal((await observer.receive())['Name'], 'com.apple.mobile.application_uninstalled');
		proxy.send({ Command: 'Install', PackagePath: 'PublicStaging/none.ipa' });
		let answer = await proxy.receive();
		while (answer['Error'] === undefined) {
			assert.notEqual(answer['Status'], 'Complete');
			answer = await proxy.receive();
		}
		assert.equal(answer['Error'], 'PackageInspectionFailed');
	});

	it('springboardservices gives icons', async () => {
		const springboard = await service('com.apple.springboardservices');
		const { pngData } = (await springboard.request({ command: 'getIconPNGData', bundleId: 'com.example.chat' })) as { pngData: Uint8Array };
		assert.equal(Buffer.from(pngData.subarray(0, 8)).toString('latin1'), '\x89PNG\r\n\x1a\n');
		assert.deepEqual(await springboard.request({ command: 'getIconPNGData', bundleId: 'none' }), {});
	});

	it('diagnostics_relay answers by the version of the system', async () => {
		const ask = async (): Promise<unknown> => {
			const relay = await service('com.apple.mobile.diagnostics_relay');
			const answer = await relay.request({ Request: 'MobileGestalt', MobileGestaltKeys: ['PasswordConfigured'] });
			assert.deepEqual({ ...(await relay.request({ Request: 'Dance' })) }, { Status: 'UnknownRequest' });
			assert.deepEqual({ ...(await relay.request({ Request: 'Goodbye' })) }, { Status: 'Success' });
			await relay.over();
			return { ...((answer['Diagnostics'] as PlistDict)['MobileGestalt'] as PlistDict) };
		};
		assert.deepEqual(await ask(), { Status: 'MobileGestaltDeprecated' });
		await lab.tell('set', 'iosVersion=16.7');
		assert.deepEqual(await ask(), { PasswordConfigured: true, Status: 'Success' });
	});

	it('house_arrest refuses what devices refuse', async () => {
		const vend = async (command: string, bundleId: string): Promise<PlistDict> => {
			const stream = await service('com.apple.mobile.house_arrest');
			return { ...(await stream.request({ Command: command, Identifier: bundleId })) };
		};
		assert.deepEqual(await vend('VendDocuments', 'com.example.none'), { Error: 'ApplicationLookupFailed' });
		assert.deepEqual(await vend('VendDocuments', 'com.example.chat'), { Error: 'InstallationLookupFailed' });
		assert.deepEqual(await vend('VendContainer', 'com.example.notebook'), { Error: 'InstallationLookupFailed' });
		assert.deepEqual(await vend('VendDocuments', 'com.example.notebook'), { Status: 'Complete' });
		assert.deepEqual(await vend('VendContainer', 'com.example.lab-probe'), { Status: 'Complete' });
		assert.deepEqual(await vend('Dance', 'com.example.lab-probe'), { Error: 'InvalidCommand' });
	});

	it('heartbeat asks first', async () => {
		const heartbeat = await service('com.apple.mobile.heartbeat');
		assert.deepEqual({ ...(await heartbeat.receive()) }, { Command: 'Marco', Interval: 10 });
		heartbeat.send({ Command: 'Polo' });
	});

	it('mobilebackup2 opens with a DeviceLink version', async () => {
		const backup = await service('com.apple.mobilebackup2');
		const length = (await backup.read(4)).readUInt32BE();
		assert.equal((await backup.read(length)).subarray(0, 8).toString(), 'bplist00');
	});

	it('a restart asked for by a host detaches the device and attaches it again', async () => {
		const before = await lab.attachment();
		const relay = await service('com.apple.mobile.diagnostics_relay');
		assert.deepEqual({ ...(await relay.request({ Request: 'Restart' })) }, { Status: 'Success' });
		await lab.restarted(before);
		await eventually('the device is back', async () => (await lab.attachment()) !== undefined);
	});
});
