export { ERROR_CODES, type ErrorCode, type ErrorReport } from './errors.ts';
export type {
	CloudBackupStatus,
	DeviceInfo,
	DeviceList,
	EncryptionStatus,
	Known,
	LabProblem,
	PairingState,
	Transport,
	TrustState,
} from './devices.ts';
export type {
	BackupResult,
	DoctorCheck,
	JobNotice,
	JobPhase,
	JobProgress,
	PreflightFinding,
	RestoreChoices,
	RestoreResult,
} from './jobs.ts';
export type { DiffFile, DiffGroup, GitFacts, RollbackPlan, RollbackResult, SnapshotDiff, SnapshotInfo, SnapshotList } from './snapshots.ts';
