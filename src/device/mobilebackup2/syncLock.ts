import { delay, type Clock, type Logger } from '../../base/index.ts';
import { type AfcClient, type AfcHandle } from '../afc/client.ts';
import { isAfcWouldBlock } from '../afc/errors.ts';
import { DeviceError } from '../errors.ts';
import type { NotificationProxyClient } from '../services/notificationProxy/client.ts';
import { NOTIFICATION } from '../services/notificationProxy/messages.ts';

/** The file whose lock says that a computer is syncing. */
const LOCK_PATH = '/com.apple.itunes.lock_sync';

/** libimobiledevice and pymobiledevice3 try as often and as fast. */
const TRIES = 50;
const BETWEEN_TRIES_MS = 200;

/**
 * The device's own lock against two computers, or two programs, that sync at once; held from `acquire` to `release`.
 * The device drops it by itself when the connection ends.
 */
export class SyncLock {
	readonly #afc: AfcClient;
	readonly #handle: AfcHandle;
	readonly #notifications: NotificationProxyClient;
	readonly #log: Logger;

	private constructor(afc: AfcClient, handle: AfcHandle, notifications: NotificationProxyClient, log: Logger) {
		this.#afc = afc;
		this.#handle = handle;
		this.#notifications = notifications;
		this.#log = log;
	}

	/**
	 * Announces the sync and takes the lock, waiting some ten seconds for another holder.
	 * @throws DeviceError `SYNC_BUSY` - another program keeps it.
	 */
	static async acquire(
		afc: AfcClient,
		notifications: NotificationProxyClient,
		context: { readonly clock: Clock; readonly log: Logger; readonly signal?: AbortSignal | undefined },
	): Promise<SyncLock> {
		await notifications.post(NOTIFICATION.SYNC_WILL_START);
		const handle = await afc.open(LOCK_PATH, 'readWrite', context);
		await notifications.post(NOTIFICATION.SYNC_LOCK_REQUEST);
		for (let attempt = 1; ; attempt++) {
			try {
				await afc.lock(handle, 'exclusive', context);
				await notifications.post(NOTIFICATION.SYNC_DID_START);
				return new SyncLock(afc, handle, notifications, context.log);
			} catch (error) {
				if (!isAfcWouldBlock(error)) {
					throw error;
				}
				if (attempt === TRIES) {
					throw new DeviceError('SYNC_BUSY', 'Another program is syncing with this device.', { cause: error });
				}
			}
			context.signal?.throwIfAborted();
			await delay(context.clock, BETWEEN_TRIES_MS);
		}
	}

	/** Gives the lock back and says so. Never throws: a device that went away has dropped it already. */
	async release(): Promise<void> {
		try {
			await this.#afc.lock(this.#handle, 'unlock');
			await this.#afc.closeFile(this.#handle);
			await this.#notifications.post(NOTIFICATION.SYNC_DID_FINISH);
		} catch (error) {
			this.#log.debug(`The sync lock went with the connection: ${String(error)}`);
		} finally {
			this.#afc.close();
		}
	}
}
