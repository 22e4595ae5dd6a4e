import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
	BackupError,
	decryptBytes,
	decryptFile,
	encryptBytes,
	encryptedSizeOf,
	encryptFile,
	FileDecryptor,
	FileEncryptor,
} from '../../../src/backup/index.ts';
import { inTempFolder, seededRandom } from './builders.ts';

const KEY = seededRandom('file key')(32);

/** Encrypts whole blocks as they are, for endings that our own encryptor does not produce. */
function encryptBlocks(plain: Uint8Array): Uint8Array {
	return createCipheriv('aes-256-cbc', KEY, new Uint8Array(16)).setAutoPadding(false).update(plain);
}

function decryptIn(stored: Uint8Array, cuts: readonly number[], recordedSizeBytes?: number): { plain: Uint8Array; padding: string } {
	const decryptor = new FileDecryptor(KEY, recordedSizeBytes);
	const edges = [0, ...[...cuts].sort((a, b) => a - b), stored.length];
	const parts = edges.slice(1).map((end, index) => decryptor.update(stored.subarray(edges[index], end)));
	const plain = Buffer.concat([...parts, decryptor.final()]);
	assert.equal(decryptor.plainBytes, plain.length);
	return { plain: new Uint8Array(plain), padding: decryptor.padding };
}

describe('file encryption', () => {
	it('decrypts at every split point', () => {
		const plain = seededRandom('split')(70);
		const stored = encryptBytes(KEY, plain);
		for (let cut = 0; cut <= stored.length; cut++) {
			assert.deepEqual(decryptIn(stored, [cut]), { plain, padding: 'pkcs7' });
		}
	});

	it('encrypts the same in any pieces', () => {
		const plain = seededRandom('pieces')(5000);
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 6 }), (cuts) => {
				const encryptor = new FileEncryptor(KEY);
				const edges = [0, ...cuts.sort((a, b) => a - b), plain.length];
				const parts = edges.slice(1).map((end, index) => encryptor.update(plain.subarray(edges[index], end)));
				assert.deepEqual(new Uint8Array(Buffer.concat([...parts, encryptor.final()])), new Uint8Array(encryptBytes(KEY, plain)));
			}),
			{ numRuns: 30 },
		);
	});

	it('round-trips any length in any pieces, and predicts the stored length', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 9000 }), fc.array(fc.nat(9000), { maxLength: 5 }), (length, cuts) => {
				const plain = seededRandom('round trip')(length);
				const stored = encryptBytes(KEY, plain);
				assert.equal(stored.length, encryptedSizeOf(length));
				const inside = cuts.filter((cut) => cut <= stored.length);
				assert.deepEqual(decryptIn(stored, inside), { plain, padding: 'pkcs7' });
			}),
		);
	});

	it('trusts regular padding more than the recorded size', () => {
		const plain = seededRandom('live database')(4096);
		for (const recorded of [0, 1024, 4095, 4096, 4097, 1_000_000]) {
			assert.deepEqual(decryptIn(encryptBytes(KEY, plain), [], recorded), { plain, padding: 'pkcs7' });
		}
	});

	it('takes an empty stored file and one block of padding both for an empty file', () => {
		assert.deepEqual(decryptBytes(KEY, new Uint8Array(0), 0), new Uint8Array(0));
		const block = encryptBlocks(new Uint8Array(16).fill(16));
		assert.deepEqual(decryptIn(block, [], 0), { plain: new Uint8Array(0), padding: 'pkcs7' });
	});

	describe('with irregular endings', () => {
		const content = seededRandom('content')(48).fill(0xee, 47);
		const check = (name: string, stored: Uint8Array, recorded: number | undefined, expected: Uint8Array, padding: string): void => {
			it(name, () => {
				for (let cut = 0; cut <= stored.length; cut += 5) {
					assert.deepEqual(decryptIn(stored, [cut], recorded), { plain: expected, padding });
				}
			});
		};
		check('keeps whole blocks without padding', encryptBlocks(content), 48, content, 'none');
		check(
			'keeps a last 01 when the recorded size agrees',
			encryptBlocks(content.slice().fill(1, 47)),
			48,
			content.slice().fill(1, 47),
			'none',
		);
		check(
			'cuts zeros in the last block to the recorded size',
			encryptBlocks(content.slice().fill(0, 40)),
			40,
			content.subarray(0, 40),
			'odd',
		);
		check(
			'cuts regular padding followed by blocks of zeros',
			encryptBlocks(Buffer.concat([content.subarray(0, 40), new Uint8Array(8).fill(8), new Uint8Array(160)])),
			40,
			content.subarray(0, 40),
			'odd',
		);
		check('keeps content that is longer than recorded', encryptBlocks(content), 16, content, 'none');
		check('keeps everything without a recorded size', encryptBlocks(content), undefined, content, 'none');
	});

	it('reports a length that is not whole blocks', () => {
		const stored = encryptBytes(KEY, seededRandom('cut')(100)).subarray(0, 99);
		assert.throws(
			() => decryptBytes(KEY, stored),
			(error) => BackupError.is(error, 'DAMAGED_FILE'),
		);
	});

	it('gives out every byte when padding is kept', () => {
		const decryptor = new FileDecryptor(KEY, undefined, 'keep');
		const plain = Buffer.concat([decryptor.update(encryptBytes(KEY, new Uint8Array(5))), decryptor.final()]);
		assert.deepEqual([...plain], [0, 0, 0, 0, 0, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11]);
	});

	it('works from file to file', () =>
		inTempFolder(async (folder) => {
			const [plainPath, storedPath, againPath] = ['plain', 'stored', 'again'].map((name) => join(folder, name)) as [string, string, string];
			for (const length of [0, 1, 300_000]) {
				const plain = seededRandom('file')(length);
				writeFileSync(plainPath, plain);
				await encryptFile(plainPath, storedPath, KEY);
				assert.equal(readFileSync(storedPath).length, encryptedSizeOf(length));
				assert.deepEqual(await decryptFile(storedPath, againPath, KEY), { padding: 'pkcs7', sizeBytes: length });
				assert.deepEqual(new Uint8Array(readFileSync(againPath)), plain);
			}
		}));
});
