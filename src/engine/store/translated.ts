import { RetentionError, SelectionError, StoreError, type LeaseHolder, type StoreErrorCode } from '../../snapshots/index.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';

const CODES: Partial<Record<StoreErrorCode, EngineErrorCode>> = {
	NEWER_FORMAT: 'STORE_NEWER',
	STORE_FULL: 'HOST_FULL',
	STORE_DAMAGED: 'STORE_DAMAGED',
	BLOB_MISSING: 'STORE_DAMAGED',
	BLOB_DAMAGED: 'STORE_DAMAGED',
	SNAPSHOT_NOT_FOUND: 'SNAPSHOT_NOT_FOUND',
	SNAPSHOT_IN_USE: 'STORE_BUSY',
	LEASE_HELD: 'STORE_BUSY',
	PLAN_OUTDATED: 'STORE_BUSY',
	NAME_TAKEN: 'NAME_TAKEN',
	NAME_INVALID: 'NAME_UNUSABLE',
};

/** The engine's own code for a code of the store's. */
export function codeForStore(code: unknown): EngineErrorCode {
	return CODES[code as StoreErrorCode] ?? 'STORE_UNUSABLE';
}

/** A failure's details for those who read them: who holds a lease as words, and not as the store keeps it. */
export function readableDetails({ holder, ...details }: Readonly<Record<string, unknown>>): Record<string, unknown> {
	const { host, process, program } = (holder ?? {}) as Partial<LeaseHolder>;
	return typeof host === 'string'
		? { ...details, holder: `process ${process} on ${host}`, program }
		: { ...details, ...(holder === undefined ? {} : { holder }) };
}

/** Runs work on the store; what the snapshots room throws becomes the engine's own. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (StoreError.is(error)) {
			throw new EngineError(codeForStore(error.code), error.message, { cause: error, details: readableDetails(error.details) });
		}
		if (SelectionError.is(error)) {
			const code =
				error.code === 'SNAPSHOT_AMBIGUOUS' || error.code === 'NAME_TAKEN'
					? error.code
					: error.code === 'NAME_INVALID'
						? 'NAME_UNUSABLE'
						: 'SNAPSHOT_NOT_FOUND';
			throw new EngineError(code, error.message, { cause: error, details: { ...error.details } });
		}
		if (RetentionError.is(error)) {
			throw new EngineError('WRONG_USE', error.message, { cause: error, details: { ...error.details } });
		}
		throw error;
	}
}
