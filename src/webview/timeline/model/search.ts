import type { SnapshotInfo } from '../../../contract/index.ts';

/** What `is:` can ask for. */
const STATES = {
	pinned: (snapshot: SnapshotInfo) => snapshot.pinned,
	encrypted: (snapshot: SnapshotInfo) => snapshot.encrypted,
	damaged: (snapshot: SnapshotInfo) => snapshot.damagedAt !== undefined,
	verified: (snapshot: SnapshotInfo) => snapshot.damagedAt === undefined && snapshot.verifiedAt !== undefined,
	unverified: (snapshot: SnapshotInfo) => snapshot.damagedAt === undefined && snapshot.verifiedAt === undefined,
	named: (snapshot: SnapshotInfo) => snapshot.name !== undefined,
	head: (snapshot: SnapshotInfo) => snapshot.isHead,
} as const;

/** Fields that can be asked for by name: `ios:17` matches what begins so, the others what contains it. */
const FIELDS: Readonly<Record<string, (snapshot: SnapshotInfo, wanted: string) => boolean>> = {
	app: (snapshot, wanted) => contains(snapshot.app?.bundleId, wanted) || contains(snapshot.app?.name, wanted),
	ios: (snapshot, wanted) => (snapshot.iosVersion ?? '').startsWith(wanted),
	branch: (snapshot, wanted) => contains(snapshot.git?.branch, wanted),
	commit: (snapshot, wanted) => (snapshot.git?.commit ?? '').toLowerCase().startsWith(wanted),
	build: (snapshot, wanted) => contains(snapshot.git?.build, wanted),
	trigger: (snapshot, wanted) => contains(snapshot.trigger, wanted),
	note: (snapshot, wanted) => contains(snapshot.note, wanted),
	id: (snapshot, wanted) => snapshot.id.startsWith(wanted),
};

/** A search as people type it, ready to be asked of many snapshots. */
export interface Search {
	readonly isEmpty: boolean;
	/** Words that look like a question but are none, such as `is:purple`; shown so that an empty list does not puzzle. */
	readonly unknown: readonly string[];
	matches(snapshot: SnapshotInfo): boolean;
}

/** Names of everything that can be asked for, for the hint below the field. */
export const SEARCH_FIELDS: readonly string[] = [...Object.keys(FIELDS), 'is'];

/**
 * Reads `login branch:main is:pinned "two words"`: all of it must hold. A word without a field is looked for in name, note, commit, branch,
 * build, iOS version and trigger. A minus in front turns a word round.
 */
export function parseSearch(text: string): Search {
	const tests: ((snapshot: SnapshotInfo) => boolean)[] = [];
	const unknown: string[] = [];
	for (const match of text.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/giu)) {
		const [word, minus, field, quoted, plain] = match;
		const wanted = (quoted ?? plain ?? '').toLowerCase();
		if (field === undefined && SEARCH_FIELDS.includes(wanted.slice(0, -1)) && wanted.endsWith(':')) {
			// A question whose answer is still being typed.
			continue;
		}
		const test = field === undefined ? (snapshot: SnapshotInfo) => anywhere(snapshot, wanted) : fieldTest(field.toLowerCase(), wanted);
		if (test === undefined) {
			unknown.push(word);
		} else if (wanted !== '') {
			tests.push(minus === '-' ? (snapshot) => !test(snapshot) : test);
		}
	}
	return { isEmpty: tests.length === 0, unknown, matches: (snapshot) => tests.every((test) => test(snapshot)) };
}

function fieldTest(field: string, wanted: string): ((snapshot: SnapshotInfo) => boolean) | undefined {
	if (field === 'is') {
		// While `is:pi` is being typed it is no question yet.
		return Object.hasOwn(STATES, wanted) ? STATES[wanted as keyof typeof STATES] : undefined;
	}
	const test = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
	return test === undefined ? undefined : (snapshot) => test(snapshot, wanted);
}

function anywhere(snapshot: SnapshotInfo, wanted: string): boolean {
	const { git } = snapshot;
	const texts = [
		snapshot.name,
		snapshot.note,
		git?.branch,
		git?.build,
		git?.commit,
		snapshot.iosVersion,
		snapshot.trigger,
		snapshot.app?.bundleId,
	];
	return texts.some((text) => contains(text, wanted)) || snapshot.id.startsWith(wanted);
}

function contains(text: string | undefined, wanted: string): boolean {
	return text !== undefined && text.toLowerCase().includes(wanted);
}
