import * as vscode from 'vscode';
import type { ErrorReport } from '../../contract/index.ts';
import { formatBytes } from '../format.ts';
import { holderPhrase } from '../jobText.ts';
import { inline, quoted } from '../text.ts';

/** A failure as sentences are made from it. */
export interface FailureFacts {
	readonly report: ErrorReport;
	/** `“Lab-3”`, or `The device`: at the beginning of a sentence. */
	readonly subject: string;
	/** The same within a sentence. */
	readonly device: string;
	/** A folder that it is about, quoted; undefined when none is named. */
	readonly folder: string | undefined;
}

/** What happened, and what to do next. */
export interface Sentence {
	readonly message: string;
	readonly next?: string;
}

export type SentenceOf = (facts: FailureFacts) => Sentence;

/** Reads what a report says beside its code. */
export function facts(report: ErrorReport, device: string | undefined): FailureFacts {
	const { path, folder } = report.details;
	const place = typeof path === 'string' ? path : typeof folder === 'string' ? folder : undefined;
	return {
		report,
		subject: device === undefined ? vscode.l10n.t('The device') : quoted(device),
		device: device === undefined ? vscode.l10n.t('the device') : quoted(device),
		folder: place === undefined ? undefined : `“${inline(place, 200)}”`,
	};
}

/** A detail that is a text, on one line and cut to a length that can be read. */
export function textDetail({ report }: FailureFacts, name: string): string | undefined {
	const value = report.details[name];
	return typeof value === 'string' && value !== '' ? inline(value, 160) : undefined;
}

/** How much is needed and how much is free, as a sentence of its own with a space before it; nothing when the report does not say. */
export function spaceText({ report }: FailureFacts): string {
	const wanted = report.details['wantedBytes'] ?? report.details['neededBytes'];
	const free = report.details['freeBytes'];
	return typeof wanted === 'number' && typeof free === 'number'
		? ` ${vscode.l10n.t('{0} are needed, {1} are free.', formatBytes(wanted), formatBytes(free))}`
		: '';
}

/** Who has the device or the store, and what kind of program that is; undefined where the report does not say. */
export function holderOf(known: FailureFacts): string | undefined {
	const holder = textDetail(known, 'holder');
	return holder === undefined ? undefined : holderPhrase(holder, known.report.details['program']);
}

/** Who is at work there, in brackets with a space before them. */
export function holderText(known: FailureFacts): string {
	const holder = holderOf(known);
	return holder === undefined ? '' : ` (${holder})`;
}
