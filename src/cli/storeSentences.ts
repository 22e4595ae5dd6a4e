import { quoted, showable } from './escape.ts';
import { holder, type Advice, type FailureFacts } from './facts.ts';

/** Codes of the snapshot store and of what people call snapshots. */
export type StoreFailureCode =
	| 'STORE_UNUSABLE'
	| 'STORE_DAMAGED'
	| 'STORE_NEWER'
	| 'STORE_BUSY'
	| 'SNAPSHOT_NOT_FOUND'
	| 'SNAPSHOT_AMBIGUOUS'
	| 'NAME_TAKEN'
	| 'NAME_UNUSABLE';

const OUTDATED: Advice = {
	what: 'The snapshots have changed since they were shown, so nothing was deleted.',
	next: 'Look at them again: run the command once more.',
	complete: true,
};

/** Sentences for what the snapshot store refuses or finds. Where it is about a name, the store's own message says what is wrong with it. */
export const storeSentences: Record<StoreFailureCode, (facts: FailureFacts) => Advice> = {
	STORE_UNUSABLE: () => ({
		what: 'The folder of the snapshots cannot be used.',
		next: 'Check that its disk or share is there and can be written, or name another folder with --store.',
	}),
	STORE_DAMAGED: (facts) =>
		isUnreadable(facts)
			? {
					what: showable(facts.message),
					next: 'Try `devicelab repair`. What it cannot bring back `devicelab delete` removes from the list. All other snapshots can be used.',
					complete: true,
				}
			: {
					what: 'A part of the snapshots is damaged.',
					next: 'Run `devicelab verify` to see which snapshots it touches, then `devicelab repair`. All others can be used.',
				},
	STORE_NEWER: (facts) => ({
		what: isUnreadable(facts) ? showable(facts.message) : 'The snapshots were written by a newer version of this program.',
		next: `Update this program; until then ${isUnreadable(facts) ? 'all other snapshots can be used' : 'name another folder with --store'}.`,
		complete: isUnreadable(facts),
	}),
	STORE_BUSY: (facts) =>
		facts.details['reason'] === 'outdated'
			? OUTDATED
			: {
					what: `Another program is working on the snapshots${holder(facts)}.`,
					next: 'Wait for it to finish, and run the command again.',
				},
	SNAPSHOT_NOT_FOUND: (facts) => ({
		what: `${showable(facts.message)}${known(facts)}`,
		next: 'See `devicelab snapshots`. An id, the start of one, a name, latest, head, parent and baseline name a snapshot.',
		complete: true,
	}),
	SNAPSHOT_AMBIGUOUS: (facts) => ({
		what: `${showable(facts.message)}${known(facts)}`,
		next: 'Give more of the id, or a name: `devicelab snapshots` lists them.',
		complete: true,
	}),
	NAME_TAKEN: (facts) => ({
		what: showable(facts.message),
		next: 'Choose another name, or take it from the other snapshot first: `devicelab name DEVICE SNAPSHOT --remove`.',
		complete: true,
	}),
	NAME_UNUSABLE: (facts) => ({
		what: showable(facts.message),
		next: 'A name is up to 64 letters, digits, spaces and . _ - + @ # ( ), and begins with a letter or digit.',
		complete: true,
	}),
};

/** Whether one snapshot cannot be read, and not all. */
function isUnreadable({ details }: FailureFacts): boolean {
	return typeof details['unreadable'] === 'string';
}

/** The snapshots that may have been meant. */
function known(facts: FailureFacts): string {
	const { candidates } = facts.details;
	const words = (Array.isArray(candidates) ? (candidates as unknown[]) : []).flatMap(candidateText);
	// The store's own sentence may have named the likeliest already.
	return words.length === 0 || facts.message.includes('Did you mean')
		? ''
		: ` Perhaps ${words.slice(0, 5).join(', ')}${words.length > 5 ? ' …' : '.'}`;
}

function candidateText(candidate: unknown): string[] {
	const { id, name } = typeof candidate === 'object' && candidate !== null ? (candidate as Record<string, unknown>) : {};
	const short = typeof id === 'string' ? showable(id.slice(0, 8)) : undefined;
	const shown = typeof name === 'string' ? quoted(name) : undefined;
	return shown === undefined ? (short === undefined ? [] : [short]) : [short === undefined ? shown : `${shown} (${short})`];
}
