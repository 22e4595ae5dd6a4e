/**
 * Characters that a terminal obeys instead of showing: controls, and those that reorder text, which could make a line read as something
 * else than it says.
 */
// eslint-disable-next-line no-control-regex
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Longer texts of a device are cut: a sentence is for reading. */
const MAX_SHOWN = 600;

/** Text from outside (device names, a device's error texts, paths) as it may be shown on a terminal: one line that shows controls as `\u001b`. */
export function showable(text: string): string {
	const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
	return escaped(cut);
}

/** The same for text of any length, such as a list of paths. */
export function escaped(text: string): string {
	return text.replace(UNSHOWABLE, escapeUnit);
}

/** A document as one line of JSON, or indented for reading, that a terminal shows as it is. Still the same value. */
export function toJson(value: unknown, indented = false): string {
	const indent = indented ? '  ' : undefined;
	return JSON.stringify(value, undefined, indent).replace(UNSHOWABLE, (unit) => (unit === '\n' ? unit : escapeUnit(unit)));
}

function escapeUnit(unit: string): string {
	return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A name from outside, in the quotation marks that names stand in. */
export function quoted(name: string): string {
	return `“${showable(name)}”`;
}
