import * as vscode from 'vscode';
import type { DeviceInfo, SnapshotInfo } from '../contract/index.ts';
import { inline, plainText, quoted } from './text.ts';

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * The editor's language does not change while it runs, and making a formatter takes a hundred times as long as using it: a tree of a lab with
 * forty devices took seconds to compare. Measured: 0.1 to 2 ms for one.
 */
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(kind: string, make: (language: string) => T): T {
	const { language } = vscode.env;
	const key = `${language} ${kind}`;
	const known = formatters.get(key) ?? make(language);
	formatters.set(key, known);
	// The kind says which one it is.
	return known as T;
}

interface Size {
	readonly value: string;
	readonly unit: string;
}

function sizeOf(bytes: number): Size {
	let value = bytes;
	let unit = 0;
	// 999.5 would be shown as 1000.
	while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
		value /= 1000;
		unit++;
	}
	const digits = unit === 0 || value >= 99.95 ? 0 : 1;
	const format = kept(
		`size ${digits}`,
		(language) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
	);
	return {
		value: format.format(value),
		unit: bytes === 1 ? vscode.l10n.t('byte') : unit === 0 ? vscode.l10n.t('bytes') : (UNITS[unit] ?? ''),
	};
}

/** A size as phones and Finder count it: `3.1 GB` is 3.1 × 1000³ bytes. */
export function formatBytes(bytes: number): string {
	const { value, unit } = sizeOf(bytes);
	return `${value} ${unit}`;
}

/** Two sizes of one kind: `3.1 of ~9.0 GB`, `812 MB of ~9.0 GB`. */
export function formatPart(bytes: number, ofBytes: number): string {
	const part = sizeOf(bytes);
	const whole = sizeOf(ofBytes);
	return part.unit === whole.unit
		? vscode.l10n.t('{0} of ~{1} {2}', part.value, whole.value, whole.unit)
		: vscode.l10n.t('{0} {1} of ~{2} {3}', part.value, part.unit, whole.value, whole.unit);
}

/** `1,204`, as the editor's language groups digits. */
export function formatNumber(value: number): string {
	return kept('number', (language) => new Intl.NumberFormat(language)).format(value);
}

const DATES = {
	time: { timeStyle: 'short' },
	thisYear: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
	otherYear: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
	exact: { dateStyle: 'long', timeStyle: 'short' },
	month: { month: 'long', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

function formatDate(date: Date, as: keyof typeof DATES): string {
	return kept(as, (language) => new Intl.DateTimeFormat(language, { ...DATES[as], ...hourOptions(language, as) })).format(date);
}

/** `9:05 AM` has no zero in front, `09:05` has: what the short form of a language says of its own. */
function hourOptions(language: string, as: keyof typeof DATES): Intl.DateTimeFormatOptions {
	const { hour12 } = new Intl.DateTimeFormat(language, { timeStyle: 'short' }).resolvedOptions();
	return 'hour' in DATES[as] && hour12 === true ? { hour: 'numeric' } : {};
}

/**
 * A point in time for a row: `Today, 06:02`, `Yesterday, 06:02`, `20 Nov, 06:02`, `20 Nov 2025, 06:02`. It changes at midnight only, so rows
 * need no clock of their own.
 * @param iso - ISO 8601; what is no time is shown as it is.
 */
export function formatWhen(iso: string, nowMs: number): string {
	const date = new Date(iso);
	if (Number.isNaN(date.getTime())) {
		return inline(iso);
	}
	const now = new Date(nowMs);
	const time = formatDate(date, 'time');
	const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
	if (days === 0) {
		return vscode.l10n.t('Today, {0}', time);
	}
	if (days === 1) {
		return vscode.l10n.t('Yesterday, {0}', time);
	}
	if (days === -1) {
		return vscode.l10n.t('Tomorrow, {0}', time);
	}
	return formatDate(date, now.getFullYear() === date.getFullYear() ? 'thisYear' : 'otherYear');
}

function startOfDay(date: Date): number {
	return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
	['year', 365 * 86_400_000],
	['month', 30 * 86_400_000],
	['week', 7 * 86_400_000],
	['day', 86_400_000],
	['hour', 3_600_000],
	['minute', 60_000],
];

/** How long ago: `3 hours ago`, `just now`. */
export function formatAge(iso: string, nowMs = Date.now()): string {
	const ms = new Date(iso).getTime();
	if (Number.isNaN(ms)) {
		return inline(iso);
	}
	const passed = Math.max(0, nowMs - ms);
	const largest = STEPS.find(([, size]) => passed >= size);
	if (largest === undefined) {
		return vscode.l10n.t('just now');
	}
	const [unit, step] = largest;
	return kept('age', (language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' })).format(-Math.floor(passed / step), unit);
}

/** Date and time in full, for tooltips. */
export function formatTime(iso: string): string {
	const date = new Date(iso);
	return Number.isNaN(date.getTime()) ? inline(iso) : formatDate(date, 'exact');
}

/** `November 2026`, from `2026-11`. */
export function formatMonth(month: string): string {
	const [year, number] = month.split('-').map(Number);
	return formatDate(new Date(year ?? 0, (number ?? 1) - 1), 'month');
}

/** A device as people call it: its name, or the end of its UDID. */
export function deviceTitle(device: Pick<DeviceInfo, 'name' | 'udid'>): string {
	const name = plainText(device.name ?? '');
	return name === '' ? vscode.l10n.t('Device {0}', udidEnd(device.udid)) : name;
}

/** What tells one device from another of the same name: `…A6F89F`. */
export function udidEnd(udid: string): string {
	return `…${plainText(udid.slice(-6))}`;
}

/** `iPhone 15 Pro`, as far as the device says. */
export function modelText(device: Pick<DeviceInfo, 'model' | 'productType'>): string | undefined {
	const model = device.model ?? device.productType;
	return model === undefined ? undefined : inline(model);
}

/** `iOS 17.5.1`. */
export function iosText(version: string | undefined): string | undefined {
	return version === undefined ? undefined : `iOS ${inline(version)}`;
}

/** `USB`, `Wi-Fi`, `USB + Wi-Fi`; what connections go over comes first. */
export function transportText(device: Pick<DeviceInfo, 'transport' | 'transports'>): string {
	const names = { usb: 'USB', network: 'Wi-Fi' };
	return [device.transport, ...device.transports.filter((other) => other !== device.transport)]
		.map((transport) => names[transport])
		.join(' + ');
}

/** `82 %`, `82 % charging`. */
export function batteryText(device: Pick<DeviceInfo, 'batteryPercent' | 'charging'>): string | undefined {
	if (device.batteryPercent === undefined) {
		return undefined;
	}
	return device.charging === true ? vscode.l10n.t('{0} % charging', device.batteryPercent) : vscode.l10n.t('{0} %', device.batteryPercent);
}

/** A snapshot as a row calls it: its name, or when it was taken. */
export function snapshotTitle(snapshot: Pick<SnapshotInfo, 'name' | 'takenAt'>, nowMs: number): string {
	const name = plainText(snapshot.name ?? '');
	return name === '' ? formatWhen(snapshot.takenAt, nowMs) : name;
}

/** A snapshot within a sentence: `“clean”`, or `the one of Today, 06:02`. */
export function snapshotPhrase(snapshot: Pick<SnapshotInfo, 'name' | 'takenAt'>, nowMs: number): string {
	return snapshot.name === undefined ? vscode.l10n.t('the snapshot of {0}', formatWhen(snapshot.takenAt, nowMs)) : quoted(snapshot.name);
}
