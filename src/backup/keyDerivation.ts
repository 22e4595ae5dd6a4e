import { pbkdf2 } from 'node:crypto';
import { AbortError } from '../base/index.ts';
import { BackupError } from './errors.ts';

/** Salts and rounds with which a backup password becomes the key that wraps the class keys. */
export interface KeyDerivation {
	/** `SALT` and `ITER`: PBKDF2 with SHA-1, always present. */
	readonly salt: Uint8Array;
	readonly rounds: number;
	/** `DPSL` and `DPIC`: PBKDF2 with SHA-256 before it; absent in keybags older than iOS 10.2. */
	readonly outer: { readonly salt: Uint8Array; readonly rounds: number } | undefined;
}

/** What devices write, and what a keybag gets when nothing else is asked for. */
export const USUAL_ROUNDS = 10_000;
export const USUAL_OUTER_ROUNDS = 10_000_000;

/** Five times what any device writes: a hostile keybag cannot keep a core busy for more than about a minute. */
export const MAX_KDF_ROUNDS = 50_000_000;

/** @throws BackupError `KDF_TOO_COSTLY`, `BAD_KEYBAG` - it asks for rounds that no device asks for. */
export function refuseOddRounds(derivation: KeyDerivation): void {
	for (const rounds of [derivation.rounds, derivation.outer?.rounds ?? 1]) {
		if (rounds > MAX_KDF_ROUNDS) {
			throw new BackupError('KDF_TOO_COSTLY', `The keybag asks for ${rounds} key-derivation rounds.`, { details: { rounds } });
		}
		if (rounds < 1) {
			throw new BackupError('BAD_KEYBAG', 'The keybag asks for no key-derivation rounds at all.');
		}
	}
}

/**
 * Derives the 32-byte key of a backup password. Runs on the thread pool: about 10 s for a device's ten million rounds.
 *
 * @throws BackupError `KDF_TOO_COSTLY` - more than MAX_KDF_ROUNDS are asked for; nothing was computed.
 * @throws AbortError at once when `signal` fires; the thread finishes its work unheard, for it cannot be stopped.
 */
export async function deriveBackupKey(backupPassword: string, derivation: KeyDerivation, signal?: AbortSignal): Promise<Uint8Array> {
	refuseOddRounds(derivation);
	let key: Uint8Array = new TextEncoder().encode(backupPassword);
	if (derivation.outer !== undefined) {
		key = await pbkdf2Async(key, derivation.outer.salt, derivation.outer.rounds, 'sha256', signal);
	}
	return pbkdf2Async(key, derivation.salt, derivation.rounds, 'sha1', signal);
}

function pbkdf2Async(
	secret: Uint8Array,
	salt: Uint8Array,
	rounds: number,
	digest: 'sha1' | 'sha256',
	signal: AbortSignal | undefined,
): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		if (signal?.aborted === true) {
			reject(new AbortError());
			return;
		}
		const onAbort = (): void => reject(new AbortError());
		signal?.addEventListener('abort', onAbort, { once: true });
		pbkdf2(secret, salt, rounds, 32, digest, (error, key) => {
			signal?.removeEventListener('abort', onAbort);
			if (error === null) {
				resolve(new Uint8Array(key.buffer, key.byteOffset, key.length));
			} else {
				reject(error);
			}
		});
	});
}
