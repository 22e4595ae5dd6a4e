import { SelectionError } from './errors.ts';

/** What selectors mean by themselves, or may come to mean: no snapshot is named so. */
export const RESERVED_WORDS = ['latest', 'head', 'parent', 'baseline', 'now', 'all', 'none'] as const;

export const MAX_NAME_LENGTH = 64;

/**
 * Inside a character class with the `u` flag: letters, marks and digits of every script, and a few signs. Left out on purpose: `~` and `^`
 * (ancestors), `*` and `?` (patterns), `,` and `=` (policies), slashes and colons (an exported folder bears the name), quotes, `$` and the
 * like (shells), and all that cannot be seen.
 */
export const NAME_CHARACTERS = '\\p{L}\\p{M}\\p{Nd}._+@#()\\-';

const CHARACTER = new RegExp(`^[${NAME_CHARACTERS} ]$`, 'u');
const FIRST = /^[\p{L}\p{Nd}]/u;
const ID_LIKE = /^[0-9a-f]+$/i;

/** The part of a snapshot that its name is checked against. */
export interface NamedSnapshot {
	readonly id: string;
	readonly name?: string;
}

/**
 * Checks a name that somebody chose, and returns it as it is to be kept (NFC).
 *
 * 1 to 64 characters (UTF-16 units): letters, digits, `. _ - + @ # ( )` and single spaces inside. It begins with a letter or digit, does not end
 * in a dot, is no reserved word, and could not be taken for the beginning of an id (hexadecimal digits only, with a digit among them or eight
 * and more).
 *
 * @throws SelectionError `NAME_INVALID` - details.name, and details.why for programs.
 */
export function checkSnapshotName(text: string): string {
	const name = text.normalize('NFC');
	const refuse = (why: string, sentence: string): never => {
		const shown = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
		throw new SelectionError('NAME_INVALID', `"${shown}" cannot be a snapshot's name: ${sentence}`, { details: { name: shown, why } });
	};
	if (name === '') {
		refuse('empty', 'it is empty.');
	}
	if (name.length > MAX_NAME_LENGTH) {
		refuse('length', `it has more than ${MAX_NAME_LENGTH} characters.`);
	}
	const wrong = [...name].find((character) => !CHARACTER.test(character));
	if (wrong !== undefined) {
		refuse('character', `it contains ${describe(wrong)}. Letters, digits, spaces and . _ - + @ # ( ) are allowed.`);
	}
	if (!FIRST.test(name)) {
		refuse('start', 'it must begin with a letter or a digit.');
	}
	if (/ $|\.$| {2}/.test(name)) {
		refuse('end', 'it may not end in a dot or a space, nor have two spaces in a row.');
	}
	if ((RESERVED_WORDS as readonly string[]).includes(foldName(name))) {
		refuse('reserved', 'the word has a meaning of its own.');
	}
	if (looksLikeId(name)) {
		refuse('id', 'it could be taken for the beginning of a snapshot id. Add a letter beyond f, or a hyphen.');
	}
	return name;
}

/**
 * Checks a name for one of a device's snapshots: checkSnapshotName, and that no other snapshot of the device has it in any case.
 *
 * @param ownId - the snapshot that is being renamed; it may keep its name or change its case.
 * @throws SelectionError `NAME_INVALID`, `NAME_TAKEN` - details.name, and details.snapshot, the id of who has it.
 */
export function checkNewName(text: string, snapshots: readonly NamedSnapshot[], ownId?: string): string {
	const name = checkSnapshotName(text);
	const folded = foldName(name);
	const holder = snapshots.find((each) => each.id !== ownId && each.name !== undefined && foldName(each.name) === folded);
	if (holder !== undefined) {
		throw new SelectionError('NAME_TAKEN', `Another snapshot of this device has the name "${holder.name ?? name}".`, {
			details: { name: holder.name, snapshot: holder.id },
		});
	}
	return name;
}

/** The form in which names are compared: any case, any spelling of an accented letter. */
export function foldName(name: string): string {
	return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** "cafe" stays a name, since a name is looked for before the beginning of an id; "1709" and "deadbeef" would puzzle people. */
function looksLikeId(name: string): boolean {
	return ID_LIKE.test(name) && name.length >= 4 && (/\d/.test(name) || name.length >= 8);
}

function describe(character: string): string {
	const visible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
	const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
	return visible ? `"${character}"` : `the character ${code}`;
}
