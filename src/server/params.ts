import {
	readTimeWindow,
	type AutomaticRules,
	type AppRollbackParams,
	type ContentsRef,
	type ExtractOrder,
	type LabMethod,
	type LabParams,
	type RestoreChoices,
	type RollbackParams,
	type ServerOptions,
	type SnapshotRef,
	type StateParams,
} from '../contract/index.ts';
import { EngineError } from '../engine/index.ts';

/** Two years. */
const MAX_HOURS = 2 * 366 * 24;

/** What is wrong with a value, as the end of a sentence; undefined when it is as it should be. */
type Check = (value: unknown) => string | undefined;

/** A check for each field; a field that is not named here is refused. */
type Shape<T> = { readonly [Field in keyof Required<T>]: Check };

/** Longer than any path, note or password that anybody writes. */
const MAX_TEXT_LENGTH = 64 * 1024;
const MAX_LIST_LENGTH = 100_000;
const MAX_FILES_NAMED = 100_000;
/** More than anybody looks through. */
const MAX_FOUND = 10_000;
/** Snapshots whose storage is told at once. */
const MAX_POINTS = 1000;

const text: Check = (value) => (typeof value === 'string' && value.length <= MAX_TEXT_LENGTH ? undefined : 'a text');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const between =
	(least: number, most: number): Check =>
	(value) =>
		typeof value === 'number' && value >= least && value <= most ? undefined : `a number from ${least} to ${most}`;
const oneOf =
	(...words: readonly string[]): Check =>
	(value) =>
		words.includes(value as string) ? undefined : `one of ${words.join(', ')}`;
const optional =
	(check: Check): Check =>
	(value) =>
		value === undefined || value === null ? undefined : check(value);
const listOf =
	(check: Check): Check =>
	(value) =>
		Array.isArray(value) && value.length <= MAX_LIST_LENGTH && value.every((each) => check(each) === undefined) ? undefined : 'a list';
const texts: Check = (value) =>
	typeof value === 'object' && Object.values(value ?? {}).every((each) => text(each) === undefined) ? undefined : 'texts by their names';
const object =
	<T>(shape: Shape<T>): Check =>
	(value) =>
		problemIn(shape, value) === undefined ? undefined : 'an object of the right shape';

const choices: Shape<RestoreChoices> = {
	keepSettings: flag,
	systemFiles: flag,
	removeOthers: flag,
	keepCameraRoll: flag,
	reboot: flag,
	copyFirst: flag,
	reinstallApps: flag,
};
const ref: Shape<SnapshotRef> = { udid: text, snapshot: text };
const contents: Shape<ContentsRef> = { ...ref, password: optional(text) };
const contentsFile = { ...contents, domain: text, path: text };
const extract: Shape<ExtractOrder> = {
	what: oneOf('files', 'photos', 'contacts', 'messages', 'notes', 'voice-memos'),
	patterns: optional(listOf(text)),
	to: text,
	format: optional(oneOf('vcard-3.0', 'vcard-4.0', 'text', 'json')),
};
const automatic: Shape<AutomaticRules> = {
	mode: oneOf('onAttach', 'inWindow', 'both'),
	window: (value) =>
		typeof value === 'string' && readTimeWindow(value) !== undefined ? undefined : 'a window of the day, such as 22:00-06:00',
	everyHours: between(1, MAX_HOURS),
	minBatteryPercent: between(0, 100),
	onlyWhenCharging: flag,
	overWifi: flag,
};
const nothing = {};
const device = { udid: text };
const rollback: Shape<RollbackParams> = {
	...ref,
	source: optional(text),
	password: optional(text),
	choices: object(choices),
	safety: flag,
	workingFolder: optional(text),
};

const whenRunning = oneOf('refuse', 'wait', 'go-on');
const appRollback: Shape<AppRollbackParams> = { ...ref, bundleId: optional(text), source: optional(text), safety: flag, whenRunning };
const state: Shape<StateParams> = {
	...ref,
	bundleId: optional(text),
	scope: optional(oneOf('app', 'device', 'auto')),
	password: optional(text),
	safety: flag,
	whenRunning: optional(whenRunning),
	choices: object(choices),
};
const app = { ...device, bundleId: text };

