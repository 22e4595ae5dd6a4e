import assert from 'node:assert/strict';
import { DeviceError } from '../../../../src/device/errors.ts';
import { InstallationProxyClient, type InstallationProgress } from '../../../../src/device/services/installationProxy/client.ts';
import {
	encodeApp,
	encodeBrowseBatch,
	encodeInstallationComplete,
	encodeInstallationError,
	encodeInstallationProgress,
	encodeInstallationRequest,
	encodeLookupResult,
	readApp,
	readInstallationReply,
	readInstallationRequest,
	type InstalledApp,
} from '../../../../src/device/services/installationProxy/messages.ts';
import { channelPair, dict, type PlistPeer } from './plistPeer.ts';

function open(): { client: InstallationProxyClient; peer: PlistPeer } {
	const { channel, peer } = channelPair();
	return { client: new InstallationProxyClient(channel), peer };
}

const app = (bundleId: string): string =>
	dict({ CFBundleIdentifier: bundleId, ApplicationSINF: '<data>AQI=</data>', UIFileSharingEnabled: '<true/>' });

const batch = (bundleIds: string[], index: number, total: number): string =>
	dict({
		CurrentList: `<array>${bundleIds.map(app).join('')}</array>`,
		CurrentAmount: `<integer>${bundleIds.length}</integer>`,
		CurrentIndex: `<integer>${index}</integer>`,
		Total: `<integer>${total}</integer>`,
		Status: 'BrowsingApplications',
	});

const complete = dict({ Status: 'Complete' });

describe('installed app', () => {
	const whole: InstalledApp = {
		bundleId: 'com.example.a',
		displayName: 'A',
		bundleName: 'a',
		shortVersion: '1.2',
		buildVersion: '3',
		applicationType: 'User',
		fileSharingEnabled: false,
		staticBytes: 10,
		dynamicBytes: 20,
		signerIdentity: 'Apple iPhone OS Application Signing',
		container: '/c',
		path: '/p',
		groupContainers: { 'group.a': '/g' },
		isDemoted: true,
		sinf: Uint8Array.of(1),
		iTunesMetadata: Uint8Array.of(2),
	};

	it('reads what it writes', () => {
		assert.deepEqual(readApp(encodeApp(whole)), whole);
		assert.deepEqual(readApp(encodeApp({ bundleId: 'b' })), { bundleId: 'b' });
	});

	it('leaves out fields of a wrong type and apps without a bundle id', () => {
		assert.deepEqual(readApp({ CFBundleIdentifier: 'a', CFBundleVersion: 3, ApplicationSINF: 'x', GroupContainers: { g: 1, h: '/h' } }), {
			bundleId: 'a',
			groupContainers: { h: '/h' },
		});
		for (const value of [{}, { CFBundleIdentifier: 1 }, { CFBundleIdentifier: '' }, 'a', []]) {
			assert.equal(readApp(value), undefined);
		}
	});

	it('takes the bundle id under which it is filed', () => {
		assert.deepEqual(readApp({ CFBundleVersion: '1' }, 'a'), { bundleId: 'a', buildVersion: '1' });
	});

	it('reads a flag however the app’s author wrote it', () => {
		const flags = [true, 1, 'YES', 'true', false, 0, 'NO'].map(
			(value) => readApp({ UIFileSharingEnabled: value }, 'a')?.fileSharingEnabled,
		);
		assert.deepEqual(flags, [true, true, true, true, false, false, false]);
	});
});

