import { GiB } from '../../base/index.ts';
import { VirtualError } from '../errors.ts';
import type { DeviceSettings } from '../settings.ts';

type SettingKey = keyof DeviceSettings;

interface SettingKind {
	readonly summary: string;
	/** Integers: the bounds. Texts: what they may look like. Booleans: neither. */
	readonly bounds?: readonly [low: number, high: number];
	readonly pattern?: RegExp;
}

const MAX_BYTES = 2 ** 50;

/** Every setting that can be changed, with what it takes. It does not compile when one is forgotten. */
const SETTINGS: Readonly<Record<SettingKey, SettingKind>> = {
	locked: { summary: 'the screen is locked: pairing and services answer PasswordProtected' },
	passcode: {
		summary: 'how the question for the passcode ends: none, immediate, delay:MS, never',
		pattern: /^(none|immediate|never|delay:\d{1,9})$/,
	},
	findMy: { summary: 'Find My is on: restores are refused' },
	freeBytes: { summary: 'free bytes on the device', bounds: [0, MAX_BYTES] },
	totalBytes: { summary: 'size of the device in bytes', bounds: [GiB, MAX_BYTES] },
	batteryPercent: { summary: 'charge of the battery, 0 to 100', bounds: [0, 100] },
	charging: { summary: 'the device is being charged' },
	wifi: { summary: 'the muxer lists the device over Wi-Fi, too' },
	trust: {
		summary: 'answer to the trust dialog: accept, deny, pending, pending:N (accepted after N questions)',
		pattern: /^(accept|deny|pending(:\d{1,6})?)$/,
	},
	supervised: { summary: 'the device is managed by an organisation' },
	setupDone: { summary: 'Setup Assistant is finished' },
	encryptionLocked: { summary: 'a profile keeps backup encryption on' },
	cloudBackup: { summary: 'iCloud backup is on' },
	dpic: { summary: 'rounds of the slow half of deriving backup keys (phones: 10000000)', bounds: [1, 100_000_000] },
	iterations: { summary: 'rounds of the quick half of deriving backup keys (phones: 10000)', bounds: [1, 10_000_000] },
	restorePending: { summary: 'a restore waits for a restart: another one is refused with 102' },
	strictManifest: { summary: 'answer 205 to an incomplete incremental base' },
	deviceLinkMajor: { summary: 'DeviceLink version that is offered', bounds: [0, 100_000] },
	tls: { summary: 'TLS versions: 1.2, 1.3, 1.2-1.3, off', pattern: /^(1\.2|1\.3|1\.2-1\.3|off)$/ },
	rebootMs: { summary: 'how long a restart takes, in milliseconds', bounds: [0, 3_600_000] },
	lockdownIdleMs: { summary: 'an unused lockdown connection is closed after so many milliseconds', bounds: [10, 86_400_000] },
};

/** What a new device is set to. */
export function defaultSettings(): DeviceSettings {
	return {
		locked: false,
		passcode: 'immediate',
		findMy: false,
		freeBytes: 64 * GiB,
		totalBytes: 128 * GiB,
		batteryPercent: 82,
		charging: true,
		wifi: false,
		trust: 'accept',
		supervised: false,
		setupDone: true,
		encryptionLocked: false,
		cloudBackup: false,
		dpic: 10_000,
		iterations: 1000,
		restorePending: false,
		strictManifest: false,
		deviceLinkMajor: 400,
		tls: '1.2',
		rebootMs: 1500,
		lockdownIdleMs: 60_000,
	};
}

/** Every setting with its meaning, for a list. */
export function describeSettings(): { key: string; summary: string }[] {
	return Object.entries(SETTINGS).map(([key, { summary }]) => ({ key, summary }));
}

/**
 * Reads `KEY` and `VALUE` of an order.
 * @throws VirtualError `UNKNOWN_SETTING`, `BAD_ARGUMENT`
 */
export function parseSetting(key: string, text: string): Partial<DeviceSettings> {
	const name = ALIASES.get(key) ?? key;
	if (!Object.hasOwn(SETTINGS, name)) {
		throw new VirtualError('UNKNOWN_SETTING', `There is no setting “${key}”.`, { details: { key, known: Object.keys(SETTINGS) } });
	}
	return { [name]: parseValue(key, SETTINGS[name as SettingKey], text) };
}

/** Shorter names that people try. */
const ALIASES: ReadonlyMap<string, string> = new Map([['battery', 'batteryPercent']]);

function parseValue(key: string, kind: SettingKind, text: string): string | number | boolean {
	const bad = (expected: string): VirtualError =>
		new VirtualError('BAD_ARGUMENT', `${key} takes ${expected}, not “${text}”.`, { details: { key, value: text } });
	if (kind.pattern !== undefined) {
		if (!kind.pattern.test(text)) {
			throw bad(`one of these: ${kind.summary.replace(/^[^:]*: ?/, '')}`);
		}
		return text;
	}
	if (kind.bounds !== undefined) {
		const number = parseSize(text);
		if (number === undefined || number < kind.bounds[0] || number > kind.bounds[1]) {
			throw bad(`a number from ${kind.bounds[0]} to ${kind.bounds[1]}`);
		}
		return number;
	}
	return parseBoolean(text) ?? fail(bad('true or false'));
}

/** `true`, `yes`, `on`, `1` and their opposites; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
	return /^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : undefined;
}

/** Whole numbers, also with K, M, G or T behind them. */
function parseSize(text: string): number | undefined {
	const match = /^(\d{1,16})([KMGT])?$/i.exec(text);
	if (match === null) {
		return undefined;
	}
	return Number(match[1]) * 1024 ** Math.max(0, ' KMGT'.indexOf(match[2]?.toUpperCase() ?? ' '));
}

function fail(error: Error): never {
	throw error;
}
