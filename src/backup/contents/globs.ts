import { BackupError } from '../errors.ts';

/** Tells whether a place in a backup, `Domain/relative/path`, is meant. */
export type GlobMatcher = (place: string) => boolean;

/**
 * A pattern as shells know them: `*` and `?` within one component, `**` over any number of them, `[a-z]` and `[!a-z]`, `{one,two}`, and `\`
 * before a character that means itself. Case counts, and a leading dot is like any other character: a backup has no hidden files.
 *
 * A pattern that ends in a slash, and one that is a whole folder's place, stand for everything below.
 * @throws BackupError `BAD_PATTERN` - a bracket or brace is left open, or the pattern is too long.
 */
export function globMatcher(pattern: string): GlobMatcher {
	if (pattern.length > MAX_PATTERN) {
		throw badPattern(pattern, 'it is too long');
	}
	const isFolder = pattern.endsWith('/');
	const body = isFolder ? pattern.slice(0, -1) : pattern;
	const expression = new RegExp(`^${sourceOf(body)}${isFolder ? '/.*' : '(?:/.*)?'}$`, 'su');
	return (place) => expression.test(place);
}

const MAX_PATTERN = 4096;

function sourceOf(pattern: string): string {
	let source = '';
	let braces = 0;
	for (let at = 0; at < pattern.length; at++) {
		const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
		switch (character) {
			case '*': {
				const isDouble = pattern[at + 1] === '*';
				const startsComponent = at === 0 || pattern[at - 1] === '/';
				if (isDouble && startsComponent && (pattern[at + 2] === '/' || at + 2 === pattern.length)) {
					// `**/` is also nothing at all; at the end, `**` is everything below.
					source += at + 2 === pattern.length ? '.*' : '(?:.*/)?';
					at += at + 2 === pattern.length ? 1 : 2;
				} else {
					source += '[^/]*';
					at += isDouble ? 1 : 0;
				}
				break;
			}
			case '?':
				source += '[^/]';
				break;
			case '[': {
				const [classSource, end] = characterClass(pattern, at);
				source += classSource;
				at = end;
				break;
			}
			case '{':
				braces++;
				source += '(?:';
				break;
			case '}':
				source += braces > 0 ? ')' : '\\}';
				braces = Math.max(0, braces - 1);
				break;
			case ',':
				source += braces > 0 ? '|' : ',';
				break;
			case '\\':
				at++;
				source += literal(pattern[at] ?? '\\');
				break;
			default:
				source += literal(character);
				at += character.length - 1;
		}
	}
	if (braces > 0) {
		throw badPattern(pattern, 'a brace is left open');
	}
	return source;
}

function characterClass(pattern: string, start: number): [source: string, end: number] {
	const isNegated = pattern[start + 1] === '!' || pattern[start + 1] === '^';
	const first = start + (isNegated ? 2 : 1);
	// A closing bracket that comes first is one of the characters.
	const end = pattern.indexOf(']', first + 1);
	if (end < 0) {
		throw badPattern(pattern, 'a bracket is left open');
	}
	const body = [...pattern.slice(first, end)].map((character) => (/[\\^[\]&]/.test(character) ? `\\${character}` : character)).join('');
	const source = `(?!/)[${isNegated ? '^' : ''}${body}]`;
	try {
		new RegExp(source, 'u');
	} catch {
		throw badPattern(pattern, 'a range in it runs backwards');
	}
	return [source, end];
}

function literal(character: string): string {
	return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function badPattern(pattern: string, why: string): BackupError {
	return new BackupError('BAD_PATTERN', `The pattern cannot be used: ${why}.`, { details: { pattern: pattern.slice(0, 200) } });
}
