import type { Coverage, RowsDiff } from './contents.ts';
import type { ErrorReport } from './errors.ts';
import type { JobInfo } from './labJobs.ts';
import type { SnapshotDiff, SnapshotInfo } from './snapshots.ts';

/**
 * What the timeline page and its host say to each other. The truth stays in the engine: the page keeps only where its reader is.
 * The page says `ready`, the host answers with the whole state, and sends it again whenever the page becomes visible.
 */

/** Something that happened to a device between its snapshots and explains why its state changed. */
export interface TimelineEvent {
	readonly id: string;
	/** ISO 8601. */
	readonly at: string;
	readonly kind: 'build-installed' | 'app-removed' | 'rolled-back' | 'encryption-changed' | 'ios-updated' | 'test-failed';
	/** What it was about: a bundle id and version, a snapshot's name, an iOS version. */
	readonly subject?: string;
}

/** The device whose timeline is shown. */
export interface TimelineDevice {
	readonly udid: string;
	readonly name: string;
	readonly model?: string;
	readonly iosVersion?: string;
	/** Attached and paired, so that snapshots can be taken and rolled back to. */
	readonly ready: boolean;
	/** Why it is not ready, or what it is busy with, in a sentence. */
	readonly obstacle?: string;
}

/** Everything that the page shows. */
export interface TimelineState {
	/** Of the editor's display language, such as `de` or `pt-br`. */
	readonly locale: string;
	/** Translations of the page's texts, English → this language. */
	readonly texts: Readonly<Record<string, string>>;
	readonly device: TimelineDevice;
	/** All devices that have snapshots or are attached, for the switcher. */
	readonly devices: readonly { readonly udid: string; readonly name: string }[];
	/** Newest first. */
	readonly snapshots: readonly SnapshotInfo[];
	readonly jobs: readonly JobInfo[];
	readonly events: readonly TimelineEvent[];
}

/** A key or a command of the editor, carried out in the page. */
export const TIMELINE_KEYS = [
	'next',
	'previous',
	'pageDown',
	'pageUp',
	'first',
	'last',
	'parent',
	'child',
	'details',
	'mark',
	'compare',
	'snapshot',
	'rollBack',
	'rename',
	'pin',
	'delete',
	'now',
	'find',
] as const;
export type TimelineKey = (typeof TIMELINE_KEYS)[number];

/** What the page asks its host to do; the host checks and confirms. */
export const TIMELINE_ACTIONS = [
	'snapshot',
	'rollBack',
	'restoreOntoOther',
	'name',
	'note',
	'pin',
	'unpin',
	'delete',
	'export',
	'verify',
	'compare',
	'compareWithNow',
	'cancelJob',
	'copyCommand',
	'copyId',
	'showLog',
] as const;
export type TimelineAction = (typeof TIMELINE_ACTIONS)[number];

export type ToTimeline =
	| { readonly type: 'state'; readonly state: TimelineState }
	/** Some snapshots are new or changed, some are gone. */
	| { readonly type: 'snapshots'; readonly changed: readonly SnapshotInfo[]; readonly removed: readonly string[] }
	| { readonly type: 'jobs'; readonly jobs: readonly JobInfo[] }
	| { readonly type: 'device'; readonly device: TimelineDevice }
	/** All that is known to have happened. */
	| { readonly type: 'events'; readonly events: readonly TimelineEvent[] }
	/** The answer to a `diff`. */
	| { readonly type: 'diff'; readonly request: number; readonly diff?: SnapshotDiff; readonly error?: ErrorReport }
	/** The answer to a `rows`. */
	| { readonly type: 'rows'; readonly request: number; readonly rows?: RowsDiff; readonly error?: ErrorReport }
	/** The answer to a `coverage`: numbers only, nothing personal. */
	| { readonly type: 'coverage'; readonly request: number; readonly coverage?: Coverage; readonly error?: ErrorReport }
	| { readonly type: 'key'; readonly key: TimelineKey }
	/** Shows one snapshot, or the comparison of two. */
	| { readonly type: 'reveal'; readonly snapshot: string; readonly compareWith?: string };

