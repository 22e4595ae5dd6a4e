import assert from 'node:assert/strict';
import { silentLogger } from '../../../../src/base/index.ts';
import { MobileBackup2Client } from '../../../../src/device/mobilebackup2/client.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { MemoryHost } from '../../../support/memoryHost.ts';
import { array, DevicePeer, dict, END, integer, pathRecord, real, string } from '../devicelink/wire.ts';

const HELLO = ['DLMessageProcessMessage', { MessageName: 'Hello', SupportedProtocolVersions: [2, 2.1] }];
const GOODBYE = ['DLMessageDisconnect', '___EmptyParameterString___'];

async function open(
	helloAnswer: Record<string, string> = { MessageName: string('Response'), ErrorCode: integer(0), ProtocolVersion: real(2.1) },
) {
	const { connection, peer } = connectionPair();
	const device = new DevicePeer(peer);
	const opening = MobileBackup2Client.open(connection);
	opening.catch(() => {
		// Each test looks at it when it is ready to.
	});
	device.send(string('DLMessageVersionExchange'), integer(400), integer(0));
	await device.next();
	device.send(string('DLMessageDeviceReady'));
	assert.deepEqual(await device.next(), HELLO);
	device.send(string('DLMessageProcessMessage'), dict(helloAnswer));
	const host = new MemoryHost();
	return { device, opening, host, run: { host, log: silentLogger } };
}

describe('MobileBackup2Client', () => {
	it('takes its leave from a device with which it has no version in common', async () => {
		const { device, opening } = await open({ MessageName: string('Response'), ErrorCode: integer(1) });
		await rejectsWith(opening, 'PROTOCOL_VIOLATION');
		assert.deepEqual(await device.next(), GOODBYE);
		assert.equal(await device.next(), undefined);
	});

	it('backs up into the folder of the device, and into no other', async () => {
		const { device, opening, host, run } = await open();
		const client = await opening;
		const done = client.backUp('U', false, run);
		assert.deepEqual(await device.next(), [
			'DLMessageProcessMessage',
			{ MessageName: 'Backup', TargetIdentifier: 'U', SourceIdentifier: 'U' },
		]);
		device.send(string('DLMessageCreateDirectory'), string('U/Snapshot'), dict(), real(0));
		assert.equal((await device.next())?.[1], 0);
		device.send(string('DLMessageProcessMessage'), dict({ MessageName: string('Response'), ErrorCode: integer(0) }));
		await done;
		await client.end();
		assert.deepEqual(await device.next(), GOODBYE);
		assert.deepEqual(host.log, ['folder U/Snapshot']);

		const hostile = await open();
		const backup = (await hostile.opening).backUp('U', true, hostile.run);
		hostile.device.send(string('DLContentsOfDirectory'), string('OTHER'));
		await rejectsWith(backup, 'UNSAFE_PATH');
	});

	it("restores from another device's folder", async () => {
		const { device, opening, host, run } = await open();
		const client = await opening;
		host.files.set('OTHER/Status.plist', Buffer.alloc(0));
		const options = {
			restoreSystemFiles: true,
			preserveSettings: false,
			removeItemsNotRestored: false,
			preserveCameraRoll: false,
			reboot: true,
			copyBackup: false,
			password: undefined,
		};
		const done = client.restore('U', 'OTHER', options, run);
		const [, request] = (await device.next()) as [string, Record<string, unknown>];
		assert.deepEqual([request['TargetIdentifier'], request['SourceIdentifier']], ['U', 'OTHER']);
		device.send(string('DLMessageDownloadFiles'), array(string('OTHER/Status.plist')), dict(), real(100), integer(0));
		await device.take(pathRecord('OTHER/Status.plist').length + 5 + END.length);
		assert.equal((await device.next())?.[1], 0);
		device.send(string('DLMessageProcessMessage'), dict({ ErrorCode: integer(211), ErrorDescription: string('Find My is on') }));
		assert.equal((await rejectsWith(done, 'BACKUP_ERROR')).details['reason'], 'find-my-on');
	});

	it('changes the password and iCloud backup', async () => {
		for (const change of ['password', 'cloud'] as const) {
			const { device, opening, run } = await open();
			const client = await opening;
			const done = change === 'password' ? client.changePassword('U', 'old', 'new', run) : client.setCloudBackup('U', true, run);
			const [, request] = (await device.next()) as [string, Record<string, unknown>];
			assert.equal(request['MessageName'], change === 'password' ? 'ChangePassword' : 'EnableCloudBackup');
			device.send(string('DLMessageProcessMessage'), dict({ ErrorCode: integer(207), ErrorDescription: string('Invalid password') }));
			const error = await rejectsWith(done, 'BACKUP_ERROR');
			assert.doesNotMatch(`${error.message}${JSON.stringify(error.details)}`, /"old"|"new"/);
		}
	});

	it('reports a link that is lost while the device is silent', async () => {
		const { device, opening, run } = await open();
		const done = (await opening).backUp('U', false, run);
		await device.next();
		device.stream.destroy();
		await rejectsWith(done, 'CONNECTION_LOST');
	});
});
