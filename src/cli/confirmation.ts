import { AbortError } from '../base/index.ts';
import { ERROR_CODES, type ErrorCode, type PreflightFinding } from '../contract/index.ts';
import { CliError, wrongUse } from './errors.ts';
import { askLine } from './prompt.ts';
import type { Session } from './session.ts';

/**
 * Makes sure, before anything is looked at, that the question can be asked or is answered by --yes.
 * @param act - the beginning of the sentence: `A restore replaces what is on the device`.
 * @param instead - what else can be done: `, or --plan to only check`.
 * @throws CliError `WRONG_USE` - it cannot.
 */
export function mustConfirm(session: Session, act: string, instead = ''): void {
	if (!session.options.yes && !session.canAsk) {
		throw wrongUse(`${act}, so it asks first, and there is no terminal to ask on. Add --yes to go on without being asked${instead}.`);
	}
}

/** Asks on the terminal, unless --yes has answered. @throws AbortError - the answer was anything but yes. */
export async function confirm(session: Session, question: string): Promise<void> {
	if (session.options.yes) {
		return;
	}
	const answer = await askLine(session.io, session.errorStyle.bold(`${question} [y/N] `), {
		hidden: false,
		signal: session.signal,
		interrupt: () => session.interrupt(),
	});
	if (!/^y(es)?$/i.test(answer.trim())) {
		throw new AbortError('Not confirmed.');
	}
}

/** The first finding that forbids to go on. */
export function refusalIn(findings: readonly PreflightFinding[]): PreflightFinding | undefined {
	return findings.find(({ severity }) => severity === 'refusal');
}

/** A finding that says no, as the failure of the command. */
export function refusalError(finding: PreflightFinding): CliError {
	const code = (ERROR_CODES as readonly string[]).includes(finding.code) ? (finding.code as ErrorCode) : 'DEVICE_REFUSED';
	return new CliError(code, finding.message, { details: { ...finding.details, finding: finding.code } });
}
