import { quoted, showable } from './escape.ts';
import { formatBytes } from './format.ts';

/** What a command was about when it failed: it decides what is true about the user's data. */
export type Operation =
	'look' | 'pair' | 'backup' | 'restore' | 'snapshot' | 'rollback' | 'app-rollback' | 'install' | 'store' | 'encryption' | 'cloud' | 'lab';

/** What is known about a failure beside its code. */
export interface FailureFacts {
	readonly operation: Operation;
	/** The device as the user calls it. */
	readonly device?: string;
	/** The name of the lab file that was given for this device. */
	readonly friendlyName?: string;
	/** The backup folder that was named. */
	readonly folder?: string;
	/** The work on the device had begun; before that nothing can have changed. */
	readonly begun?: boolean;
	/** The failure's own sentence. */
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** What a person reads about a failure: what happened, and what to do next. */
export interface Advice {
	readonly what: string;
	readonly next?: string;
	/** The failure's own message says nothing more. */
	readonly complete?: boolean;
}

/** The device at the beginning of a sentence. */
export function subject(facts: FailureFacts): string {
	return facts.device === undefined ? 'The device' : quoted(facts.device);
}

/** The device within a sentence. */
export function lower(facts: FailureFacts): string {
	return facts.device === undefined ? 'the device' : quoted(facts.device);
}

/** The device as it is typed in a command. */
export function argument(facts: FailureFacts): string {
	const { udid } = facts.details;
	return facts.device !== undefined ? shellWord(facts.device) : typeof udid === 'string' ? showable(udid) : 'DEVICE';
}

/** A word as a person types it in a shell. */
export function shellWord(word: string): string {
	return /^[\w./:@%+,-]+$/.test(word) ? word : `"${showable(word).replace(/["\\$`]/g, '\\$&')}"`;
}

/** The folder that it is about, quoted. */
export function folder(facts: FailureFacts): string {
	const path = facts.details['path'] ?? facts.details['folder'] ?? facts.folder;
	return typeof path === 'string' ? quoted(path) : 'the folder';
}

/** Where a muxer should be, and why it does not answer. */
export function at(facts: FailureFacts): string {
	const { address, reason } = facts.details;
	return typeof address === 'string' ? ` at ${showable(address)}${typeof reason === 'string' ? ` (${showable(reason)})` : ''}` : '';
}

/** What to do when the device that was meant may be one that does not say its name. */
export function nameless(facts: FailureFacts): string | undefined {
	const udids = texts(facts.details['nameless']).map(showable);
	return udids.length === 0
		? undefined
		: `${udids.join(', ')} ${udids.length === 1 ? 'does' : 'do'} not answer: use the UDID if you mean one of these, or unplug it and plug it in again.`;
}

/** The UDIDs that a word may mean. */
export function candidates(facts: FailureFacts): string {
	const names = texts(facts.details['candidates']);
	return names.length === 0 ? '' : `: ${names.map(showable).join(', ')}`;
}

/** How much is needed, and how much is free. */
export function space(facts: FailureFacts): string {
	const wanted = facts.details['wantedBytes'] ?? facts.details['neededBytes'];
	const free = facts.details['freeBytes'];
	return typeof wanted === 'number' && typeof free === 'number' ? `: ${formatBytes(wanted)} are needed, ${formatBytes(free)} are free` : '';
}

const PROGRAMS: Readonly<Record<string, string>> = {
	editor: 'an editor window',
	'command-line': 'another devicelab command',
	automatic: 'an automatic backup',
};

/** Who has the device. */
export function holder(facts: FailureFacts): string {
	const { holder: who, program } = facts.details;
	const kind = typeof program === 'string' ? PROGRAMS[program] : undefined;
	return typeof who === 'string' ? ` (${kind === undefined ? '' : `${kind}, `}${showable(who)})` : '';
}

/** The two versions that do not fit. */
export function versions(facts: FailureFacts): string {
	const { device: deviceVersion, backup: backupVersion } = facts.details;
	return typeof deviceVersion === 'string' && typeof backupVersion === 'string'
		? `: ${showable(deviceVersion)}, and the backup ${showable(backupVersion)}`
		: '';
}

/** Backups of other devices that the folder holds. */
export function others(facts: FailureFacts): string {
	const names = texts(facts.details['found']);
	return names.length === 0
		? ''
		: `It holds ${names.slice(0, 5).map(showable).join(', ')}${names.length > 5 ? ', …' : ''}: --source names the backup of another device. `;
}

function texts(value: unknown): string[] {
	return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
