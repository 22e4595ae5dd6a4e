import { viewOf, KiB } from '../base/index.ts';
import { BackupError } from './errors.ts';
import { deriveBackupKey, type KeyDerivation } from './keyDerivation.ts';
import { aesKeyUnwrap, aesKeyWrap } from './keyWrap.ts';

/** One class of a keybag: its number, and its key wrapped with the password's key, the device's key, or both. */
export interface KeybagClass {
	readonly protectionClass: number;
	readonly uuid: Uint8Array | undefined;
	/** Bit 0: wrapped with the device's own key. Bit 1: wrapped with the key of the backup password. */
	readonly wrap: number;
	readonly keyType: number;
	readonly wrappedKey: Uint8Array | undefined;
}

/** `WRAP` bits. Sources differ on classes that carry both; see UnlockedKeybag. */
export const WRAPPED_BY_DEVICE = 1;
export const WRAPPED_BY_PASSWORD = 2;

/** Length of a wrapped file key: u32 LE class, then 40 bytes of key wrap. */
export const WRAPPED_FILE_KEY_BYTES = 44;

/**
 * The keybag of a backup (`BackupKeyBag` in Manifest.plist): wrapped class keys.
 *
 * Items `4 ASCII characters | u32 BE length | value`, a header, then one group per class that begins with its `UUID`.
 * Source: docs/backup-format.md#keybag.
 */
export class BackupKeybag {
	readonly version: number;
	/** 1 for backups; the low byte of `TYPE`. */
	readonly type: number;
	readonly uuid: Uint8Array;
	readonly classes: ReadonlyMap<number, KeybagClass>;
	/** How a password becomes a key; undefined in keybags that no password opens. */
	readonly derivation: KeyDerivation | undefined;

	private constructor(header: ReadonlyMap<string, Uint8Array>, classes: ReadonlyMap<number, KeybagClass>) {
		this.version = u32(header, 'VERS') ?? 0;
		this.type = (u32(header, 'TYPE') ?? 0) & 0xff;
		this.uuid = header.get('UUID') ?? new Uint8Array(0);
		this.classes = classes;
		this.derivation = readDerivation(header);
	}

	/** @throws BackupError `BAD_KEYBAG` - an item reaches past the end, a number is not 4 bytes, or there are too many items. */
	static parse(bytes: Uint8Array): BackupKeybag {
		if (bytes.length > MAX_KEYBAG_BYTES) {
			throw new BackupError('BAD_KEYBAG', `A keybag of ${bytes.length} bytes is too large.`);
		}
		const header = new Map<string, Uint8Array>();
		const groups: Map<string, Uint8Array>[] = [];
		let current = header;
		for (const [tag, value] of items(bytes)) {
			// The first UUID names the keybag; every later one starts a class.
			if (tag === 'UUID' && header.has('UUID')) {
				current = new Map();
				groups.push(current);
			}
			if (!current.has(tag)) {
				current.set(tag, value);
			}
		}
		if (header.size === 0) {
			throw new BackupError('BAD_KEYBAG', 'The keybag is empty.');
		}
		const classes = new Map<number, KeybagClass>();
		for (const group of groups) {
			const read = readClass(group);
			if (read !== undefined && !classes.has(read.protectionClass)) {
				classes.set(read.protectionClass, read);
			}
		}
		return new BackupKeybag(header, classes);
	}

	/**
	 * Opens the keybag. The derivation runs off this thread and takes about 10 s for a keybag that a device wrote.
	 *
	 * @param options.neededClass - fails unless this class opens, such as the one of `ManifestKey`.
	 * @throws BackupError `WRONG_PASSWORD` - no class opens with it; `BAD_KEYBAG` - no password can open this keybag,
	 *   or it lacks the needed class; `KDF_TOO_COSTLY`.
	 * @throws AbortError when `options.signal` fires.
	 */
	async unlock(backupPassword: string, options: { signal?: AbortSignal; neededClass?: number } = {}): Promise<UnlockedKeybag> {
		if (this.derivation === undefined) {
			throw new BackupError('BAD_KEYBAG', 'This keybag has no salt: no password opens it.');
		}
		return this.unlockWithKey(await deriveBackupKey(backupPassword, this.derivation, options.signal), options.neededClass);
	}

	/** The same with the 32 bytes that `deriveBackupKey` returned earlier for this keybag's derivation. */
	unlockWithKey(passwordKey: Uint8Array, neededClass?: number): UnlockedKeybag {
		const keys = new Map<number, Uint8Array>();
		let candidates = 0;
		for (const each of this.classes.values()) {
			if ((each.wrap & WRAPPED_BY_PASSWORD) === 0 || each.wrappedKey === undefined) {
				continue;
			}
			candidates++;
			// A class wrapped by the device as well may refuse the right password, so one failure alone proves nothing.
			const key = aesKeyUnwrap(passwordKey, each.wrappedKey);
			if (key !== undefined) {
				keys.set(each.protectionClass, key);
			}
		}
		if (candidates === 0) {
			throw new BackupError('BAD_KEYBAG', 'The keybag holds no class that a password opens.');
		}
		if (keys.size === 0 || (neededClass !== undefined && this.classes.has(neededClass) && !keys.has(neededClass))) {
			throw new BackupError('WRONG_PASSWORD', 'The password does not open this backup.');
		}
		if (neededClass !== undefined && !keys.has(neededClass)) {
			throw new BackupError('BAD_KEYBAG', `The keybag has no class ${neededClass}.`, { details: { protectionClass: neededClass } });
		}
		return new UnlockedKeybag(keys);
	}
}

