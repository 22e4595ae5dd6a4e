import type { CliIo, OutputPort } from './io.ts';

/** Colours of one output; every function returns its text unchanged where colours are off. */
export interface Style {
	readonly enabled: boolean;
	bold(text: string): string;
	dim(text: string): string;
	red(text: string): string;
	green(text: string): string;
	yellow(text: string): string;
	cyan(text: string): string;
}

/** The style of an output: colours on a terminal that understands them, unless NO_COLOR or `--no-color` says otherwise. */
export function styleFor(port: OutputPort, environment: CliIo['environment'], wanted: boolean): Style {
	const noColor = environment['NO_COLOR'];
	return createStyle(wanted && port.isTty && environment['TERM'] !== 'dumb' && (noColor === undefined || noColor === ''));
}

/** A style that colours, or leaves everything as it is. */
export function createStyle(enabled: boolean): Style {
	const wrap =
		(start: number, end: number) =>
		(text: string): string =>
			enabled && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text;
	return {
		enabled,
		bold: wrap(1, 22),
		dim: wrap(2, 22),
		red: wrap(31, 39),
		green: wrap(32, 39),
		yellow: wrap(33, 39),
		cyan: wrap(36, 39),
	};
}
