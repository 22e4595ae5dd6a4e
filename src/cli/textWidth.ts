const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*m/g;
const PRINTABLE_ASCII = /^[ -~]*$/;
const WIDE =
	/^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

/** How many columns a text takes on a terminal, colours not counted. About right, as terminals do not agree about every emoji. */
export function textWidth(text: string): number {
	// Taking every text apart would be what a long table takes its time for.
	if (PRINTABLE_ASCII.test(text)) {
		return text.length;
	}
	const plain = text.replace(COLOURS, '');
	if (PRINTABLE_ASCII.test(plain)) {
		return plain.length;
	}
	let width = 0;
	for (const { segment } of segmenter.segment(plain)) {
		width += WIDE.test(segment) ? 2 : /^\p{Mark}/u.test(segment) ? 0 : 1;
	}
	return width;
}

/** The text with spaces up to `width` columns. */
export function padEnd(text: string, width: number): string {
	return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** The text, cut with an ellipsis where it takes more than `width` columns. Only for text without colours. */
export function fit(text: string, width: number): string {
	if (textWidth(text) <= width) {
		return text;
	}
	let kept = '';
	let used = 0;
	for (const { segment } of segmenter.segment(text)) {
		const next = textWidth(segment);
		if (used + next > width - 1) {
			break;
		}
		kept += segment;
		used += next;
	}
	return width > 0 ? `${kept}…` : '';
}
