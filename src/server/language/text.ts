import * as l10n from '@vscode/l10n';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import type { LabFacts } from './lookup/facts.ts';

/** Names and notes from outside are cut here: what is shown is for reading. */
const MAX_SHOWN = 80;

/** Controls and marks that reorder text, which could make a line read as something else than it says. */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

/** Making a formatter takes a hundred times as long as using it, and a list may have hundreds of rows. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function dateText(date: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
	const key = `${locale} ${Object.keys(options).join()}`;
	const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, options);
	dateFormats.set(key, format);
	return format.format(date);
}

function numberText(value: number, locale: string, maximumFractionDigits: number): string {
	const key = `${locale} ${maximumFractionDigits}`;
	const format = numberFormats.get(key) ?? new Intl.NumberFormat(locale, { maximumFractionDigits });
	numberFormats.set(key, format);
	return format.format(value);
}

/** Takes the words of the editor's language; without them texts are as they are written here. */
export function useTexts(texts: Readonly<Record<string, string>> | undefined): void {
	if (texts !== undefined) {
		l10n.config({ contents: texts });
	}
}

/** Text from outside as one line that shows nothing but itself. */
export function plain(text: string): string {
	const characters = Array.from(
		text
			.slice(0, MAX_SHOWN * 4)
			.replace(UNSEEN, ' ')
			.trim(),
	);
	return characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join('').trimEnd()}…` : characters.join('');
}

/** A name within a sentence. */
export function quoted(name: string): string {
	return `“${plain(name)}”`;
}

/** Facts beside one another: `iPhone 15 Pro · iOS 17.5.1`. */
export function factsText(facts: readonly (string | undefined)[]): string {
	return facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
}

/** A size as phones count it. */
export function sizeText(bytes: number, locale: string): string {
	let value = bytes / 1000;
	let unit = 0;
	for (; value >= 999.5 && unit < UNITS.length - 1; unit++) {
		value /= 1000;
	}
	return `${numberText(value, locale, value < 99.95 ? 1 : 0)} ${UNITS[unit] ?? ''}`;
}

/** When something was, as a row says it; what is no time is shown as it is. */
export function whenText(iso: string, { nowMs, locale }: Pick<LabFacts, 'nowMs' | 'locale'>): string {
	const date = new Date(iso);
	if (Number.isNaN(date.getTime())) {
		return plain(iso);
	}
	const now = new Date(nowMs);
	if (date.toDateString() === now.toDateString()) {
		return l10n.t('Today, {0}', dateText(date, locale, { hour: '2-digit', minute: '2-digit' }));
	}
	const year = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
	return dateText(date, locale, { ...year, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** `iPhone 15 Pro`, as far as the device says. */
export function modelText({ model, productType }: Pick<DeviceInfo, 'model' | 'productType'>): string | undefined {
	const text = model ?? productType;
	return text === undefined ? undefined : plain(text);
}

/** `iOS 17.5.1`. */
export function iosText(version: string | undefined): string | undefined {
	return version === undefined ? undefined : `iOS ${plain(version)}`;
}

/** A snapshot within a sentence: `“clean”`, or `the snapshot of Today, 06:02`. */
export function snapshotPhrase({ name, takenAt }: Pick<SnapshotInfo, 'name' | 'takenAt'>, facts: LabFacts): string {
	return name === undefined ? l10n.t('the snapshot of {0}', whenText(takenAt, facts)) : quoted(name);
}
