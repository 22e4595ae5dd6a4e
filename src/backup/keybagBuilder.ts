import { timingSafeEqual } from 'node:crypto';
import { concatBytes, viewOf } from '../base/index.ts';
import { deriveBackupKey, USUAL_OUTER_ROUNDS, USUAL_ROUNDS, type KeyDerivation } from './keyDerivation.ts';
import { UnlockedKeybag, WRAPPED_BY_DEVICE, WRAPPED_BY_PASSWORD } from './keybag.ts';
import { aesKeyWrap } from './keyWrap.ts';
import { KEYBAG_CLASSES } from './protectionClass.ts';

/** A source of bytes: cryptographic for real use, seeded for a device that must be deterministic. */
export type RandomBytes = (sizeBytes: number) => Uint8Array;

/**
 * What a device keeps instead of a backup password: salts, rounds and the derived key. Plain data, and a secret.
 * It opens every keybag that is built from it, but does not reveal the password.
 */
export interface BackupPasswordKey {
	readonly derivation: KeyDerivation;
	/** 32 bytes. */
	readonly key: Uint8Array;
}

/** A new keybag together with its open form. */
export interface BuiltKeybag {
	/** For `BackupKeyBag` of Manifest.plist. */
	readonly bytes: Uint8Array;
	/** 32 bytes for each class of KEYBAG_CLASSES. */
	readonly classKeys: ReadonlyMap<number, Uint8Array>;
	readonly unlocked: UnlockedKeybag;
}

/**
 * Turns a new backup password into what a device keeps.
 *
 * @param options.outerRounds - `DPIC`; small numbers make tests fast, readers take whatever the keybag says.
 */
export async function createPasswordKey(
	backupPassword: string,
	options: { random: RandomBytes; outerRounds?: number; rounds?: number; signal?: AbortSignal },
): Promise<BackupPasswordKey> {
	const derivation: KeyDerivation = {
		salt: options.random(SALT_BYTES),
		rounds: options.rounds ?? USUAL_ROUNDS,
		outer: { salt: options.random(SALT_BYTES), rounds: options.outerRounds ?? USUAL_OUTER_ROUNDS },
	};
	return { derivation, key: await deriveBackupKey(backupPassword, derivation, options.signal) };
}

/** True when `backupPassword` is the one that `passwordKey` was made from. */
export async function matchesPasswordKey(passwordKey: BackupPasswordKey, backupPassword: string, signal?: AbortSignal): Promise<boolean> {
	return timingSafeEqual(await deriveBackupKey(backupPassword, passwordKey.derivation, signal), passwordKey.key);
}

/**
 * Builds the keybag of an encrypted backup: every class wrapped with the password's key alone, so that all sources agree on how to open it.
 * Each class has exactly UUID, CLAS, WRAP, KTYP and WPKY: one reader counts five items per class.
 *
 * @param random - called for 16 and 40 bytes, then for 16 and 32 bytes per class.
 */
export function buildKeybag(passwordKey: BackupPasswordKey, random: RandomBytes): BuiltKeybag {
	const { salt, rounds, outer } = passwordKey.derivation;
	const header = [
		...opening(random, WRAPPED_BY_DEVICE),
		item('SALT', salt),
		number('ITER', rounds),
		...(outer === undefined ? [] : [number('DPWT', 1), number('DPIC', outer.rounds), item('DPSL', outer.salt)]),
	];
	const classKeys = new Map<number, Uint8Array>();
	const groups = KEYBAG_CLASSES.map((protectionClass) => {
		const uuid = random(16);
		const classKey = random(32);
		classKeys.set(protectionClass, classKey);
		return classGroup(protectionClass, uuid, WRAPPED_BY_PASSWORD, aesKeyWrap(passwordKey.key, classKey));
	});
	return { bytes: concatBytes([...header, ...groups]), classKeys, unlocked: new UnlockedKeybag(classKeys) };
}

/** The keybag of a backup without encryption: the same outline, wrapped with keys that exist nowhere. Nobody can open it. */
export function buildUnencryptedKeybag(random: RandomBytes): Uint8Array {
	const header = [...opening(random, WRAPPED_BY_DEVICE), item('SALT', random(SALT_BYTES)), number('ITER', USUAL_ROUNDS)];
	const groups = KEYBAG_CLASSES.map((protectionClass) =>
		classGroup(protectionClass, random(16), WRAPPED_BY_DEVICE | WRAPPED_BY_PASSWORD, aesKeyWrap(random(32), random(32))),
	);
	return concatBytes([...header, ...groups]);
}

const SALT_BYTES = 20;
const KEYBAG_VERSION = 4;
const BACKUP_KEYBAG_TYPE = 1;

function opening(random: RandomBytes, wrap: number): Uint8Array[] {
	return [
		number('VERS', KEYBAG_VERSION),
		number('TYPE', BACKUP_KEYBAG_TYPE),
		item('UUID', random(16)),
		item('HMCK', random(40)),
		number('WRAP', wrap),
	];
}

function classGroup(protectionClass: number, uuid: Uint8Array, wrap: number, wrappedKey: Uint8Array): Uint8Array {
	return concatBytes([
		item('UUID', uuid),
		number('CLAS', protectionClass),
		number('WRAP', wrap),
		number('KTYP', 0),
		item('WPKY', wrappedKey),
	]);
}

function number(tag: string, value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	viewOf(bytes).setUint32(0, value);
	return item(tag, bytes);
}

function item(tag: string, value: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(8 + value.length);
	for (let index = 0; index < 4; index++) {
		bytes[index] = tag.charCodeAt(index);
	}
	viewOf(bytes).setUint32(4, value.length);
	bytes.set(value, 8);
	return bytes;
}
