import { reportError } from '../engine/index.ts';
import { VirtualError } from '../virtual/index.ts';
import { deviceWords } from './deviceErrors.ts';
import { showable, toJson } from './escape.ts';
import { exitCodeOf, type ExitCode, type FailureCode } from './exitCodes.ts';
import type { CliIo } from './io.ts';
import type { GlobalOptions } from './options.ts';
import { adviceFor, dataSafety } from './sentences.ts';
import { type FailureFacts } from './facts.ts';
import { styleFor, type Style } from './style.ts';

/** A failure as the command line reports it. */
export interface Failure {
	readonly code: FailureCode;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** Any error as a failure: what the lab and the engine throw keeps its code, all else is `INTERNAL`. */
export function failureOf(error: unknown): Failure {
	return VirtualError.is(error) ? { code: error.code, message: error.message, details: error.details } : reportError(error);
}

/**
 * Tells about a failure: with `--json` the document on standard output; for people, what happened, whether their data is safe and what to
 * do next on standard error.
 * @returns the exit code
 */
export function reportFailure(
	io: CliIo,
	options: GlobalOptions,
	failure: Failure,
	context: Pick<FailureFacts, 'operation' | 'device' | 'folder' | 'begun'> & { readonly friendlyNames?: ReadonlyMap<string, string> },
): ExitCode {
	const { operation, device, folder, begun, friendlyNames } = context;
	const friendlyName = device === undefined ? undefined : friendlyNames?.get(device);
	const facts: FailureFacts = { operation, device, friendlyName, folder, begun, message: failure.message, details: failure.details };
	if (options.json) {
		io.out.write(`${toJson({ schemaVersion: 1, error: documentOf(failure, facts) }, io.out.isTty)}\n`);
	}
	if (options.progress === 'json') {
		io.err.write(`${toJson({ schemaVersion: 1, type: 'error', ...documentOf(failure, facts) })}\n`);
	} else {
		io.err.write(
			failureLines(failure, facts, styleFor(io.err, io.environment, options.color))
				.map((line) => `${line}\n`)
				.join(''),
		);
	}
	return exitCodeOf(failure.code, failure.details, context);
}

function documentOf(failure: Failure, facts: FailureFacts): Record<string, unknown> {
	const { what, next } = adviceFor(failure.code, facts);
	return {
		code: failure.code,
		message: failure.message,
		details: failure.details,
		what,
		dataSafety: dataSafety(failure.code, facts),
		next,
	};
}

/** The lines for people, at most five. */
export function failureLines(failure: Failure, facts: FailureFacts, style: Style): string[] {
	const advice = adviceFor(failure.code, facts);
	const safety = dataSafety(failure.code, facts);
	const words = deviceWords(failure.details);
	const label = (text: string): string => style.bold(text.padEnd(10));
	const headline = failure.code === 'CANCELLED' ? style.yellow(advice.what) : `${style.red(style.bold('devicelab:'))} ${advice.what}`;
	return [
		headline,
		...(safety === undefined ? [] : [`  ${label('Your data')}${safety}`]),
		...(advice.next === undefined ? [] : [`  ${label('Next')}${advice.next}`]),
		...(words === undefined ? [] : [style.dim(`  ${'It said'.padEnd(10)}${showable(words)}`)]),
		...(advice.complete === true || words !== undefined
			? []
			: [style.dim(`  ${'Details'.padEnd(10)}${showable(failure.message)} [${failure.code}]`)]),
	];
}