/** Class keys in the clear. Keep it in memory only, and never log it. */
export class UnlockedKeybag {
	readonly #keys: ReadonlyMap<number, Uint8Array>;

	/** @param classKeys - 32 bytes per protection class. */
	constructor(classKeys: ReadonlyMap<number, Uint8Array>) {
		this.#keys = new Map(classKeys);
	}

	/** 32 bytes, or undefined when this class did not open. */
	classKey(protectionClass: number): Uint8Array | undefined {
		return this.#keys.get(protectionClass);
	}

	/** The classes that opened, ascending. */
	get protectionClasses(): readonly number[] {
		return [...this.#keys.keys()].sort((a, b) => a - b);
	}

	/**
	 * The key of one file from its record's `EncryptionKey`, or of Manifest.db from `ManifestKey`.
	 * @throws BackupError `DAMAGED_RECORD` - wrong length, unknown class, or the unwrapping fails.
	 */
	unwrapFileKey(wrapped: Uint8Array): Uint8Array {
		const protectionClass = classOfFileKey(wrapped);
		const classKey = this.#keys.get(protectionClass);
		const key = classKey === undefined ? undefined : aesKeyUnwrap(classKey, wrapped.subarray(4));
		if (key === undefined) {
			const why = classKey === undefined ? 'this class is not open' : 'the integrity check fails';
			throw new BackupError('DAMAGED_RECORD', `A file key of class ${protectionClass} cannot be unwrapped: ${why}.`, {
				details: { protectionClass },
			});
		}
		return key;
	}

	/**
	 * A file key as a record carries it: u32 LE class, 40 bytes.
	 * @throws BackupError `BAD_KEYBAG` - this class is not open.
	 */
	wrapFileKey(protectionClass: number, fileKey: Uint8Array): Uint8Array {
		const classKey = this.#keys.get(protectionClass);
		if (classKey === undefined) {
			throw new BackupError('BAD_KEYBAG', `The keybag has no open class ${protectionClass}.`, { details: { protectionClass } });
		}
		return wrapFileKey(classKey, protectionClass, fileKey);
	}
}

/** A file key as a record carries it, from the key of its class: u32 LE class, 40 bytes of key wrap. */
export function wrapFileKey(classKey: Uint8Array, protectionClass: number, fileKey: Uint8Array): Uint8Array {
	const wrapped = new Uint8Array(WRAPPED_FILE_KEY_BYTES);
	viewOf(wrapped).setUint32(0, protectionClass, true);
	wrapped.set(aesKeyWrap(classKey, fileKey), 4);
	return wrapped;
}

/** @throws BackupError `DAMAGED_RECORD` - not WRAPPED_FILE_KEY_BYTES long. */
export function classOfFileKey(wrapped: Uint8Array): number {
	if (wrapped.length !== WRAPPED_FILE_KEY_BYTES) {
		throw new BackupError('DAMAGED_RECORD', `A wrapped file key has ${wrapped.length} bytes.`);
	}
	return viewOf(wrapped).getUint32(0, true);
}

/** Real ones have about 1.5 KiB. */
const MAX_KEYBAG_BYTES = 256 * KiB;

function* items(bytes: Uint8Array): Generator<[tag: string, value: Uint8Array]> {
	const view = viewOf(bytes);
	let offset = 0;
	while (offset < bytes.length) {
		if (bytes.length - offset < 8) {
			throw new BackupError('BAD_KEYBAG', 'The keybag ends inside an item.', { details: { offset } });
		}
		const tag = String.fromCharCode(...bytes.subarray(offset, offset + 4));
		const length = view.getUint32(offset + 4);
		if (length > bytes.length - offset - 8) {
			throw new BackupError('BAD_KEYBAG', 'An item of the keybag reaches past its end.', { details: { offset, length } });
		}
		// A copy, so that keeping a keybag does not keep the whole manifest it was read from.
		yield [tag, bytes.slice(offset + 8, offset + 8 + length)];
		offset += 8 + length;
	}
}

function readClass(group: ReadonlyMap<string, Uint8Array>): KeybagClass | undefined {
	const protectionClass = u32(group, 'CLAS');
	if (protectionClass === undefined) {
		return undefined;
	}
	const wrappedKey = group.get('WPKY');
	if (wrappedKey !== undefined && wrappedKey.length !== 40) {
		throw new BackupError('BAD_KEYBAG', `The wrapped key of class ${protectionClass} has ${wrappedKey.length} bytes.`);
	}
	return {
		protectionClass,
		uuid: group.get('UUID'),
		wrap: u32(group, 'WRAP') ?? 0,
		keyType: u32(group, 'KTYP') ?? 0,
		wrappedKey,
	};
}

function readDerivation(header: ReadonlyMap<string, Uint8Array>): KeyDerivation | undefined {
	const salt = header.get('SALT');
	const rounds = u32(header, 'ITER');
	if (salt === undefined || rounds === undefined) {
		return undefined;
	}
	const outerSalt = header.get('DPSL');
	const outerRounds = u32(header, 'DPIC');
	return {
		salt,
		rounds,
		outer: outerSalt === undefined || outerRounds === undefined ? undefined : { salt: outerSalt, rounds: outerRounds },
	};
}

function u32(values: ReadonlyMap<string, Uint8Array>, tag: string): number | undefined {
	const value = values.get(tag);
	if (value === undefined) {
		return undefined;
	}
	if (value.length !== 4) {
		throw new BackupError('BAD_KEYBAG', `${tag} of the keybag has ${value.length} bytes instead of 4.`);
	}
	return viewOf(value).getUint32(0);
}
