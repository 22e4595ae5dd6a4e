import assert from 'node:assert/strict';
import { AbortError, silentLogger } from '../../../../src/base/index.ts';
import { AfcClient } from '../../../../src/device/afc/client.ts';
import { SyncLock } from '../../../../src/device/mobilebackup2/syncLock.ts';
import { NotificationProxyClient } from '../../../../src/device/services/notificationProxy/client.ts';
import { PlistChannel } from '../../../../src/device/transport/plistChannel.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { AfcPeer, type WireRequest } from '../afc/afcPeer.ts';
import { PlistPeer } from '../services/plistPeer.ts';

const OPEN = 0x0d;
const CLOSE = 0x14;
const LOCK = 0x1b;
const WOULD_BLOCK = 19;
const EXCLUSIVE = 6;
const UNLOCK = 12;

/** A device that answers AFC by `lockStatus`, and keeps what it was asked and told, in order. */
function start(lockStatus: (attempt: number) => number) {
	const afcPair = connectionPair();
	const notificationPair = connectionPair();
	const afcPeer = new AfcPeer(afcPair.peer);
	const notificationPeer = new PlistPeer(notificationPair.peer);
	const told: string[] = [];
	const requests: WireRequest[] = [];
	let attempts = 0;
	const state = { isAfcClosed: false };
	void (async () => {
		for (let request = await afcPeer.next(); request !== undefined; request = await afcPeer.next()) {
			requests.push(request);
			if (request.operation === OPEN) {
				told.push(`open ${request.body.subarray(8).toString().replace('\0', '')} mode ${request.body.readUInt8(0)}`);
				afcPeer.handle(request, 5);
			} else if (request.operation === LOCK) {
				const kind = Number(request.body.readBigUInt64LE(8));
				told.push(kind === EXCLUSIVE ? 'lock' : kind === UNLOCK ? 'unlock' : `lock ${kind}`);
				afcPeer.status(request, kind === EXCLUSIVE ? lockStatus(++attempts) : 0);
			} else {
				told.push(request.operation === CLOSE ? 'close' : `operation ${request.operation}`);
				afcPeer.status(request, 0);
			}
		}
		state.isAfcClosed = true;
	})();
	void (async () => {
		for (let message = await notificationPeer.next(); message !== undefined; message = await notificationPeer.next()) {
			told.push(
				String((message as { Name: string }).Name)
					.split('.')
					.at(-1) ?? '',
			);
		}
	})();
	const clock = new FakeClock();
	const afc = new AfcClient(afcPair.connection);
	const notifications = new NotificationProxyClient(new PlistChannel(notificationPair.connection));
	const acquire = (signal?: AbortSignal) => SyncLock.acquire(afc, notifications, { clock, log: silentLogger, signal });
	return { told, clock, acquire, state, afcPair, attempts: () => attempts };
}

describe('Sync lock', () => {
	it('is announced, taken, given back, and that is said', async () => {
		const { told, acquire, state } = start(() => 0);
		const lock = await acquire();
		await eventually('the announcements', () => told.length === 5);
		// The two services have connections of their own, so only the order within each is certain.
		const split = (parts: string[]) => [parts.filter((part) => part.startsWith('sync')), parts.filter((part) => !part.startsWith('sync'))];
		assert.deepEqual(split(told), [
			['syncWillStart', 'syncLockRequest', 'syncDidStart'],
			['open /com.apple.itunes.lock_sync mode 2', 'lock'],
		]);
		await lock.release();
		await eventually('the release', () => state.isAfcClosed && told.includes('syncDidFinish'));
		assert.deepEqual(split(told.slice(5)), [['syncDidFinish'], ['unlock', 'close']]);
	});

	it('is tried fifty times, 200 ms apart, and then held by somebody else', async () => {
		const { clock, acquire, attempts } = start(() => WOULD_BLOCK);
		const acquiring = rejectsWith(acquire(), 'SYNC_BUSY');
		for (let attempt = 1; attempt < 50; attempt++) {
			await eventually('the wait', () => clock.pending === 1);
			assert.deepEqual([attempts(), clock.waits], [attempt, [200]]);
			clock.advance(200);
		}
		await acquiring;
		assert.deepEqual([attempts(), clock.pending], [50, 0]);
	});

	it('is taken when the other gives it back', async () => {
		const { clock, acquire, attempts } = start((attempt) => (attempt < 3 ? WOULD_BLOCK : 0));
		const acquiring = acquire();
		for (let wait = 0; wait < 2; wait++) {
			await eventually('the wait', () => clock.pending === 1);
			clock.advance(200);
		}
		await (await acquiring).release();
		assert.equal(attempts(), 3);
	});

	it('is not tried again after another refusal', async () => {
		const { acquire, attempts } = start(() => 10);
		assert.equal((await rejectsWith(acquire(), 'AFC_ERROR')).details['status'], 10);
		assert.equal(attempts(), 1);
	});

	it('stops waiting when it is told to', async () => {
		const { clock, acquire } = start(() => WOULD_BLOCK);
		const stop = new AbortController();
		const acquiring = acquire(stop.signal);
		await eventually('the wait', () => clock.pending === 1);
		stop.abort(new AbortError());
		clock.advance(200);
		await assert.rejects(acquiring, { name: 'AbortError' });
	});

	it('is given back without complaint when the device went away', async () => {
		const { acquire, afcPair } = start(() => 0);
		const lock = await acquire();
		afcPair.peer.destroy();
		await lock.release();
	});
});
