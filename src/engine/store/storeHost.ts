import { HostFileError } from '../../device/index.ts';
import type { LeaseProgram, SealOptions, SnapshotFacts, SnapshotRecord, StagingOptions } from '../../snapshots/index.ts';
import { WorkerHost } from '../host/workerHost.ts';
import { EngineError } from '../errors.ts';
import { workerPath } from '../workerPath.ts';
import { codeForStore, readableDetails } from './translated.ts';

/** What the worker opens. */
export interface StorePlace {
	readonly folder: string;
	readonly staging: StagingOptions;
	/** Whom others see at work; nobody in particular when absent. */
	readonly program?: LeaseProgram | undefined;
}

/** What only a store's worker answers. */
export type StoreQuestion =
	| { readonly ask: 'ready' }
	| { readonly ask: 'seal'; readonly facts: SnapshotFacts; readonly options: SealOptions }
	| { readonly ask: 'abandon'; readonly discard: boolean };

/** A backup in the snapshot store as DeviceLink's file interface: see StagingArea. */
export class StoreHost extends WorkerHost {
	constructor(place: StorePlace) {
		super(place.folder, workerPath('storeWorker.js', 'store/worker.ts'), place);
	}

	/** Resolves when the staging area is open. @throws EngineError `DEVICE_BUSY`, and the store's failures. */
	async ready(): Promise<void> {
		await this.#askStore({ ask: 'ready' });
	}

	/** Makes what came a snapshot. */
	async seal(facts: SnapshotFacts, options: SealOptions): Promise<SnapshotRecord> {
		await this.settle();
		return (await this.#askStore({ ask: 'seal', facts, options })) as SnapshotRecord;
	}

	/** Ends without a snapshot; what came stays for the next run, unless `discard`. */
	async abandon(discard: boolean): Promise<void> {
		await this.#askStore({ ask: 'abandon', discard });
	}

	async #askStore(question: StoreQuestion): Promise<unknown> {
		try {
			return await this.askOwn(question);
		} catch (error) {
			throw fromStoreWorker(error);
		}
	}
}

/** A failure of the store as the engine's own: its code travels in the details of what the worker sends. Others are as they were. */
export function fromStoreWorker(error: unknown): unknown {
	if (!HostFileError.is(error)) {
		return error;
	}
	switch (error.details['storeCode']) {
		case 'LEASE_HELD':
			return new EngineError('DEVICE_BUSY', 'Another process backs up or restores this device.', {
				cause: error,
				details: readableDetails(error.details),
			});
		case 'STORE_FULL':
			return new EngineError('HOST_FULL', 'The disk of the snapshot store is full.', { cause: error, details: error.details });
		case undefined:
			return error;
		default:
			return new EngineError(codeForStore(error.details['storeCode']), error.message, { cause: error, details: error.details });
	}
}
