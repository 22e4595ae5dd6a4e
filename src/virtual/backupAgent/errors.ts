import { CodedError } from '../../base/index.ts';

/** Error numbers of Apple's backup agent (`MBErrorDomain`) that the virtual device answers with. Source: docs/protocol.md#error-codes. */
export const MB_ERROR = {
	generic: 1,
	io: 100,
	restoreSideFolder: 102,
	multipleUploadErrors: 104,
	insufficientSpace: 105,
	invalidBackup: 205,
	wrongPassword: 207,
	deviceLocked: 208,
	findMyEnabled: 211,
	setupNotFinished: 212,
} as const;

/** Why a request fails: what the final Response says. */
export class AgentFailure extends CodedError<'AGENT_FAILURE'> {
	/** `ErrorCode` of the Response. */
	readonly errorCode: number;

	/** @param text - `ErrorDescription`, without the domain and number, which are added here as devices do. */
	constructor(errorCode: number, text: string, cause?: unknown) {
		super('AGENT_FAILURE', `${text} (MBErrorDomain/${errorCode})`, { cause });
		this.errorCode = errorCode;
	}
}

/** The host said goodbye, or broke the protocol so that no answer can reach it: the session ends without a Response. */
export class SessionEnded extends CodedError<'SESSION_ENDED'> {
	constructor(message: string, cause?: unknown) {
		super('SESSION_ENDED', message, { cause });
	}
}
