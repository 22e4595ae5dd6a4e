import * as l10n from '@vscode/l10n';
import type { JobInfo, SnapshotInfo, TimelineEvent } from '../../contract/index.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const DAY_MS = 86_400_000;
/** Units of an age with their length in seconds, the largest first. */
const AGES = [
	['year', 31_557_600],
	['month', 2_629_800],
	['week', 604_800],
	['day', 86_400],
	['hour', 3600],
	['minute', 60],
] as const;

/** Dates, sizes and words in the reader's language. */
export class Format {
	readonly #locale: string;
	readonly #time: Intl.DateTimeFormat;
	readonly #date: Intl.DateTimeFormat;
	readonly #full: Intl.DateTimeFormat;
	readonly #relative: Intl.RelativeTimeFormat;
	readonly #number: Intl.NumberFormat;
	readonly #sizes = new Map<string, Intl.NumberFormat>();

	constructor(locale: string) {
		this.#locale = supported(locale);
		this.#time = new Intl.DateTimeFormat(this.#locale, { timeStyle: 'short' });
		this.#date = new Intl.DateTimeFormat(this.#locale, { day: 'numeric', month: 'short', year: 'numeric' });
		this.#full = new Intl.DateTimeFormat(this.#locale, { dateStyle: 'full', timeStyle: 'short' });
		this.#number = new Intl.NumberFormat(this.#locale);
		this.#relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });
	}

	/** `1.8 GB`, in powers of ten as iOS and Finder count. */
	bytes(bytes: number): string {
		let unit = 0;
		let value = bytes;
		while (value >= 999.5 && unit < UNITS.length - 1) {
			value /= 1000;
			unit++;
		}
		return this.#sizeFormat(UNITS[unit] ?? 'byte', value < 10 && unit > 1 ? 1 : 0).format(value);
	}

	/** `+1.8 MB`, `−3 kB`. */
	change(bytes: number): string {
		return `${bytes < 0 ? '−' : '+'}${this.bytes(Math.abs(bytes))}`;
	}

	count(value: number): string {
		return this.#number.format(value);
	}

