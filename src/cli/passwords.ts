import { CliError } from './errors.ts';
import { askLine } from './prompt.ts';
import type { Session } from './session.ts';

/** How often a person may mistype before the command gives up. */
export const PASSWORD_TRIES = 3;

/**
 * The present backup password: DEVICELAB_PASSWORD, else asked for on the terminal.
 * @throws CliError `PASSWORD_REQUIRED` - neither is there
 */
export async function presentPassword(session: Session, question: string): Promise<{ password: string; typed: boolean }> {
	const given = session.io.environment['DEVICELAB_PASSWORD'];
	if (given !== undefined && given !== '') {
		return { password: given, typed: false };
	}
	const password = await ask(session, question, 'DEVICELAB_PASSWORD');
	return { password, typed: true };
}

/**
 * A new backup password: from the first of the variables that is set, else asked for twice.
 * @throws CliError `PASSWORD_REQUIRED` - nobody is there to ask, or what was typed differed each time
 */
export async function newPassword(session: Session, question: string, variables: readonly string[]): Promise<string> {
	for (const variable of variables) {
		const given = session.io.environment[variable];
		if (given !== undefined && given !== '') {
			return given;
		}
	}
	for (let tries = 0; tries < PASSWORD_TRIES; tries++) {
		const first = await ask(session, question, variables[0] ?? '');
		if (first === '') {
			session.warn('It must not be empty.');
			continue;
		}
		if ((await ask(session, 'Once more: ', variables[0] ?? '')) === first) {
			return first;
		}
		session.warn('The two were different.');
	}
	throw new CliError('PASSWORD_REQUIRED', 'No password was set.');
}

async function ask(session: Session, question: string, variable: string): Promise<string> {
	if (!session.canAsk) {
		throw new CliError('PASSWORD_REQUIRED', `There is no terminal to ask for the password, and ${variable} is not set.`, {
			details: { variable },
		});
	}
	return askLine(session.io, question, { hidden: true, signal: session.signal, interrupt: () => session.interrupt() });
}
