import { padEnd, textWidth } from './textWidth.ts';

/** Columns under their headings, two spaces apart; a column without any value is left out. Cells may be coloured. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const used = headings.map((_, column) => column).filter((column) => rows.some((row) => (row[column] ?? '') !== ''));
	const widths = used.map((column) => Math.max(...[headings, ...rows].map((row) => textWidth(row[column] ?? ''))));
	return [headings, ...rows].map((row) =>
		used
			.map((column, index) => (index === used.length - 1 ? (row[column] ?? '') : padEnd(row[column] ?? '', widths[index] ?? 0)))
			.join('  ')
			.trimEnd(),
	);
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
