import { CodedError } from '../base/index.ts';

/** Everything the snapshots room throws. Scripts and the editor read `code`: add codes, never rename them. */
export class StoreError extends CodedError<StoreErrorCode> {}

export type StoreErrorCode =
	| 'NOT_A_STORE' // the folder holds no store, and none was to be created
	| 'NEWER_FORMAT' // written by a newer version; details.what, details.version
	| 'STORE_FULL' // no space is left where the store lies
	| 'STORE_UNUSABLE' // the system refused: gone, read-only, not permitted; details.systemCode
	| 'STORE_DAMAGED' // a file of the store is not what it was written as; details.key
	| 'BLOB_MISSING' // no pack holds the blob; details.blobId
	| 'BLOB_DAMAGED' // a pack holds other bytes than the blob's name says; details.blobId, details.pack
	| 'SNAPSHOT_NOT_FOUND' // no snapshot has this id
	| 'SNAPSHOT_IN_USE' // a job of some process needs the snapshot now; details.lease
	| 'NAME_TAKEN' // another snapshot of the device has this name; details.snapshot
	| 'NAME_INVALID' // a name or note is empty, too long or holds control characters
	| 'LEASE_HELD' // somebody else holds a lease that conflicts; details.holder
	| 'LEASE_LOST' // the own lease was taken for dead, or could not be kept up
	| 'PATH_UNSAFE' // a path would lead out of its folder
	| 'FILE_NOT_FOUND' // the listing has no such file
	| 'STAGING_ENDED' // the staging area was sealed or abandoned already
	| 'PLAN_OUTDATED'; // what a prune plan was made from has changed: plan again

/** What the system said of a file operation, as a person may be told of it. Other errors, our own among them, are passed on. */
export function toStoreError(error: unknown, key: string): unknown {
	const systemCode = error instanceof Error && !(error instanceof CodedError) ? (error as NodeJS.ErrnoException).code : undefined;
	if (systemCode === undefined || !/^E[A-Z0-9]+$/.test(systemCode)) {
		return error;
	}
	const details = { key, systemCode };
	if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
		return new StoreError('STORE_FULL', 'No space is left where the store lies.', { cause: error, details });
	}
	return new StoreError('STORE_UNUSABLE', `${sentenceOf(systemCode)} (${(error as Error).message})`, { cause: error, details });
}

/** Whether the system let something be read here and will not let it be written. */
export function isReadOnly(error: unknown): boolean {
	return StoreError.is(error, 'STORE_UNUSABLE') && READ_ONLY_CODES.includes(String(error.details['systemCode']));
}

const READ_ONLY_CODES: readonly string[] = ['EROFS', 'EACCES', 'EPERM'];

function sentenceOf(systemCode: string): string {
	if (systemCode === 'EROFS') {
		return 'The store lies on a volume that can only be read: snapshots can be listed, compared, exported and verified, and nothing be changed.';
	}
	if (READ_ONLY_CODES.includes(systemCode)) {
		return 'The system does not let this user do that where the store lies.';
	}
	if (systemCode === 'EIO') {
		return 'The disk or share on which the store lies reports an error of its own.';
	}
	return AWAY_CODES.includes(systemCode)
		? 'The store cannot be reached: the disk or share on which it lies may have gone away.'
		: 'The system refuses to work with the store.';
}

const AWAY_CODES: readonly string[] = [
	'ENOENT',
	'ENOTDIR',
	'ESTALE',
	'ENODEV',
	'ENXIO',
	'ENOTCONN',
	'ECONNRESET',
	'EHOSTDOWN',
	'EHOSTUNREACH',
	'ETIMEDOUT',
];
