import { errorText, type Logger } from '../../base/index.ts';
import { StoreError, type Lease, type LeaseRequest, type SnapshotStore } from '../../snapshots/index.ts';
import { translated } from './translated.ts';

/** What the system says of a folder that can only be read. */
const READ_ONLY: ReadonlySet<unknown> = new Set(['EROFS', 'EACCES', 'EPERM']);

/**
 * Does some reading under a lease: no process deletes the snapshot as long as it is held, nor content that was there when it began.
 * In a store that can only be read, or on a full disk, there is no lease, and the reading is done all the same.
 * @throws EngineError `STORE_BUSY` - the store is being repaired.
 */
export async function whileReading<T>(
	store: SnapshotStore,
	what: Pick<LeaseRequest, 'udid' | 'snapshot'>,
	log: Logger,
	read: () => Promise<T>,
): Promise<T> {
	const lease = await translated(() => hold(store, what, log));
	try {
		return await read();
	} finally {
		await lease?.release();
	}
}

async function hold(store: SnapshotStore, what: Pick<LeaseRequest, 'udid' | 'snapshot'>, log: Logger): Promise<Lease | undefined> {
	try {
		return await store.acquireLease({ kind: 'read', ...what });
	} catch (error) {
		const cannotWrite =
			StoreError.is(error, 'STORE_FULL') || (StoreError.is(error, 'STORE_UNUSABLE') && READ_ONLY.has(error.details['systemCode']));
		if (!cannotWrite) {
			throw error;
		}
		log.debug(`What is read is not held: ${errorText(error)}`);
		return undefined;
	}
}
