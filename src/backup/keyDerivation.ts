import { pbkdf2 } from 'node:crypto';
import { AbortError } from '../base/index.ts';
import { BackupError } from './errors.ts';
import { deriveApart, type Derivation } from './longDerivation.ts';

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

/** Shorter ones are over before a process has begun. */
const LONG_ROUNDS = 500_000;

/**
 * Derives the 32-byte key of a backup password, off this thread: seconds for a device's ten million rounds.
 *
 * @throws BackupError `KDF_TOO_COSTLY` - more than MAX_KDF_ROUNDS are asked for; nothing was computed.
 * @throws AbortError at once when `signal` fires; long work ends with it.
 */
export async function deriveBackupKey(backupPassword: string, derivation: KeyDerivation, signal?: AbortSignal): Promise<Uint8Array> {
	refuseOddRounds(derivation);
	const { salt, rounds, outer } = derivation;
	let secret: Uint8Array = new TextEncoder().encode(backupPassword);
	if (outer !== undefined) {
		secret = await derive({ secret, salt: outer.salt, rounds: outer.rounds, digest: 'sha256' }, signal);
	}
	return derive({ secret, salt, rounds, digest: 'sha1' }, signal);
}

async function derive(order: Derivation, signal: AbortSignal | undefined): Promise<Uint8Array> {
	// Work that nobody can stop need not be stoppable.
	const key = order.rounds < LONG_ROUNDS || signal === undefined ? undefined : await deriveApart(order, signal);
	return key ?? pbkdf2Async(order, signal);
}

function pbkdf2Async({ secret, salt, rounds, digest }: Derivation, signal: AbortSignal | undefined): Promise<Uint8Array> {
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
