import { createHash, createHmac, randomBytes } from 'node:crypto';
import { throwIfAborted } from '../../base/index.ts';
import { deriveBackupKey, type KeyDerivation } from '../keyDerivation.ts';

/**
 * Keys that were derived from passwords in this session, so that a second look is instant. In memory only; a password itself is not kept, and
 * what stands for it cannot be tried outside of this process.
 */
export class KeyCache {
	readonly #secret = randomBytes(32);
	readonly #keys = new Map<string, Derived>();

	/**
	 * The 32-byte key of a password, for BackupKeybag.unlockWithKey. Two who ask at once wait for one derivation.
	 * @throws what deriveBackupKey throws; AbortError ends the waiting of this caller only, and the work when nobody else waits.
	 */
	async derive(backupPassword: string, derivation: KeyDerivation, signal?: AbortSignal): Promise<Uint8Array> {
		throwIfAborted(signal);
		const name = this.#nameOf(backupPassword, derivation);
		const derived = this.#keys.get(name) ?? this.#begin(name, backupPassword, derivation);
		derived.waiting++;
		try {
			return await (signal === undefined ? derived.key : raceAbort(derived.key, signal));
		} finally {
			derived.waiting--;
			if (derived.waiting === 0 && !derived.isKnown) {
				// Forgotten before it fails, so that whoever asks next begins anew.
				this.#keys.delete(name);
				derived.work.abort();
			}
		}
	}

	#begin(name: string, backupPassword: string, derivation: KeyDerivation): Derived {
		const work = new AbortController();
		const derived: Derived = { key: deriveBackupKey(backupPassword, derivation, work.signal), work, waiting: 0, isKnown: false };
		this.#keys.set(name, derived);
		derived.key.then(
			() => {
				derived.isKnown = true;
			},
			() => {
				// Refused derivations cost nothing, and need not be remembered.
				if (this.#keys.get(name) === derived) {
					this.#keys.delete(name);
				}
			},
		);
		this.#forgetOldest();
		return derived;
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

interface Derived {
	readonly key: Promise<Uint8Array>;
	readonly work: AbortController;
	waiting: number;
	isKnown: boolean;
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
