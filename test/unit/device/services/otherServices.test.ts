import assert from 'node:assert/strict';
import { DeviceError } from '../../../../src/device/errors.ts';
import { DiagnosticsRelayClient } from '../../../../src/device/services/diagnosticsRelay/client.ts';
import {
	encodeDiagnosticsFailure,
	encodeDiagnosticsRequest,
	encodeDiagnosticsSuccess,
	encodeGestaltAnswer,
	readDiagnosticsReply,
	readDiagnosticsRequest,
	readGestaltAnswer,
	type DiagnosticsRequest,
} from '../../../../src/device/services/diagnosticsRelay/messages.ts';
import { answerHeartbeat } from '../../../../src/device/services/heartbeat/client.ts';
import { encodeHeartbeat, readHeartbeat, type HeartbeatMessage } from '../../../../src/device/services/heartbeat/messages.ts';
import { vendContainer } from '../../../../src/device/services/houseArrest/client.ts';
import {
	encodeVendReply,
	encodeVendRequest,
	readVendReply,
	readVendRequest,
} from '../../../../src/device/services/houseArrest/messages.ts';
import { SpringboardClient } from '../../../../src/device/services/springboardServices/client.ts';
import {
	encodeIconAnswer,
	encodeIconRequest,
	readIconAnswer,
	readSpringboardRequest,
} from '../../../../src/device/services/springboardServices/messages.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer } from '../afc/afcPeer.ts';
import { channelPair, dict, PlistPeer } from './plistPeer.ts';

const nonsense = [1, 'x', [], {}, { Command: 1 }, { Request: 1 }, { command: 1 }, { Status: 1 }, { Command: 'New' }];

describe('diagnostics relay messages', () => {
	it('read what they write, on both sides', () => {
		const requests: DiagnosticsRequest[] = [
			{ request: 'restart', waitForDisconnect: true },
			{ request: 'shutdown', waitForDisconnect: false },
			{ request: 'sleep' },
			{ request: 'goodbye' },
			{ request: 'mobileGestalt', keys: ['a', 'b'] },
		];
		for (const request of requests) {
			assert.deepEqual(readDiagnosticsRequest(encodeDiagnosticsRequest(request)), request);
		}
		assert.deepEqual(readDiagnosticsReply(encodeDiagnosticsFailure('UnknownRequest')), { kind: 'failure', status: 'UnknownRequest' });
		assert.deepEqual(readDiagnosticsReply(encodeDiagnosticsSuccess()), { kind: 'success', diagnostics: undefined });
		for (const answer of ['deprecated', { PasswordConfigured: true }] as const) {
			const reply = readDiagnosticsReply(encodeGestaltAnswer(answer));
			assert.equal(reply?.kind, 'success');
			const expected = answer === 'deprecated' ? { isDeprecated: true, values: {} } : { isDeprecated: false, values: answer };
			assert.deepEqual(readGestaltAnswer(reply.diagnostics), expected);
		}
	});

	it('pass over everything else', () => {
		for (const value of nonsense) {
			assert.equal(readDiagnosticsRequest(value), undefined);
			assert.equal(readDiagnosticsReply(value), undefined);
		}
		assert.equal(readGestaltAnswer(undefined), undefined);
		assert.equal(readGestaltAnswer({ MobileGestalt: 1 }), undefined);
	});
});

describe('diagnostics relay client', () => {
	function open(): { client: DiagnosticsRelayClient; peer: PlistPeer } {
		const { channel, peer } = channelPair();
		return { client: new DiagnosticsRelayClient(channel), peer };
	}

	it('asks MobileGestalt, then says goodbye', async () => {
		const { client, peer } = open();
		const asking = client.mobileGestalt(['PasswordConfigured']);
		const leaving = client.goodbye();
		assert.deepEqual(await peer.next(), { Request: 'MobileGestalt', MobileGestaltKeys: ['PasswordConfigured'] });
		peer.send(
			dict({ Status: 'Success', Diagnostics: dict({ MobileGestalt: dict({ Status: 'Success', PasswordConfigured: '<true/>' }) }) }),
		);
		const { isDeprecated, values } = await asking;
		assert.deepEqual([isDeprecated, { ...values }], [false, { PasswordConfigured: true }]);
		assert.deepEqual(await peer.next(), { Request: 'Goodbye' });
		peer.send(dict({ Status: 'Success' }));
		await leaving;
		assert.equal(await peer.next(), undefined);
	});

	it('tells when MobileGestalt is gone', async () => {
		const { client, peer } = open();
		const asking = client.mobileGestalt(['PasswordConfigured']);
		await peer.next();
		peer.send(dict({ Status: 'Success', Diagnostics: dict({ MobileGestalt: dict({ Status: 'MobileGestaltDeprecated' }) }) }));
		assert.equal((await asking).isDeprecated, true);
	});

	it('restarts, waiting for the disconnection only when told to', async () => {
		const { client, peer } = open();
		const restarting = [client.restart(), client.restart({ waitForDisconnect: true })];
		assert.deepEqual(await peer.next(), { Request: 'Restart' });
		peer.send(dict({ Status: 'Success' }));
		assert.deepEqual(await peer.next(), { Request: 'Restart', WaitForDisconnect: true });
		peer.send(dict({ Status: 'Success' }));
		await Promise.all(restarting);
	});

	it('keeps the device’s own word when it refuses', async () => {
		const { client, peer } = open();
		const sleeping = client.sleep();
		await peer.next();
		peer.send(dict({ Status: 'UnknownRequest' }));
		await assert.rejects(sleeping, (error) => DeviceError.is(error, 'DEVICE_REFUSED') && error.details['deviceError'] === 'UnknownRequest');
	});

	it('ends the connection on an answer in another shape', async () => {
		const { client, peer } = open();
		const sleeping = client.sleep();
		await peer.next();
		peer.send('<string>Success</string>');
		await assert.rejects(sleeping, (error) => DeviceError.is(error, 'PROTOCOL_VIOLATION'));
		assert.equal(await peer.next(), undefined);
	});
});

