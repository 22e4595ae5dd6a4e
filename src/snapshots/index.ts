export { StoreError, type StoreErrorCode } from './errors.ts';
export { SnapshotStore, type StoreOptions } from './store.ts';
export { StagingArea, type FileOptions, type SealOptions, type StagedFile } from './staging/stagingArea.ts';
export type { StagingOptions } from './staging/beginStaging.ts';
export type { FolderItem } from './staging/overlay.ts';
export { Listing } from './listing/listing.ts';
export type { ContentRef, ListingEntry } from './listing/entry.ts';
export type { ListingChange } from './listing/diff.ts';
export { isSnapshotId, type Facts, type SnapshotFacts, type SnapshotId, type SnapshotRecord } from './records/record.ts';
export type { DeviceEvent } from './records/eventLog.ts';
export type { JsonValue } from './records/canonicalJson.ts';
export type { Snapshot, SnapshotList, UnreadableSnapshot } from './records/recordStore.ts';
export type { SnapshotVerdict } from './records/checks.ts';
export type { SnapshotLabels } from './records/labels.ts';
export type { Lease } from './leases/leaseBoard.ts';
export type { LeaseHolder, LeaseKind, LeaseProgram, LeaseRequest } from './leases/lease.ts';
export { StoreObserver, type StoreLook } from './observe.ts';
export type { ProcessFacts } from './leases/processes.ts';
export type { PruneOptions, PrunePlan, PruneResult, SnapshotRef } from './upkeep/prune.ts';
export type { VerifyOptions, VerifyReport } from './upkeep/verify.ts';
export { blobsIn, damagedIn, type BlobsOfRange, type RangeChecker, type RangeOfBlobs } from './packs/rangeCheck.ts';
export type { DamagedSnapshot } from './upkeep/damage.ts';
export type { UpkeepOptions, UpkeepProgress } from './upkeep/progress.ts';
export type { RepairReport } from './upkeep/repair.ts';
export { FolderStorage } from './storage/folderStorage.ts';
export type { AppendFile, SnapshotStorage, StorageKey, StoredFile, WorkingStorage } from './storage/storage.ts';
export { closest } from './select/closest.ts';
export { checkNewName, checkSnapshotName } from './select/names.ts';
export { MIN_ID_PREFIX_LENGTH, resolveSnapshot, type SelectableSnapshot, type SnapshotCandidate } from './select/resolveSnapshot.ts';
export { SelectionError, type SelectionErrorCode } from './select/errors.ts';
export {
	applyRetention,
	type ForgetReason,
	type KeepReason,
	type RetentionDecision,
	type RetentionSubject,
} from './retention/applyRetention.ts';
export { parseRetentionPolicy } from './retention/policyText.ts';
export { RetentionError, type RetentionErrorCode } from './retention/errors.ts';
export type { RetentionPolicy } from './retention/policy.ts';
