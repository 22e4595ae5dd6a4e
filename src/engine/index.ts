export { checkComputer, type DoctorOptions } from './doctor/doctor.ts';
export { Engine, type EngineOptions, type RestoreOrder, type RollbackRequest, type SnapshotOrder } from './engine.ts';
export { EngineError, reportError, type EngineErrorCode } from './errors.ts';
export type { RestorePreflight } from './jobs/preflight.ts';
export type { JobRun } from './jobs/progress.ts';
export { systemClock } from './systemClock.ts';
export { SnapshotLibrary } from './store/library.ts';