describe('springboard', () => {
	it('reads what it writes, on both sides', () => {
		assert.deepEqual(readSpringboardRequest(encodeIconRequest('a')), { command: 'iconPng', bundleId: 'a' });
		assert.deepEqual(readSpringboardRequest({ command: 'getIconState' }), { command: 'unsupported' });
		assert.equal(readSpringboardRequest({ command: 1 }), undefined);
		assert.deepEqual(readIconAnswer(encodeIconAnswer(Uint8Array.of(1))), Uint8Array.of(1));
	});

	it('asks for icons one after the other, in binary', async () => {
		const { channel, peer } = channelPair();
		const client = new SpringboardClient(channel);
		const icons = ['a', 'b', 'c'].map((bundleId) => client.iconPng(bundleId));
		for (const [bundleId, answer] of [
			['a', dict({ pngData: '<data>iVBO</data>' })],
			['b', dict({ Error: 'NotFound' })],
			['c', dict({ pngData: '<data></data>' })],
		] as const) {
			assert.deepEqual(await peer.next(), { command: 'getIconPNGData', bundleId });
			peer.send(answer);
		}
		const pngs = (await Promise.all(icons)).map((icon) => icon && Buffer.from(icon).toString('hex'));
		assert.deepEqual(pngs, ['89504e', undefined, undefined]);
		assert.deepEqual(peer.formats, ['binary', 'binary', 'binary']);
	});
});

describe('house arrest', () => {
	it('reads what it writes, on both sides', () => {
		for (const target of ['container', 'documents'] as const) {
			assert.deepEqual(readVendRequest(encodeVendRequest({ target, bundleId: 'a' })), { target, bundleId: 'a' });
		}
		for (const reply of [{ kind: 'granted' }, { kind: 'refused', error: 'E' }] as const) {
			assert.deepEqual(readVendReply(encodeVendReply(reply)), reply);
		}
		for (const value of nonsense) {
			assert.equal(readVendRequest(value), undefined);
			assert.equal(readVendReply(value), undefined);
		}
	});

	it('speaks AFC on the same connection once the container is open', async () => {
		const { connection, peer: stream } = connectionPair();
		const peer = new PlistPeer(stream);
		const vending = vendContainer(connection, { target: 'documents', bundleId: 'com.example.a' });
		assert.deepEqual(await peer.next(), { Command: 'VendDocuments', Identifier: 'com.example.a' });
		peer.send(dict({ Status: 'Complete' }));
		const client = await vending;
		const device = new AfcPeer(stream);
		const listing = client.list('/Documents');
		const request = (await device.next())!;
		assert.deepEqual([request.operation, request.packetNumber, request.body.toString()], [3, 1, '/Documents\0']);
		device.data(request, '.\0..\0a\0');
		assert.deepEqual(await listing, ['a']);
		client.close();
	});

	it('keeps the device’s own word when it refuses, and closes', async () => {
		const { connection, peer: stream } = connectionPair();
		const peer = new PlistPeer(stream);
		const vending = vendContainer(connection, { target: 'container', bundleId: 'com.example.a' });
		assert.deepEqual(await peer.next(), { Command: 'VendContainer', Identifier: 'com.example.a' });
		peer.send(dict({ Error: 'InstallationLookupFailed' }));
		await assert.rejects(vending, (error) => {
			assert.ok(DeviceError.is(error, 'DEVICE_REFUSED'));
			assert.deepEqual(error.details, { deviceError: 'InstallationLookupFailed', bundleId: 'com.example.a', target: 'container' });
			return true;
		});
		assert.equal(await peer.next(), undefined);
	});
});

describe('heartbeat', () => {
	it('reads what it writes, on both sides', () => {
		const messages: HeartbeatMessage[] = [
			{ kind: 'marco', intervalSeconds: 10 },
			{ kind: 'marco', intervalSeconds: undefined },
			{ kind: 'polo' },
			{ kind: 'sleepyTime' },
		];
		for (const message of messages) {
			assert.deepEqual(readHeartbeat(encodeHeartbeat(message)), message);
		}
		for (const value of nonsense) {
			assert.equal(readHeartbeat(value), undefined);
		}
	});

	it('answers every Marco until it is told to stop', async () => {
		const { channel, peer } = channelPair();
		const abort = new AbortController();
		const beating = answerHeartbeat(channel, abort.signal);
		for (let beat = 0; beat < 3; beat++) {
			peer.send(dict({ Command: 'Marco', Interval: '<integer>10</integer>' }));
			assert.deepEqual(await peer.next(), { Command: 'Polo' });
		}
		peer.send(dict({ Command: 'SomethingNew' }));
		abort.abort();
		assert.equal(await beating, 'aborted');
		assert.equal(await peer.next(), undefined);
	});

	it('ends when the device falls asleep, or goes', async () => {
		const asleep = channelPair();
		asleep.peer.send(dict({ Command: 'SleepyTime' }));
		assert.equal(await answerHeartbeat(asleep.channel, new AbortController().signal), 'asleep');
		const gone = channelPair();
		gone.peer.end();
		await assert.rejects(answerHeartbeat(gone.channel, new AbortController().signal), (error) => DeviceError.is(error, 'CONNECTION_LOST'));
	});
});
