import type { PreflightFinding } from '../contract/index.ts';
import { PASSWORD_TRIES, presentPassword } from './passwords.ts';
import type { Session } from './session.ts';

interface Outcome<T> {
	readonly checked?: T;
	/** The password that is missing or wrong; undefined when passwords are in order. */
	readonly wants?: 'PASSWORD_REQUIRED' | 'WRONG_PASSWORD';
	readonly error?: unknown;
}

/**
 * Checks something with the password of the backup once one is needed: DEVICELAB_PASSWORD, else asked for, and again when it was mistyped.
 * @returns what was checked, with the findings about passwords when nobody can be asked.
 */
export async function checkWithPassword<T extends { readonly findings: readonly PreflightFinding[] }>(
	session: Session,
	check: (password: string | undefined) => Promise<T>,
): Promise<{ checked: T; password: string | undefined }> {
	let password = session.io.environment['DEVICELAB_PASSWORD'] || undefined;
	for (let tries = 1; ; tries++) {
		const { checked, wants, error } = await checkOnce(() => check(password));
		if (checked !== undefined && wants === undefined) {
			return { checked, password };
		}
		const mistyped = wants === 'WRONG_PASSWORD';
		if (!session.canAsk || (mistyped && session.io.environment['DEVICELAB_PASSWORD'] !== undefined) || tries > PASSWORD_TRIES) {
			if (checked !== undefined) {
				return { checked, password };
			}
			throw error;
		}
		if (mistyped) {
			session.warn('That is not the password of this backup.');
		}
		password = (await presentPassword(session, 'Password of the backup: ')).password;
	}
}

/** A password that is missing or wrong comes as a finding or as an error, and is told apart from other trouble. */
async function checkOnce<T extends { readonly findings: readonly PreflightFinding[] }>(check: () => Promise<T>): Promise<Outcome<T>> {
	try {
		const checked = await check();
		return { checked, wants: checked.findings.map((finding) => finding.code).find(isAboutPassword) };
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : '';
		if (isAboutPassword(code)) {
			return { wants: code, error };
		}
		throw error;
	}
}

function isAboutPassword(code: string): code is 'PASSWORD_REQUIRED' | 'WRONG_PASSWORD' {
	return code === 'PASSWORD_REQUIRED' || code === 'WRONG_PASSWORD';
}
