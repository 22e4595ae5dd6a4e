import { baselinesOf } from './baselines.ts';
import { closest } from './closest.ts';
import { SelectionError } from './errors.ts';
import { foldName, RESERVED_WORDS } from './names.ts';

/** What selection must know of a snapshot. */
export interface SelectableSnapshot {
	readonly id: string;
	/** The id of the snapshot it was made upon; that one may be gone. */
	readonly parent?: string;
	readonly takenAtMs: number;
	readonly name?: string;
	readonly pinned?: boolean;
}

/** One device's history, as selection sees it. */
export interface SelectionScope<T extends SelectableSnapshot> {
	/** The snapshots of one device, in any order. */
	readonly snapshots: readonly T[];
	/** The id of the snapshot that the device was last backed up to or rolled back to. */
	readonly head?: string;
	/** Patterns of the names of baselines; see baselinesOf for what goes without. */
	readonly baselines?: readonly string[];
}

/** What an error tells of a snapshot that might have been meant. */
export interface SnapshotCandidate {
	readonly id: string;
	readonly name?: string;
	readonly takenAtMs: number;
}

/** Shorter beginnings of ids are not looked for: a slip of the finger would name a snapshot, perhaps to roll back to. */
export const MIN_ID_PREFIX_LENGTH = 4;
/** So many are listed in an error, newest first; details.count has them all. */
export const MAX_CANDIDATES = 10;

const MAX_SELECTOR_LENGTH = 256;
const MAX_STEPS = 100_000;
const ANCESTOR = /^(.*?)(?:~(\d{0,6})|(\^+))$/su;

/**
 * Finds the snapshot that a person means.
 *
 * In this order: the words `latest`, `head`, `parent` (of head), `baseline`; a full id; a name, in any case; the beginning of an id that only one
 * has, of at least four characters. Each may be followed by `~N` (N parents up, `~` is one) or by `^`s (one each).
 *
 * @throws SelectionError `SNAPSHOT_NOT_FOUND` - with the nearest candidates; details.why is `empty`, `noHead`, `noParent`, `parentGone`,
 * `noBaseline`, `headGone` or `unknown`.
 * @throws SelectionError `SNAPSHOT_AMBIGUOUS` - several ids begin so, or there are several baselines.
 * @throws SelectionError `SELECTOR_INVALID` - empty, too long, or a nonsensical number of parents.
 */
export function resolveSnapshot<T extends SelectableSnapshot>(selector: string, scope: SelectionScope<T>): T {
	const text = selector.trim();
	if (text === '' || text.length > MAX_SELECTOR_LENGTH) {
		throw new SelectionError('SELECTOR_INVALID', text === '' ? 'No snapshot is named.' : 'That is too long to name a snapshot.', {
			details: { selector: text.slice(0, MAX_SELECTOR_LENGTH) },
		});
	}
	const { base, steps } = splitSteps(text);
	const finder = new Finder(text, scope);
	return finder.ancestor(finder.base(base), steps);
}

/** `x~2^` → x and 3. A name cannot contain the signs, so there is nothing else that they could mean. */
function splitSteps(text: string): { base: string; steps: number } {
	let base = text;
	let steps = 0;
	for (let found = ANCESTOR.exec(base); found !== null; found = ANCESTOR.exec(base)) {
		const [, before = '', digits, carets] = found;
		steps += carets?.length ?? (digits === '' ? 1 : Number(digits));
		base = before;
	}
	if (base === '' || steps > MAX_STEPS) {
		throw new SelectionError('SELECTOR_INVALID', `"${text}" names no snapshot. Write it like "head~2" or "clean^".`, {
			details: { selector: text },
		});
	}
	return { base, steps };
}

class Finder<T extends SelectableSnapshot> {
	readonly #selector: string;
	readonly #scope: SelectionScope<T>;
	readonly #byId: ReadonlyMap<string, T>;

	constructor(selector: string, scope: SelectionScope<T>) {
		this.#selector = selector;
		this.#scope = scope;
		this.#byId = new Map(scope.snapshots.map((each) => [each.id, each]));
	}

