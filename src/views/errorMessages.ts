import * as vscode from 'vscode';
import type { ErrorCode, ErrorReport, JobKind } from '../contract/index.ts';
import { appSentences } from './errors/appSentences.ts';
import { backupErrorSentence } from './errors/backupErrors.ts';
import { deviceSentences } from './errors/deviceSentences.ts';
import { facts, type FailureFacts, type Sentence, type SentenceOf } from './errors/facts.ts';
import { storeSentences } from './errors/storeSentences.ts';
import { plainText } from './text.ts';

/** What a person reads about a failure. */
export interface FailureText {
	/** What happened, in a sentence. */
	readonly message: string;
	/** Whether their data is safe; absent where no data was in question. */
	readonly safe?: string;
	/** What to do next. */
	readonly next?: string;
	/** What the device itself said, for the log and for details. */
	readonly details?: string;
}

/** What is known of a failure beside its report. */
export interface FailureContext {
	/** The device's name, as people call it. */
	readonly device?: string;
	/** The work that failed. */
	readonly kind?: JobKind;
}

/** A sentence for every code: this does not compile when one is missing. */
const SENTENCES: Readonly<Record<ErrorCode, SentenceOf>> = {
	...deviceSentences,
	...storeSentences,
	...appSentences,
	BACKUP_ERROR: backupErrorSentence,
	CANCELLED: () => ({ message: vscode.l10n.t('Cancelled.') }),
	WRONG_USE: ({ report }) => ({ message: plainText(report.message, 400) }),
	ENGINE_STOPPED: ({ report }) =>
		report.details['gaveUp'] === true
			? {
					message: vscode.l10n.t('The engine of Device Lab ended several times and is not started again by itself.'),
					next: vscode.l10n.t('Restart it; the log says why it ended.'),
				}
			: {
					message: vscode.l10n.t('The engine of Device Lab ended unexpectedly.'),
					next: vscode.l10n.t('The engine is started again by itself. What it was doing has to be begun again.'),
				},
	INTERNAL: () => ({
		message: vscode.l10n.t('Something went wrong inside Device Lab.'),
		next: vscode.l10n.t('Try again. If it happens each time, report it with what the log says.'),
	}),
};

/** What happened, whether the user's data is safe, and what to do next. Everything that comes from outside is on one line and shows itself only. */
export function sentenceOf(report: ErrorReport, context: FailureContext = {}): FailureText {
	const known = facts(report, context.device);
	const { message, next }: Sentence = SENTENCES[report.code](known);
	const safe = safety(known, context.kind);
	const details = deviceWords(report.details);
	return {
		message,
		...(safe === undefined ? {} : { safe }),
		...(next === undefined ? {} : { next }),
		...(details === undefined ? {} : { details }),
	};
}

/** The same in one string, as a notification shows it. */
export function failureLine({ message, safe, next }: FailureText): string {
	return [message, safe, next].filter((part) => part !== undefined).join(' ');
}

/** Refused before anything was done, or never reached the device. */
const UNTOUCHED: ReadonlySet<ErrorCode> = new Set([
	'MUX_UNAVAILABLE',
	'MUX_REFUSED',
	'DEVICE_NOT_FOUND',
	'DEVICE_AMBIGUOUS',
	'CONNECTION_REFUSED',
	'NOT_PAIRED',
	'PAIR_RECORD_STALE',
	'PAIRING_PENDING',
	'PAIRING_DENIED',
	'PAIRING_PROHIBITED',
	'CERTIFICATE_MISMATCH',
	'SERVICE_UNAVAILABLE',
	'SYNC_BUSY',
	'PASSWORD_REQUIRED',
	'WRONG_PASSWORD',
	'FOLDER_UNUSABLE',
	'STORE_UNUSABLE',
	'STORE_NEWER',
	'STORE_BUSY',
	'SNAPSHOT_NOT_FOUND',
	'SNAPSHOT_AMBIGUOUS',
	'NAME_TAKEN',
	'NAME_UNUSABLE',
	'DEVICE_BUSY',
	'FIND_MY_ON',
	'IOS_TOO_OLD',
	'DEVICE_FULL',
	'BATTERY_LOW',
	'SUPERVISION_DIFFERS',
	'CABLE_NEEDED',
	'ENCRYPTION_ALREADY_ON',
	'ENCRYPTION_ALREADY_OFF',
	'ENCRYPTION_REQUIRED',
	'APP_NOT_FOUND',
	'APP_NOT_DEBUGGABLE',
	'APP_RUNNING',
	'PACKAGE_UNUSABLE',
	'WRONG_USE',
]);

/** Reasons of the device's backup program that end a restore before it changes anything there. */
const REFUSED_BY_DEVICE: ReadonlySet<unknown> = new Set(['device-locked', 'find-my-on', 'setup-unfinished', 'wrong-password', 'managed']);

function safety({ report }: FailureFacts, kind: JobKind | undefined): string | undefined {
	const untouched = UNTOUCHED.has(report.code) || (report.code === 'BACKUP_ERROR' && REFUSED_BY_DEVICE.has(report.details['reason']));
	switch (kind) {
		case 'snapshot':
			return untouched
				? vscode.l10n.t('Nothing was changed.')
				: vscode.l10n.t('The device is as it was, and so are all snapshots. The next backup takes over what had arrived.');
		case 'rollback':
			return untouched
				? vscode.l10n.t('Nothing was changed on the device.')
				: vscode.l10n.t('The snapshots are unchanged. The device may hold a part of this one: roll it back again before you rely on it.');
		case 'encryption':
			return untouched
				? vscode.l10n.t('Nothing was changed.')
				: vscode.l10n.t('Existing snapshots are unchanged. The device may have the old setting or the new one.');
		case 'app-rollback':
			return untouched
				? vscode.l10n.t('Nothing was changed on the device.')
				: vscode.l10n.t('The snapshots are unchanged. The app may hold a part of this one: roll it back again before you rely on it.');
		case 'state':
			return untouched
				? vscode.l10n.t('Nothing was changed on the device.')
				: vscode.l10n.t('The snapshots are unchanged. The device may hold a part of this one: bring it there again before you rely on it.');
		case 'app-snapshot':
			return vscode.l10n.t('The app is as it was, and so are all snapshots.');
		case 'install':
			return vscode.l10n.t('The data of the app is as it was.');
		case 'app-import':
		case 'import':
		case 'export':
		case 'retention':
		case 'prune':
		case 'repair':
		case 'verify':
			return report.code === 'STORE_DAMAGED' || report.code === 'CANCELLED' || untouched
				? undefined
				: vscode.l10n.t('The snapshots that are listed are untouched.');
		case 'pair':
		case 'uninstall':
		case 'cloud-backup':
		case undefined:
			return undefined;
	}
}

/** The device's own words and number: `Device locked (error 208)`. */
function deviceWords(details: Readonly<Record<string, unknown>>): string | undefined {
	const { deviceText, deviceError, errorCode } = details;
	const said = typeof deviceText === 'string' ? deviceText : typeof deviceError === 'string' ? deviceError : undefined;
	const text = said === undefined ? undefined : plainText(said, 300);
	if (typeof errorCode !== 'number') {
		return text;
	}
	return text === undefined ? vscode.l10n.t('error {0}', errorCode) : vscode.l10n.t('{0} (error {1})', text, errorCode);
}
