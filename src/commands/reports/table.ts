/**
 * Aligns rows for a document in a font of equal widths: the first column to the left, all others to the right.
 * Characters of double width, as in Chinese names, count as two.
 */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
	const widths: number[] = [];
	for (const row of rows) {
		row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))));
	}
	return rows.map((row) =>
		row
			.map((cell, column) => {
				const padding = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
				return column === 0 ? `${cell}${padding}` : `${padding}${cell}`;
			})
			.join('  ')
			.trimEnd(),
	);
}

/** East Asian wide and fullwidth forms, and emoji. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

function widthOf(text: string): number {
	return Array.from(text).reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0);
}
