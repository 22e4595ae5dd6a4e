import { padEnd, textWidth } from './textWidth.ts';

/** Columns under their headings, two spaces apart; a column without any value is left out. Cells may be coloured. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const used = headings.map((_, column) => column).filter((column) => rows.some((row) => (row[column] ?? '') !== ''));
	const all = [headings, ...rows];
	const last = used.pop();
	// Measured once each: a table may have ten thousand rows.
	const columns = used.map((column) => {
		const widths = all.map((row) => textWidth(row[column] ?? ''));
		return { column, widths, width: widths.reduce((widest, width) => Math.max(widest, width), 0) };
	});
	return all.map((row, line) => {
		let text = '';
		for (const { column, widths, width } of columns) {
			text += (row[column] ?? '') + ' '.repeat(width - (widths[line] as number) + 2);
		}
		return (text + (last === undefined ? '' : (row[last] ?? ''))).trimEnd();
	});
}

/** `label  value` lines with the values under one another; entries without a value are left out. */
export function renderCard(
	entries: readonly (readonly [label: string, value: string | undefined])[],
	label: (text: string) => string,
): string[] {
	const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined && entry[1] !== '');
	const width = Math.max(0, ...shown.map(([name]) => textWidth(name)));
	return shown.map(([name, value]) => `  ${label(padEnd(name, width))}  ${value}`);
}