const SHAPES: { readonly [M in LabMethod]: Shape<LabParams<M>> } = {
	'devices/list': nothing,
	'devices/pair': device,
	'devices/forget': device,
	'devices/history': device,
	'encryption/status': device,
	'encryption/change': { ...device, oldPassword: optional(text), newPassword: optional(text) },
	'cloudBackup/status': device,
	'cloudBackup/set': { ...device, enabled: flag },
	'snapshots/list': { udid: optional(text) },
	'snapshots/take': {
		...device,
		name: optional(text),
		note: optional(text),
		full: optional(flag),
		trigger: optional(text),
		workingFolder: optional(text),
	},
	'snapshots/find': ref,
	'state/check': ref,
	'workspace/facts': { workingFolder: optional(text) },
	'snapshots/rename': { ...ref, name: optional(text) },
	'snapshots/setNote': { ...ref, note: optional(text) },
	'snapshots/setPinned': { ...ref, pinned: flag },
	'snapshots/delete': { ...device, snapshots: listOf(text) },
	'snapshots/diff': {
		...device,
		before: text,
		after: text,
		maxFiles: optional(between(0, MAX_FILES_NAMED)),
		password: optional(text),
		beforePassword: optional(text),
	},
	'snapshots/export': { ...ref, folder: text },
	'snapshots/import': { folder: text, name: optional(text) },
	'snapshots/verify': { udid: optional(text), snapshot: optional(text), sample: optional(between(0, 1)) },
	'snapshots/checkPassword': { ...ref, password: text },
	'contents/list': { ...contents, domain: optional(text), folder: optional(text) },
	'contents/item': contentsFile,
	'contents/search': { ...contents, text, limit: optional(between(1, MAX_FOUND)) },
	'contents/readText': contentsFile,
	'contents/health': {
		...contents,
		target: optional(object({ iosVersion: optional(text), supervised: optional(oneOf('on', 'off', 'unknown')) })),
	},
	'contents/readBytes': contentsFile,
	'contents/coverage': { ...contents, compare: optional(flag) },
	'contents/storage': { ...contents, history: optional(between(0, MAX_POINTS)) },
	'contents/diffRows': { ...device, before: text, after: text, password: optional(text), beforePassword: optional(text) },
	'contents/extract': { ...contents, extract: object(extract) },
	'rollback/plan': rollback,
	'rollback/run': rollback,
	'apps/list': { ...device, sizes: optional(flag) },
	'apps/readPackage': { file: text },
	'apps/install': { ...device, file: text, workingFolder: optional(text) },
	'apps/uninstall': app,
	'apps/snapshot': {
		...app,
		name: optional(text),
		note: optional(text),
		onlyIfChanged: optional(flag),
		trigger: optional(text),
		workingFolder: optional(text),
	},
	'apps/rollbackPlan': appRollback,
	'apps/rollBack': appRollback,
	'apps/diff': { ...app, before: text, after: optional(text), maxFiles: optional(between(0, MAX_FILES_NAMED)) },
	'apps/export': { ...ref, to: text },
	'apps/import': { ...device, file: text, name: optional(text), note: optional(text) },
	'state/plan': state,
	'state/ensure': state,
	'retention/preview': { udid: optional(text), policy: text },
	'retention/apply': { udid: optional(text), policy: text, forget: listOf(object(ref)) },
	'store/prune': nothing,
	'store/repair': nothing,
	'store/leases': nothing,
	'backups/list': nothing,
	'automatic/set': { rules: optional(object(automatic)) },
	'computer/check': nothing,
	'jobs/list': nothing,
	'jobs/cancel': { id: text },
};

/** The methods that this server answers. */
export const METHODS = Object.keys(SHAPES) as readonly LabMethod[];

const options: Shape<ServerOptions> = {
	storeFolder: optional(text),
	muxers: optional(listOf(text)),
	extraMuxers: optional(listOf(text)),
	workingFolder: optional(text),
	texts: optional(texts),
};

/** @throws EngineError `WRONG_USE` - a field is missing, or is none of the method's. Values are not repeated: some are secrets. */
export function readParams<M extends LabMethod>(method: M, value: unknown): LabParams<M> {
	return checked(SHAPES[method], value, method);
}

/** What is missing is left to the environment. @throws EngineError `WRONG_USE`. */
export function readOptions(value: unknown): ServerOptions {
	return { storeFolder: '', muxers: [], ...checked<Partial<ServerOptions>>(options, value, 'initialize') };
}

function checked<T>(shape: Shape<T>, value: unknown, method: string): T {
	const problem = problemIn(shape, value ?? {});
	if (problem !== undefined) {
		throw new EngineError('WRONG_USE', `${method}: ${problem}.`);
	}
	return (value ?? {}) as T;
}

function problemIn<T>(shape: Shape<T>, value: unknown): string | undefined {
	if (typeof value !== 'object' || value === null) {
		return 'its parameters are no object';
	}
	const stranger = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
	if (stranger !== undefined) {
		return 'it has no such parameter';
	}
	for (const [field, check] of Object.entries<Check>(shape)) {
		const wanted = check((value as Record<string, unknown>)[field]);
		if (wanted !== undefined) {
			return `${field} must be ${wanted}`;
		}
	}
	return undefined;
}
