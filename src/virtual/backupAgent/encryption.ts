import { randomBytes } from 'node:crypto';
import {
	buildKeybag,
	buildUnencryptedKeybag,
	createPasswordKey,
	matchesPasswordKey,
	UnlockedKeybag,
	type BackupPasswordKey,
} from '../../backup/index.ts';

/** The keybag that the backups of this device carry, with its class keys in the clear. */
export interface DeviceKeybag {
	/** As in Manifest.plist. */
	readonly bytes: Uint8Array;
	readonly unlocked: UnlockedKeybag;
}

/**
 * What a device knows about the backup password: salts and a derived key, never the password itself; and the keybag that it made when the
 * password was set. Every change makes a new keybag, so that the next backup has to be a full one.
 */
export class BackupEncryptionState {
	#passwordKey: BackupPasswordKey | undefined;
	#keybag: { bytes: Uint8Array; classKeys: ReadonlyMap<number, Uint8Array>; unlocked: UnlockedKeybag } | undefined;
	#plainKeybag: Uint8Array | undefined;

	/** A device that does not encrypt its backups. */
	static create(): BackupEncryptionState {
		return new BackupEncryptionState();
	}

	/**
	 * The state that `toJson` gave out.
	 * @throws Error when it is none.
	 */
	static fromJson(value: unknown): BackupEncryptionState {
		const state = new BackupEncryptionState();
		const saved = (value ?? {}) as Partial<SavedEncryption>;
		if (saved.plainKeybag !== undefined) {
			state.#plainKeybag = bytesOf(saved.plainKeybag);
		}
		if (saved.password !== undefined && saved.keybag !== undefined) {
			const { salt, rounds, outerSalt, outerRounds, key } = saved.password;
			state.#passwordKey = {
				derivation: {
					salt: bytesOf(salt),
					rounds: Number(rounds),
					outer: outerSalt === undefined ? undefined : { salt: bytesOf(outerSalt), rounds: Number(outerRounds) },
				},
				key: bytesOf(key),
			};
			const classKeys = new Map(saved.keybag.classKeys.map(([protectionClass, bytes]) => [Number(protectionClass), bytesOf(bytes)]));
			state.#keybag = { bytes: bytesOf(saved.keybag.bytes), classKeys, unlocked: new UnlockedKeybag(classKeys) };
		}
		return state;
	}

	/** Lockdown's `WillEncrypt`. */
	get willEncrypt(): boolean {
		return this.#passwordKey !== undefined;
	}

	/** The keybag of encrypted backups; undefined while none are made. */
	get keybag(): DeviceKeybag | undefined {
		return this.#keybag;
	}

	/** The keybag that backups without encryption carry: nobody can open it. */
	get plainKeybag(): Uint8Array {
		this.#plainKeybag ??= buildUnencryptedKeybag(randomBytes);
		return this.#plainKeybag;
	}

	/** Sets a first or another password. `outerRounds` and `rounds` are the costs of deriving a key from it. */
	async setPassword(backupPassword: string, cost: { outerRounds: number; rounds: number }): Promise<void> {
		const passwordKey = await createPasswordKey(backupPassword, { random: randomBytes, ...cost });
		this.#keybag = buildKeybag(passwordKey, randomBytes);
		this.#passwordKey = passwordKey;
	}

	/** Backups are no longer encrypted. */
	clear(): void {
		this.#passwordKey = undefined;
		this.#keybag = undefined;
	}

	/** True when this is the password that was set. */
	async matches(backupPassword: string): Promise<boolean> {
		return this.#passwordKey !== undefined && (await matchesPasswordKey(this.#passwordKey, backupPassword));
	}

	/** Plain data for a state file that only its owner can read: it holds keys. */
	toJson(): unknown {
		const { derivation, key } = this.#passwordKey ?? {};
		const saved: SavedEncryption = {
			plainKeybag: this.#plainKeybag === undefined ? undefined : textOf(this.#plainKeybag),
			password:
				derivation === undefined || key === undefined
					? undefined
					: {
							salt: textOf(derivation.salt),
							rounds: derivation.rounds,
							outerSalt: derivation.outer === undefined ? undefined : textOf(derivation.outer.salt),
							outerRounds: derivation.outer?.rounds,
							key: textOf(key),
						},
			keybag:
				this.#keybag === undefined
					? undefined
					: {
							bytes: textOf(this.#keybag.bytes),
							classKeys: [...this.#keybag.classKeys].map(([protectionClass, bytes]) => [protectionClass, textOf(bytes)]),
						},
		};
		return saved;
	}
}

interface SavedEncryption {
	readonly plainKeybag?: string;
	readonly password?: { salt: string; rounds: number; outerSalt?: string; outerRounds?: number; key: string };
	readonly keybag?: { bytes: string; classKeys: [number, string][] };
}

function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('base64');
}

function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(String(text), 'base64'));
}
