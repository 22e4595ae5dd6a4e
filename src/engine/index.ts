export { checkComputer, type DoctorOptions } from './doctor/doctor.ts';
export { Engine, systemClock, type EngineOptions, type RestoreOrder } from './engine.ts';
export { EngineError, reportError, type EngineErrorCode } from './errors.ts';
export type { RestorePreflight } from './jobs/preflight.ts';
export type { JobRun } from './jobs/progress.ts';
