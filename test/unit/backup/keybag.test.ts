import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { AbortError } from '../../../src/base/index.ts';
import {
	BackupError,
	BackupKeybag,
	buildKeybag,
	buildUnencryptedKeybag,
	deriveBackupKey,
	KeyCache,
	KEYBAG_CLASSES,
	matchesPasswordKey,
	MAX_KDF_ROUNDS,
	type BackupErrorCode,
} from '../../../src/backup/index.ts';
import { bytesOf, hexOf, quickPasswordKey, seededRandom } from './builders.ts';

/** One keybag item. */
function item(tag: string, value: Uint8Array | number): Uint8Array {
	const bytes = typeof value === 'number' ? bytesOf(value.toString(16).padStart(8, '0')) : value;
	return Buffer.concat([Buffer.from(tag, 'latin1'), bytesOf(bytes.length.toString(16).padStart(8, '0')), bytes]);
}

/** Tags and lengths of a keybag, read by a second, naive reader. */
function outlineOf(bytes: Uint8Array): string[] {
	const outline: string[] = [];
	for (let rest = Buffer.from(bytes); rest.length > 0;) {
		const length = rest.readUInt32BE(4);
		outline.push(`${rest.toString('latin1', 0, 4)}:${length}`);
		rest = rest.subarray(8 + length);
	}
	return outline;
}

function hasCode(code: BackupErrorCode): (error: unknown) => boolean {
	return (error) => BackupError.is(error, code);
}

describe('key derivation', () => {
	it('agrees with the PBKDF2 vector of RFC 6070 when there is no outer derivation', async () => {
		const derivation = { salt: Buffer.from('salt'), rounds: 4096, outer: undefined };
		assert.equal(hexOf(await deriveBackupKey('password', derivation)).slice(0, 40), '4b007901b765489abead49d926f721d065a429c1');
	});

	it('feeds the SHA-256 vector of RFC 7914 into the second derivation', async () => {
		// Expected value: Python's hashlib.pbkdf2_hmac, applied twice.
		const derivation = { salt: Buffer.from('salt'), rounds: 2, outer: { salt: Buffer.from('salt'), rounds: 1 } };
		assert.equal(hexOf(await deriveBackupKey('passwd', derivation)), '21ee4d47e186b654d0e9284226c734c943bee1828b8c06c46682827911027e3e');
	});

	it('refuses more rounds than any device writes', async () => {
		const outer = { salt: Buffer.from('salt'), rounds: 0xffff_ffff };
		await assert.rejects(deriveBackupKey('x', { salt: outer.salt, rounds: 1, outer }), hasCode('KDF_TOO_COSTLY'));
		await assert.rejects(deriveBackupKey('x', { salt: outer.salt, rounds: 0, outer: undefined }), hasCode('BAD_KEYBAG'));
	});

	it('rejects at once when it is cancelled', async () => {
		const controller = new AbortController();
		const derivation = { salt: Buffer.from('salt'), rounds: 200_000, outer: undefined };
		const running = deriveBackupKey('x', derivation, controller.signal);
		controller.abort();
		await assert.rejects(running, AbortError);
		await assert.rejects(deriveBackupKey('x', derivation, controller.signal), AbortError);
	});

	it('is the same when it is long, and done apart', async () => {
		const salt = Buffer.from('salt');
		const key = await deriveBackupKey('grün', { salt, rounds: 500_000, outer: undefined }, new AbortController().signal);
		assert.deepEqual(Buffer.from(key), pbkdf2Sync('grün', salt, 500_000, 32, 'sha1'));
	});

	it('leaves nothing running when it is cancelled, so that a program can end', async () => {
		const isBusy = (): boolean => process.getActiveResourcesInfo().some((name) => /process|pbkdf2/i.test(name));
		const cache = new KeyCache();
		const derivation = { salt: Buffer.from('salt'), rounds: MAX_KDF_ROUNDS, outer: undefined };
		const [one, other] = [new AbortController(), new AbortController()];
		const both = [cache.derive('x', derivation, one.signal), cache.derive('x', derivation, other.signal)] as const;
		assert.equal(isBusy(), true);
		one.abort();
		await assert.rejects(both[0], AbortError);
		assert.equal(isBusy(), true, 'somebody waits for it yet');
		other.abort();
		await assert.rejects(both[1], AbortError);
		while (isBusy()) {
			await new Promise((resolve) => setImmediate(resolve));
		}
	});
});