	base(text: string): T {
		if (this.#scope.snapshots.length === 0) {
			throw this.#notFound('empty', 'There are no snapshots of this device yet.');
		}
		const folded = foldName(text);
		switch (folded) {
			case 'latest':
				return this.#newestFirst(this.#scope.snapshots)[0] as T;
			case 'head':
				return this.#head();
			case 'parent':
				return this.#parent(this.#head());
			case 'baseline':
				return this.#baseline();
		}
		return (
			this.#byId.get(text) ??
			this.#scope.snapshots.find((each) => each.id.toLowerCase() === folded) ??
			this.#scope.snapshots.find((each) => each.name !== undefined && foldName(each.name) === folded) ??
			this.#byPrefix(text, folded)
		);
	}

	ancestor(start: T, steps: number): T {
		let at = start;
		for (let step = 0; step < steps; step++) {
			at = this.#parent(at);
		}
		return at;
	}

	#head(): T {
		const { head } = this.#scope;
		if (head === undefined) {
			throw this.#notFound('noHead', 'This device has no head: it was neither backed up nor rolled back here.');
		}
		const snapshot = this.#byId.get(head);
		if (snapshot === undefined) {
			throw this.#notFound('headGone', `The device's head, ${head}, is not among its snapshots.`);
		}
		return snapshot;
	}

	#parent(of: T): T {
		if (of.parent === undefined) {
			throw this.#notFound('noParent', `${labelOf(of)} has no parent: a history begins there.`);
		}
		const parent = this.#byId.get(of.parent);
		if (parent === undefined) {
			throw this.#notFound('parentGone', `The parent of ${labelOf(of)}, ${of.parent}, was deleted.`);
		}
		return parent;
	}

	#baseline(): T {
		const found = baselinesOf(this.#scope.snapshots, this.#scope.baselines);
		if (found.length > 1) {
			throw this.#ambiguous(`This device has ${found.length} baselines: say which by its name.`, found);
		}
		if (found[0] === undefined) {
			throw this.#notFound('noBaseline', 'This device has no baseline: give a snapshot a name first.');
		}
		return found[0];
	}

	#byPrefix(text: string, folded: string): T {
		const found = this.#scope.snapshots.filter((each) => each.id.toLowerCase().startsWith(folded));
		if (found.length === 1 && text.length >= MIN_ID_PREFIX_LENGTH) {
			return found[0] as T;
		}
		if (found.length > 1 && text.length >= MIN_ID_PREFIX_LENGTH) {
			throw this.#ambiguous(`The ids of ${found.length} snapshots begin with "${text}".`, found);
		}
		if (found.length > 0) {
			const sentence = `No snapshot is named "${text}". To name one by its id give at least ${MIN_ID_PREFIX_LENGTH} characters of it.`;
			throw this.#notFound('unknown', sentence, found);
		}
		throw this.#unknown(text, folded);
	}

	#unknown(text: string, folded: string): SelectionError {
		const names = new Map(this.#scope.snapshots.flatMap((each) => (each.name === undefined ? [] : [[foldName(each.name), each] as const])));
		const containing = [...names].filter(([name]) => name.includes(folded)).map(([, each]) => each);
		const guess = closest(folded, [...names.keys(), ...RESERVED_WORDS.slice(0, 4)]);
		const likely = guess === undefined ? undefined : names.get(guess);
		const candidates = [...new Set([...(likely === undefined ? [] : [likely]), ...this.#newestFirst(containing)])];
		const hint = guess === undefined ? '' : ` Did you mean "${likely?.name ?? guess}"?`;
		return this.#notFound('unknown', `This device has no snapshot "${text}".${hint}`, candidates);
	}

	#notFound(why: string, message: string, candidates: readonly T[] = []): SelectionError {
		return new SelectionError('SNAPSHOT_NOT_FOUND', message, {
			details: { selector: this.#selector, why, candidates: candidates.slice(0, MAX_CANDIDATES).map(candidateOf) },
		});
	}

	#ambiguous(message: string, found: readonly T[]): SelectionError {
		const candidates = this.#newestFirst(found).slice(0, MAX_CANDIDATES).map(candidateOf);
		return new SelectionError('SNAPSHOT_AMBIGUOUS', message, { details: { selector: this.#selector, candidates, count: found.length } });
	}

	#newestFirst(snapshots: readonly T[]): T[] {
		return [...snapshots].sort((a, b) => b.takenAtMs - a.takenAtMs || (a.id < b.id ? 1 : -1));
	}
}

function candidateOf({ id, name, takenAtMs }: SelectableSnapshot): SnapshotCandidate {
	return { id, ...(name === undefined ? {} : { name }), takenAtMs };
}

function labelOf({ id, name }: SelectableSnapshot): string {
	return name === undefined ? id : `"${name}"`;
}