	/** Short, for a row: the time of today and yesterday, else the date with its time. */
	when(iso: string, nowMs: number): string {
		return Number.isNaN(Date.parse(iso)) ? iso : capitalised(this.whenInside(iso, nowMs), this.#locale);
	}

	/** The same inside of a sentence: `yesterday, 10:00 AM`. */
	whenInside(iso: string, nowMs: number): string {
		const date = new Date(iso);
		if (Number.isNaN(date.getTime())) {
			return iso;
		}
		const days = Math.round((startOfDay(nowMs) - startOfDay(date.getTime())) / DAY_MS);
		const day = days === 0 || days === 1 ? this.#relative.format(-days, 'day') : this.#date.format(date);
		return `${day}, ${this.#time.format(date)}`;
	}

	/** `3 days ago`, in the largest unit that fits; `just now`. */
	age(iso: string, nowMs: number): string {
		const seconds = (Date.parse(iso) - nowMs) / 1000;
		if (Number.isNaN(seconds)) {
			return '';
		}
		const largest = AGES.find(([, unitSeconds]) => Math.abs(seconds) >= unitSeconds);
		if (largest === undefined) {
			return l10n.t('just now');
		}
		const [unit, length] = largest;
		return this.#relative.format(Math.trunc(seconds / length), unit);
	}

	/** Weekday, date and time in full. */
	exactly(iso: string): string {
		const date = new Date(iso);
		return Number.isNaN(date.getTime()) ? iso : this.#full.format(date);
	}

	/** Of the first and the last of what is shown: days, or times where both are of one day. */
	edges(beginMs: number, endMs: number): readonly [begin: string, end: string] {
		const days = [this.day(beginMs), this.day(endMs)] as const;
		return days[0] === days[1] ? [this.#time.format(beginMs), this.#time.format(endMs)] : days;
	}

	day(ms: number): string {
		return this.#date.format(new Date(ms));
	}

	/** Making one takes longer than drawing a row. */
	#sizeFormat(unit: string, digits: number): Intl.NumberFormat {
		const key = `${unit} ${digits}`;
		const known = this.#sizes.get(key);
		if (known !== undefined) {
			return known;
		}
		// The short word for bytes has no plural in some languages: `12 byte`.
		const unitDisplay = unit === 'byte' ? 'long' : 'short';
		const made = new Intl.NumberFormat(this.#locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits: digits });
		this.#sizes.set(key, made);
		return made;
	}
}

/** How a snapshot is called: by its name, else by its time. */
export function titleOf(snapshot: SnapshotInfo, format: Format, nowMs: number): string {
	return snapshot.name ?? format.when(snapshot.takenAt, nowMs);
}

/** Why a snapshot was taken. */
export function triggerText(trigger: string): string {
	switch (trigger) {
		case 'manual':
			return l10n.t('manual');
		case 'before-deploy':
			return l10n.t('before deploy');
		case 'scheduled':
			return l10n.t('scheduled');
		case 'safety':
			return l10n.t('safety');
		case 'import':
			return l10n.t('imported');
		case 'on-failure':
			return l10n.t('on failure');
		case 'compare':
			return l10n.t('for a comparison');
		default:
			return trigger;
	}
}

/** What happened, in a sentence. */
export function eventText(event: TimelineEvent): string {
	const subject = event.subject ?? '';
	switch (event.kind) {
		case 'rolled-back':
			return l10n.t('Rolled back to {0}', subject);
		case 'ios-updated':
			return l10n.t('iOS changed: {0}', subject);
		case 'encryption-changed':
			return subject === 'on' ? l10n.t('Backup encryption turned on') : l10n.t('Backup encryption turned off');
		case 'build-installed':
			return l10n.t('Installed {0}', subject);
		case 'app-removed':
			return l10n.t('Removed {0}', subject);
		case 'test-failed':
			return l10n.t('Test run failed: {0}', subject);
	}
}

/** What a job does. */
export function jobText(job: JobInfo): string {
	switch (job.kind) {
		case 'snapshot':
			return job.snapshotName === undefined ? l10n.t('Taking a snapshot') : l10n.t('Taking snapshot {0}', job.snapshotName);
		case 'rollback':
			return l10n.t('Rolling back to {0}', job.snapshotName ?? job.snapshot ?? '');
		case 'export':
			return l10n.t('Exporting');
		case 'import':
			return l10n.t('Adopting backups');
		case 'verify':
			return l10n.t('Verifying');
		case 'pair':
			return l10n.t('Pairing');
		case 'encryption':
			return l10n.t('Changing backup encryption');
		case 'cloud-backup':
			return l10n.t('Changing iCloud Backup');
		case 'retention':
		case 'prune':
			return l10n.t('Cleaning up');
		case 'repair':
			return l10n.t('Repairing');
		case 'app-snapshot':
			return l10n.t('Taking a snapshot of {0}', job.bundleId ?? '');
		case 'app-rollback':
			return l10n.t('Rolling back {0}', job.bundleId ?? '');
		case 'app-import':
			return l10n.t('Importing app data');
		case 'install':
			return l10n.t('Installing an app');
		case 'uninstall':
			return l10n.t('Removing {0}', job.bundleId ?? '');
		case 'state':
			return l10n.t('Going to {0}', job.snapshotName ?? job.snapshot ?? '');
	}
}

/** What a job is at, or what it waits for. */
export function phaseText(job: JobInfo, format: Format): string {
	if (job.cancelling) {
		return l10n.t('cancelling');
	}
	switch (job.waitsFor) {
		case 'passcode':
			return l10n.t('waits for the passcode: enter it on the device now');
		case 'trust':
			return l10n.t('waits for trust: tap Trust on the device');
		case 'unlock':
			return l10n.t('waits for the device to be unlocked');
		case 'app-closed':
			return l10n.t('waits until the app is closed: swipe it away on the device');
		case undefined:
	}
	switch (job.phase) {
		case 'transferring':
			return job.expectedBytes === undefined
				? l10n.t('transferring, {0}', format.bytes(job.transferredBytes ?? 0))
				: l10n.t('transferring {0} of about {1}', format.bytes(job.transferredBytes ?? 0), format.bytes(job.expectedBytes));
		case 'waiting-for-passcode':
			return l10n.t('waits for the passcode: enter it on the device now');
		case 'preparing':
			return l10n.t('preparing');
		case 'finishing':
			return l10n.t('finishing');
		case 'verifying':
			return l10n.t('verifying');
		case 'restarting':
			return l10n.t('the device restarts');
		case 'connecting':
		case undefined:
			return l10n.t('connecting');
	}
}

function startOfDay(ms: number): number {
	return new Date(ms).setHours(0, 0, 0, 0);
}

function capitalised(text: string, locale: string): string {
	return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** The editor's language may be one that the page's runtime does not know. */
function supported(locale: string): string {
	try {
		return Intl.DateTimeFormat.supportedLocalesOf(locale)[0] ?? 'en';
	} catch {
		// Not even the form of a language tag: English is what untranslated texts are in.
		return 'en';
	}
}
