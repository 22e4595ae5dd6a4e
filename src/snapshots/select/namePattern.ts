import { foldName, MAX_NAME_LENGTH, NAME_CHARACTERS } from './names.ts';

const PATTERN = new RegExp(`^(?:[${NAME_CHARACTERS} *?])+$`, 'u');

/** True for a snapshot name in which `*` may stand for any text and `?` for any one character. */
export function isNamePattern(text: string): boolean {
	return text.length <= MAX_NAME_LENGTH && text === text.trim() && PATTERN.test(text.normalize('NFC'));
}

/** The first of the patterns that matches the name, letters in any case; undefined when none does. */
export function matchingPattern(name: string, patterns: readonly string[]): string | undefined {
	const characters = [...foldName(name)];
	return patterns.find((pattern) => matches(characters, [...foldName(pattern)]));
}

/**
 * Whole match, in time of name × pattern at worst: on a mismatch it goes back to the last `*` only and lets that take one character more.
 * No regular expression is made of what others wrote.
 */
function matches(name: readonly string[], pattern: readonly string[]): boolean {
	let at = 0;
	let next = 0;
	let star = -1;
	let taken = 0;
	while (at < name.length) {
		if (pattern[next] === '*') {
			star = next++;
			taken = at;
		} else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === name[at])) {
			next++;
			at++;
		} else if (star >= 0) {
			next = star + 1;
			at = ++taken;
		} else {
			return false;
		}
	}
	return pattern.slice(next).every((character) => character === '*');
}
