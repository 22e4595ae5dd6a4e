/** Longer names of a device are cut: a row is for reading. */
const MAX_SHOWN = 80;

/** Controls, which break lines or are not seen at all. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Marks that reorder text, which could make a line read as something else than it says. */
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/**
 * Text from outside (device names, notes, paths, a device's error texts) as one line that shows nothing but itself.
 * @param max - how many characters are left; more end in `…`.
 */
export function plainText(text: string, max = MAX_SHOWN): string {
	// Cut before it is searched: a name may be as long as whoever sends it likes.
	const start = text
		.slice(0, max * 4)
		.replace(REORDERING, '')
		.replace(CONTROLS, ' ')
		.trim();
	const characters = Array.from(start);
	return characters.length > max ? `${characters.slice(0, max).join('').trimEnd()}…` : start;
}

/** Text from outside within a sentence or beside other text: a name that is written from right to left does not pull its neighbours along. */
export function inline(text: string, max = MAX_SHOWN): string {
	const shown = plainText(text, max);
	return RIGHT_TO_LEFT.test(shown) ? `${FIRST_STRONG_ISOLATE}${shown}${POP_ISOLATE}` : shown;
}

/** A name from outside within a sentence, in the quotation marks that names stand in. */
export function quoted(name: string, max = MAX_SHOWN): string {
	return `“${inline(name, max)}”`;
}

/**
 * Text for a message of the editor (notification, tree message), which makes `[text](command:…)` a link that can be clicked. An invisible
 * joiner between the brackets keeps it text.
 */
export function unlinked(text: string): string {
	return text.replaceAll('](', ']\u2060(');
}

/** Text for the prompt of a question, and for the title of progress: the editor makes links and icons of what looks like them, and knows no escape. */
export function literalText(text: string): string {
	return unlinked(text).replaceAll('$(', '$\u2060(');
}

/** Text for a label in which the editor draws `$(name)` as an icon: status bar and quick picks. */
export function withoutIcons(text: string): string {
	return text.replaceAll('$(', '\\$(');
}

/**
 * Text from outside as Markdown that shows exactly it: each punctuation mark becomes a character reference, so that none can begin a link,
 * an image, markup or an address.
 */
export function markdown(text: string, max = 1000): string {
	return inline(text, max).replace(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