describe('BackupKeybag', () => {
	it('opens with the password it was built for', async () => {
		const built = buildKeybag(await quickPasswordKey('grün 1'), seededRandom('keybag'));
		const unlocked = await BackupKeybag.parse(built.bytes).unlock('grün 1', { neededClass: 4 });
		assert.deepEqual(unlocked.protectionClasses, KEYBAG_CLASSES);
		for (const protectionClass of KEYBAG_CLASSES) {
			assert.deepEqual(unlocked.classKey(protectionClass), built.classKeys.get(protectionClass));
		}
	});

	it('refuses other passwords', async () => {
		const keybag = BackupKeybag.parse(buildKeybag(await quickPasswordKey('one'), seededRandom('keybag')).bytes);
		for (const other of ['', 'One', 'one ', 'onee']) {
			await assert.rejects(keybag.unlock(other), hasCode('WRONG_PASSWORD'));
		}
	});

	it('has the outline that readers expect: five items per class', async () => {
		const { bytes } = buildKeybag(await quickPasswordKey('x'), seededRandom('keybag'));
		const header = ['VERS:4', 'TYPE:4', 'UUID:16', 'HMCK:40', 'WRAP:4', 'SALT:20', 'ITER:4', 'DPWT:4', 'DPIC:4', 'DPSL:20'];
		const group = ['UUID:16', 'CLAS:4', 'WRAP:4', 'KTYP:4', 'WPKY:40'];
		assert.deepEqual(outlineOf(bytes), [...header, ...KEYBAG_CLASSES.flatMap(() => group)]);
	});

	it('is the same for the same random bytes', async () => {
		const key = await quickPasswordKey('x');
		assert.deepEqual(buildKeybag(key, seededRandom('a')).bytes, buildKeybag(key, seededRandom('a')).bytes);
	});

	it('cannot be opened when the backup is not encrypted', async () => {
		const keybag = BackupKeybag.parse(buildUnencryptedKeybag(seededRandom('plain')));
		await assert.rejects(keybag.unlock(''), hasCode('WRONG_PASSWORD'));
	});

	it('wraps and unwraps file keys', async () => {
		const { unlocked } = buildKeybag(await quickPasswordKey('x'), seededRandom('keybag'));
		const fileKey = seededRandom('file')(32);
		const wrapped = unlocked.wrapFileKey(3, fileKey);
		assert.equal(wrapped.length, 44);
		assert.equal(hexOf(wrapped.subarray(0, 4)), '03000000');
		assert.deepEqual(unlocked.unwrapFileKey(wrapped), fileKey);
		wrapped[0] = 4;
		assert.throws(() => unlocked.unwrapFileKey(wrapped), hasCode('DAMAGED_RECORD'));
		assert.throws(() => unlocked.unwrapFileKey(new Uint8Array(43)), hasCode('DAMAGED_RECORD'));
		assert.throws(() => unlocked.unwrapFileKey(new Uint8Array(44)), hasCode('DAMAGED_RECORD'));
		assert.throws(() => unlocked.wrapFileKey(12, fileKey), hasCode('BAD_KEYBAG'));
	});

	it('skips a class that does not open, unless it is needed', async () => {
		const key = await quickPasswordKey('x');
		const { bytes } = buildKeybag(key, seededRandom('keybag'));
		const changed = bytes.slice();
		// The last byte belongs to the wrapped key of class 11.
		changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
		const keybag = BackupKeybag.parse(changed);
		assert.equal((await keybag.unlock('x', { neededClass: 4 })).classKey(11), undefined);
		await assert.rejects(keybag.unlock('x', { neededClass: 11 }), hasCode('WRONG_PASSWORD'));
		await assert.rejects(keybag.unlock('x', { neededClass: 77 }), hasCode('BAD_KEYBAG'));
	});

	it('lets a device check a password without keeping it', async () => {
		const key = await quickPasswordKey('secret');
		assert.equal(await matchesPasswordKey(key, 'secret'), true);
		assert.equal(await matchesPasswordKey(key, 'Secret'), false);
	});

	it('opens a keybag without the outer derivation, with unknown items and in any order of header items', async () => {
		const key = { derivation: { salt: bytesOf('00'), rounds: 3, outer: undefined }, key: new Uint8Array(32) };
		const derived = { ...key, key: await deriveBackupKey('old', key.derivation) };
		const { bytes } = buildKeybag(derived, seededRandom('old'));
		const keybag = BackupKeybag.parse(Buffer.concat([item('XXXX', new Uint8Array(3)), item('TYPE', 0x4000_0001), bytes]));
		assert.equal(keybag.type, 1);
		assert.ok((await keybag.unlock('old')).classKey(1));
	});

	describe('rejects', () => {
		const check = (name: string, bytes: Uint8Array): void => {
			it(name, () => {
				assert.throws(() => BackupKeybag.parse(bytes), hasCode('BAD_KEYBAG'));
			});
		};
		check('nothing at all', new Uint8Array(0));
		check('an item that reaches past the end', Buffer.concat([item('VERS', 3).subarray(0, 11)]));
		check('a length of 4 GiB', bytesOf('56455253ffffffff00000003'));
		check('a number of 3 bytes', item('ITER', new Uint8Array(3)));
		check('half an item header', Buffer.concat([item('VERS', 3), Buffer.from('TYPE')]));
		const uuid = item('UUID', new Uint8Array(16));
		check('a wrapped key of another length', Buffer.concat([uuid, uuid, item('CLAS', 1), item('WPKY', new Uint8Array(24))]));
		check('a megabyte', new Uint8Array(1024 * 1024));
	});

	it('ends in a clean error or a result for any bytes', async () => {
		const { bytes } = buildKeybag(await quickPasswordKey('x'), seededRandom('keybag'));
		const mutated = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
			const copy = bytes.slice();
			changes.forEach(([offset, value]) => (copy[offset] = value));
			return copy;
		});
		fc.assert(
			fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (input) => {
				try {
					BackupKeybag.parse(input).unlockWithKey(new Uint8Array(32));
				} catch (error) {
					assert.ok(BackupError.is(error), String(error));
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('opens a keybag made by another program', async () => {
		const bytes = new Uint8Array(readFileSync(new URL('../../fixtures/backup/keybag.bin', import.meta.url)));
		const unlocked = await BackupKeybag.parse(bytes).unlock('correct horse');
		assert.deepEqual(unlocked.protectionClasses, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
		assert.equal(hexOf(unlocked.classKey(4) ?? new Uint8Array()), '04'.repeat(32));
	});
});
