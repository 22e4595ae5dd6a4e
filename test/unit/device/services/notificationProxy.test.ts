import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DeviceError } from '../../../../src/device/errors.ts';
import { NotificationProxyClient } from '../../../../src/device/services/notificationProxy/client.ts';
import {
	encodeNotificationEvent,
	encodeNotificationRequest,
	readNotificationEvent,
	readNotificationRequest,
	type NotificationProxyRequest,
} from '../../../../src/device/services/notificationProxy/messages.ts';
import { channelPair, dict } from './plistPeer.ts';

describe('notification proxy messages', () => {
	it('read what they write, on both sides', () => {
		const requests: NotificationProxyRequest[] = [
			{ command: 'observe', name: 'a' },
			{ command: 'post', name: 'b' },
			{ command: 'shutdown' },
		];
		for (const request of requests) {
			assert.deepEqual(readNotificationRequest(encodeNotificationRequest(request)), request);
		}
		for (const event of [{ kind: 'relay', name: 'a' }, { kind: 'proxyDeath' }] as const) {
			assert.deepEqual(readNotificationEvent(encodeNotificationEvent(event)), event);
		}
	});

	it('pass over everything else', () => {
		for (const value of [
			1,
			'x',
			[],
			{},
			{ Command: 'PostNotification' },
			{ Command: 1, Name: 'x' },
			{ Command: 'RelayNotification', Name: 2 },
			{ Command: 'New' },
		]) {
			assert.equal(readNotificationRequest(value), undefined);
			assert.equal(readNotificationEvent(value), undefined);
		}
	});
});

describe('notification proxy client', () => {
	it('observes, posts, relays and takes its leave', async () => {
		const { channel, peer } = channelPair();
		const client = new NotificationProxyClient(channel);
		const names: string[] = [];
		const ends: unknown[] = [];
		client.onDidReceive((name) => names.push(name));
		client.onDidEnd((cause) => ends.push(cause));
		await client.observe('com.example.a');
		assert.deepEqual(await peer.next(), { Command: 'ObserveNotification', Name: 'com.example.a' });
		await client.post('com.example.b');
		assert.deepEqual(await peer.next(), { Command: 'PostNotification', Name: 'com.example.b' });
		peer.send(dict({ Command: 'RelayNotification', Name: 'com.example.a' }));
		peer.send(dict({ Command: 'SomethingNew', Name: 'x' }));
		peer.send('<array/>');
		peer.send(dict({ Command: 'RelayNotification', Name: 'com.example.c' }));
		const leaving = client.shutdown();
		assert.deepEqual(await peer.next(), { Command: 'Shutdown' });
		peer.send(dict({ Command: 'ProxyDeath' }));
		await leaving;
		assert.deepEqual(names, ['com.example.a', 'com.example.c']);
		assert.deepEqual(ends, [undefined]);
		assert.equal(await peer.next(), undefined);
	});

	it('tells its listener when the link is lost', async () => {
		const { channel, peer } = channelPair();
		const client = new NotificationProxyClient(channel);
		const ended = new Promise<unknown>((resolve) => client.onDidEnd(resolve));
		await client.observe('a');
		peer.end();
		assert.ok(DeviceError.is(await ended, 'CONNECTION_LOST'));
		await client.shutdown();
	});

	it('ends the connection when the device sends no property list', async () => {
		const { channel, peer } = channelPair();
		const client = new NotificationProxyClient(channel);
		const ended = new Promise<unknown>((resolve) => client.onDidEnd(resolve));
		await client.observe('a');
		peer.raw(Buffer.from('00000003616263', 'hex'));
		assert.ok(DeviceError.is(await ended, 'PROTOCOL_VIOLATION'));
		await assert.rejects(client.post('b'), (error) => DeviceError.is(error));
	});

	it('takes its leave from a device that only closes', async () => {
		const { channel, peer } = channelPair();
		const client = new NotificationProxyClient(channel);
		const leaving = client.shutdown();
		await peer.next();
		peer.end();
		await leaving;
	});

	it('closes the connection when it is disposed', async () => {
		const { channel, peer } = channelPair();
		const client = new NotificationProxyClient(channel);
		await client.observe('a');
		peer.stream.resume();
		const ended = once(peer.stream, 'end');
		client.dispose();
		await ended;
	});
});
