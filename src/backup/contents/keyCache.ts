import { createHash, createHmac, randomBytes } from 'node:crypto';
import { throwIfAborted } from '../../base/index.ts';
import { deriveBackupKey, type KeyDerivation } from '../keyDerivation.ts';

/**
 * Keys that were derived from passwords in this session, so that a second look is instant. In memory only; a password itself is not kept, and
 * what stands for it cannot be tried outside of this process.
 */
export class KeyCache {
	readonly #secret = randomBytes(32);
	readonly #keys = new Map<string, Promise<Uint8Array>>();

	/**
	 * The 32-byte key of a password, for BackupKeybag.unlockWithKey. Two who ask at once wait for one derivation.
	 * @throws what deriveBackupKey throws; AbortError ends the waiting of this caller only.
	 */
	async derive(backupPassword: string, derivation: KeyDerivation, signal?: AbortSignal): Promise<Uint8Array> {
		throwIfAborted(signal);
		const name = this.#nameOf(backupPassword, derivation);
		let key = this.#keys.get(name);
		if (key === undefined) {
			key = deriveBackupKey(backupPassword, derivation);
			this.#keys.set(name, key);
			// Refused derivations cost nothing, and need not be remembered.
			key.catch(() => this.#keys.delete(name));
			this.#forgetOldest();
		}
		return signal === undefined ? key : raceAbort(key, signal);
	}

	/** Forgets everything. */
	clear(): void {
		this.#keys.clear();
	}

	#nameOf(backupPassword: string, { salt, rounds, outer }: KeyDerivation): string {
		const facts = createHash('sha256').update(salt).update(`|${rounds}|`);
		if (outer !== undefined) {
			facts.update(outer.salt).update(`|${outer.rounds}`);
		}
		return createHmac('sha256', this.#secret).update(facts.digest()).update(backupPassword, 'utf8').digest('hex');
	}

	#forgetOldest(): void {
		const oldest = this.#keys.keys().next().value;
		if (this.#keys.size > MAX_KEYS && oldest !== undefined) {
			this.#keys.delete(oldest);
		}
	}
}

/** Wrong passwords are remembered too; more than so many are a mistake or an attack. */
const MAX_KEYS = 200;

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const onAbort = (): void => {
			try {
				throwIfAborted(signal);
			} catch (error) {
				reject(error instanceof Error ? error : new Error(String(error)));
			}
		};
		signal.addEventListener('abort', onAbort, { once: true });
		promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
	});
}
