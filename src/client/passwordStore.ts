import type * as vscode from 'vscode';

/** What a password is remembered for: one snapshot, or all snapshots of a device that have none of their own. */
export interface PasswordSubject {
	readonly udid: string;
	readonly snapshot?: string;
}

/** A password that was remembered; a secret. */
export interface RememberedPassword {
	readonly password: string;
	readonly where: 'snapshot' | 'device';
}

/**
 * Passwords of encrypted backups in the editor's secret storage, which keeps them in the system's own where there is one. A snapshot keeps the
 * password that its device had when it was taken, so each may have one of its own.
 */
export class PasswordStore {
	readonly #secrets: vscode.SecretStorage;

	constructor(secrets: vscode.SecretStorage) {
		this.#secrets = secrets;
	}

	/** The snapshot's own, else the device's; undefined when none is remembered. */
	async get(subject: PasswordSubject): Promise<RememberedPassword | undefined> {
		const own = subject.snapshot === undefined ? undefined : await this.#secrets.get(keyOf(subject));
		if (own !== undefined) {
			return { password: own, where: 'snapshot' };
		}
		const password = await this.#secrets.get(keyOf({ udid: subject.udid }));
		return password === undefined ? undefined : { password, where: 'device' };
	}

	/** Remembers it for exactly this subject. */
	async set(subject: PasswordSubject, password: string): Promise<void> {
		await this.#secrets.store(keyOf(subject), password);
	}

	/** Forgets what is remembered for exactly this subject. */
	async forget(subject: PasswordSubject): Promise<void> {
		await this.#secrets.delete(keyOf(subject));
	}

	/** Where the password that `get` would answer is remembered. */
	async where(subject: PasswordSubject): Promise<'snapshot' | 'device' | undefined> {
		return (await this.get(subject))?.where;
	}
}

function keyOf({ udid, snapshot }: PasswordSubject): string {
	return snapshot === undefined ? `backupPassword/${udid}` : `backupPassword/${udid}/${snapshot}`;
}