describe('installation proxy messages', () => {
	it('ask as idevicebackup2 was measured to ask', () => {
		const request = { command: 'browse', query: { applicationType: 'User', attributes: ['bundleId', 'sinf', 'iTunesMetadata'] } } as const;
		const wire = {
			Command: 'Browse',
			ClientOptions: { ApplicationType: 'User', ReturnAttributes: ['CFBundleIdentifier', 'ApplicationSINF', 'iTunesMetadata'] },
		};
		assert.deepEqual(encodeInstallationRequest(request), wire);
		assert.deepEqual(readInstallationRequest(wire), {
			command: 'browse',
			applicationType: 'User',
			attributes: ['CFBundleIdentifier', 'ApplicationSINF', 'iTunesMetadata'],
			bundleIds: undefined,
		});
	});

	it('read the other requests', () => {
		const lookup = encodeInstallationRequest({ command: 'lookup', query: { bundleIds: ['a'] } });
		assert.deepEqual(readInstallationRequest(lookup), {
			command: 'lookup',
			applicationType: undefined,
			attributes: undefined,
			bundleIds: ['a'],
		});
		const install = encodeInstallationRequest({ command: 'install', packagePath: 'PublicStaging/a.ipa', options: { bundleId: 'a' } });
		assert.deepEqual(install, { Command: 'Install', PackagePath: 'PublicStaging/a.ipa', ClientOptions: { CFBundleIdentifier: 'a' } });
		assert.deepEqual(readInstallationRequest(install), { command: 'install', packagePath: 'PublicStaging/a.ipa' });
		assert.deepEqual(readInstallationRequest(encodeInstallationRequest({ command: 'uninstall', bundleId: 'a' })), {
			command: 'uninstall',
			bundleId: 'a',
		});
		assert.deepEqual(readInstallationRequest({ Command: 'Browse' })?.command, 'browse');
		for (const value of [1, {}, { Command: 'Install' }, { Command: 'Uninstall', ApplicationIdentifier: 1 }, { Command: 'Archive' }]) {
			assert.equal(readInstallationRequest(value), undefined);
		}
	});

	it('read what a device writes', () => {
		assert.deepEqual(readInstallationReply(encodeBrowseBatch([encodeApp({ bundleId: 'a' })], 4, 9)), {
			kind: 'apps',
			apps: [{ bundleId: 'a' }],
			index: 4,
			total: 9,
		});
		assert.deepEqual(readInstallationReply(encodeLookupResult({ a: {} })), { kind: 'lookup', apps: [{ bundleId: 'a' }] });
		assert.deepEqual(readInstallationReply(encodeInstallationProgress('CreatingStagingDirectory', 5)), {
			kind: 'progress',
			status: 'CreatingStagingDirectory',
			percent: 5,
		});
		assert.deepEqual(readInstallationReply(encodeInstallationComplete()), { kind: 'complete' });
		assert.deepEqual(readInstallationReply(encodeInstallationError('E', 'text', 7)), {
			kind: 'error',
			error: 'E',
			description: 'text',
			detail: 7,
		});
		assert.equal(readInstallationReply({}), undefined);
		assert.equal(readInstallationReply([]), undefined);
	});
});

