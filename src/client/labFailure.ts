import { CodedError } from '../base/index.ts';
import type { ErrorCode, ErrorReport } from '../contract/index.ts';

/** What a request that failed in the engine rejects with. `ENGINE_STOPPED`: its process ended before it had answered. */
export class LabFailure extends CodedError<ErrorCode> {
	/** As it came over the border; its sentence for people is made by the views. */
	readonly report: ErrorReport;

	constructor(report: ErrorReport, cause?: unknown) {
		super(report.code, report.message, { details: { ...report.details }, cause });
		this.report = report;
	}
}
