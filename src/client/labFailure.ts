import { CodedError } from '../base/index.ts';
import { isErrorReport, type ErrorCode, type ErrorReport } from '../contract/index.ts';

/** What a request that failed in the engine rejects with. `ENGINE_STOPPED`: its process ended before it had answered. */
export class LabFailure extends CodedError<ErrorCode> {
	/** As it came over the border; its sentence for people is made by the views. */
	readonly report: ErrorReport;

	constructor(report: ErrorReport, cause?: unknown) {
		super(report.code, report.message, { details: { ...report.details }, cause });
		this.report = report;
	}
}

/** An error with a `report`, of whichever bundle, as a LabFailure; any other error as it is. */
export function toLabFailure(error: unknown): Error {
	const report: unknown = error instanceof Error && 'report' in error ? error.report : undefined;
	if (!(error instanceof LabFailure) && isErrorReport(report)) {
		return new LabFailure(report, error);
	}
	return error instanceof Error ? error : new Error(String(error));
}