describe('installation proxy client', () => {
	it('yields apps in the batches in which they come', async () => {
		const { client, peer } = open();
		const batches: string[][] = [];
		const browsing = (async () => {
			for await (const apps of client.browse({ applicationType: 'User', attributes: ['bundleId', 'sinf'] })) {
				batches.push(apps.map(({ bundleId, sinf }) => `${bundleId} ${Buffer.from(sinf ?? []).toString('hex')}`));
			}
		})();
		assert.deepEqual(await peer.next(), {
			Command: 'Browse',
			ClientOptions: { ApplicationType: 'User', ReturnAttributes: ['CFBundleIdentifier', 'ApplicationSINF'] },
		});
		peer.send(batch(['a', 'b'], 0, 3));
		peer.send(batch(['c'], 2, 3));
		peer.send(complete);
		await browsing;
		assert.deepEqual(batches, [['a 0102', 'b 0102'], ['c 0102']]);
	});

	it('lets calls take turns', async () => {
		const { client, peer } = open();
		const first = client.lookup({ bundleIds: ['a'] });
		const second = client.uninstall('b');
		assert.deepEqual(await peer.next(), { Command: 'Lookup', ClientOptions: { BundleIDs: ['a'] } });
		peer.send(dict({ LookupResult: dict({ a: app('a') }), Status: 'Complete' }));
		assert.deepEqual(
			(await first).map(({ bundleId }) => bundleId),
			['a'],
		);
		assert.deepEqual(await peer.next(), { Command: 'Uninstall', ApplicationIdentifier: 'b' });
		peer.send(complete);
		await second;
	});

	it('tells progress until it is done', async () => {
		const { client, peer } = open();
		const seen: InstallationProgress[] = [];
		const installing = client.install(
			'PublicStaging/a.app',
			{ packageType: 'Developer' },
			{ onProgress: (progress) => seen.push(progress) },
		);
		assert.deepEqual(await peer.next(), {
			Command: 'Install',
			PackagePath: 'PublicStaging/a.app',
			ClientOptions: { PackageType: 'Developer' },
		});
		peer.send(dict({ Status: 'CreatingStagingDirectory', PercentComplete: '<integer>5</integer>' }));
		peer.send(dict({ Status: 'Verifying' }));
		peer.send(complete);
		await installing;
		assert.deepEqual(seen, [
			{ status: 'CreatingStagingDirectory', percent: 5 },
			{ status: 'Verifying', percent: undefined },
		]);
	});

	it('keeps the device’s own words when it refuses, and can be asked again', async () => {
		const { client, peer } = open();
		const installing = client.upgrade('PublicStaging/a.ipa');
		await peer.next();
		peer.send(
			dict({
				Error: 'ApplicationVerificationFailed',
				ErrorDescription: 'Failed to verify code signature',
				ErrorDetail: '<integer>-402620395</integer>',
			}),
		);
		await assert.rejects(installing, (error) => {
			assert.ok(DeviceError.is(error, 'DEVICE_REFUSED'));
			assert.deepEqual(error.details, {
				deviceError: 'ApplicationVerificationFailed',
				command: 'upgrade',
				deviceText: 'Failed to verify code signature',
				deviceDetail: -402620395,
			});
			return true;
		});
		const again = client.uninstall('a');
		await peer.next();
		peer.send(complete);
		await again;
	});

	it('ends the connection when its reader leaves before the device is done', async () => {
		const { client, peer } = open();
		const leaving = (async () => {
			for await (const apps of client.browse({})) {
				return apps.length;
			}
			return 0;
		})();
		await peer.next();
		peer.send(batch(['a'], 0, 2));
		assert.equal(await leaving, 1);
		assert.equal(await peer.next(), undefined);
		await assert.rejects(client.lookup({}), (error) => DeviceError.is(error, 'CONNECTION_LOST'));
	});

	it('ends the connection when it is cancelled or the device stays silent', async () => {
		const cancelled = open();
		const abort = new AbortController();
		const cancelling = cancelled.client.lookup({}, { signal: abort.signal });
		await cancelled.peer.next();
		abort.abort();
		await assert.rejects(cancelling, { name: 'AbortError' });
		assert.equal(await cancelled.peer.next(), undefined);

		const silent = open();
		await assert.rejects(silent.client.lookup({}, { timeoutMs: 5 }), (error) => DeviceError.is(error, 'TIMED_OUT'));
		await silent.peer.next();
		assert.equal(await silent.peer.next(), undefined);
	});

	it('sends nothing for a signal that has fired already, and stays usable', async () => {
		const { client, peer } = open();
		await assert.rejects(client.uninstall('a', { signal: AbortSignal.abort() }), { name: 'AbortError' });
		const working = client.uninstall('b');
		assert.deepEqual(await peer.next(), { Command: 'Uninstall', ApplicationIdentifier: 'b' });
		peer.send(complete);
		await working;
	});

	it('refuses an answer in another shape', async () => {
		const { client, peer } = open();
		const looking = client.lookup({});
		await peer.next();
		peer.send('<array/>');
		await assert.rejects(looking, (error) => DeviceError.is(error, 'PROTOCOL_VIOLATION'));
		assert.equal(await peer.next(), undefined);
	});
});