export type FromTimeline =
	| { readonly type: 'ready' }
	/** Where the keyboard is: in the rows, in a field for text, or elsewhere in the page. */
	| { readonly type: 'focus'; readonly place: 'rows' | 'text' | 'other' }
	| { readonly type: 'switchDevice'; readonly udid: string }
	| {
			readonly type: 'run';
			readonly action: TimelineAction;
			readonly snapshots: readonly string[];
			readonly job?: string;
			readonly text?: string;
	  }
	| { readonly type: 'diff'; readonly request: number; readonly before: string; readonly after: string }
	/** The reader compares: the rows of databases that differ as well, which takes longer. */
	| { readonly type: 'rows'; readonly request: number; readonly before: string; readonly after: string }
	/** The reader opened what a snapshot holds. */
	| { readonly type: 'coverage'; readonly request: number; readonly snapshot: string }
	/** Opens the two versions of a file in the editor. */
	| { readonly type: 'openFile'; readonly before: string; readonly after: string; readonly domain: string; readonly path: string };

/** No message of the page is longer in any of its texts. */
const MAX_TEXT = 4096;
/** Nobody selects more. */
const MAX_SNAPSHOTS = 20_000;

/** Whether a message is one of the page's. The host acts on nothing else: the page shows what devices call themselves. */
export function isFromTimeline(value: unknown): value is FromTimeline {
	if (typeof value !== 'object' || value === null) {
		return false;
	}
	const message = value as Readonly<Record<string, unknown>>;
	switch (message['type']) {
		case 'ready':
			return true;
		case 'focus':
			return ['rows', 'text', 'other'].includes(message['place'] as string);
		case 'switchDevice':
			return isText(message['udid']);
		case 'run':
			return (
				(TIMELINE_ACTIONS as readonly unknown[]).includes(message['action']) &&
				isTextList(message['snapshots']) &&
				isOptionalText(message['job']) &&
				isOptionalText(message['text'])
			);
		case 'diff':
		case 'rows':
			return Number.isSafeInteger(message['request']) && isText(message['before']) && isText(message['after']);
		case 'coverage':
			return Number.isSafeInteger(message['request']) && isText(message['snapshot']);
		case 'openFile':
			return ['before', 'after', 'domain', 'path'].every((key) => isText(message[key]));
		default:
			return false;
	}
}

const TO_TYPES: ReadonlySet<unknown> = new Set([
	'state',
	'snapshots',
	'jobs',
	'device',
	'events',
	'diff',
	'rows',
	'coverage',
	'key',
	'reveal',
]);

/** Whether a message is one of the host's. What it carries was made by the host from checked data; other frames may post too. */
export function isToTimeline(value: unknown): value is ToTimeline {
	if (typeof value !== 'object' || value === null) {
		return false;
	}
	const message = value as Readonly<Record<string, unknown>>;
	switch (message['type']) {
		case 'state':
			return isRecord(message['state']) && Array.isArray(message['state']['snapshots']) && isRecord(message['state']['device']);
		case 'snapshots':
			return Array.isArray(message['changed']) && isTextList(message['removed']);
		case 'jobs':
			return Array.isArray(message['jobs']);
		case 'events':
			return Array.isArray(message['events']);
		case 'rows':
			return Number.isSafeInteger(message['request']) && (message['rows'] === undefined || isRecord(message['rows']));
		case 'coverage':
			return Number.isSafeInteger(message['request']) && (message['coverage'] === undefined || isRecord(message['coverage']));
		case 'key':
			return (TIMELINE_KEYS as readonly unknown[]).includes(message['key']);
		default:
			return TO_TYPES.has(message['type']);
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isOptionalText(value: unknown): boolean {
	return value === undefined || isText(value);
}

function isTextList(value: unknown): boolean {
	return Array.isArray(value) && value.length <= MAX_SNAPSHOTS && value.every(isText);
}
