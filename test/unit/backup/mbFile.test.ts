import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseBuffer } from 'bplist-parser';
import fc from 'fast-check';
import { BackupError, decodeMbFile, encodeMbFile, type MbFile } from '../../../src/backup/index.ts';
import { mbFile } from './builders.ts';

function fixture(name: string): Uint8Array {
	return new Uint8Array(readFileSync(new URL(`../../fixtures/backup/${name}`, import.meta.url)));
}

/** The archive as another parser sees it. */
function archiveOf(bytes: Uint8Array): { $top: { root: { UID: number } }; $objects: unknown[] } {
	return parseBuffer<{ $top: { root: { UID: number } }; $objects: unknown[] }>(Buffer.from(bytes))[0];
}

/** Plain JSON of classes that another package brings. */
function jsonOf(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value));
}

const seconds = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
const size = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32));
const path = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 300 }));
const anyFile: fc.Arbitrary<MbFile> = fc.record(
	{
		relativePath: path,
		sizeBytes: size,
		mode: fc.nat(0xffff),
		userId: fc.nat(),
		groupId: fc.nat(),
		inode: size,
		modifiedAtSeconds: seconds,
		statusChangedAtSeconds: seconds,
		createdAtSeconds: seconds,
		protectionClass: fc.nat(11),
		flags: fc.nat(3),
		encryptionKey: fc.uint8Array({ minLength: 44, maxLength: 44 }),
		digest: fc.uint8Array({ minLength: 20, maxLength: 20 }),
		extendedAttributes: fc.uint8Array({ maxLength: 400 }),
		target: path,
	},
	{
		requiredKeys: [
			'relativePath',
			'sizeBytes',
			'mode',
			'userId',
			'groupId',
			'inode',
			'modifiedAtSeconds',
			'statusChangedAtSeconds',
			'createdAtSeconds',
			'protectionClass',
			'flags',
		],
	},
);

describe('MBFile', () => {
	it('round-trips', () => {
		fc.assert(
			fc.property(anyFile, (file) => {
				// The generator's objects have no prototype.
				assert.deepEqual(decodeMbFile(encodeMbFile(file)), { ...file });
			}),
			{ numRuns: 500 },
		);
	});

	it('round-trips extended attributes that need four-byte offsets', () => {
		const file = mbFile({ extendedAttributes: new Uint8Array(100_000).fill(7), target: 'x'.repeat(20) });
		assert.deepEqual(decodeMbFile(encodeMbFile(file)), file);
	});

	it('is read by another parser as the archive that devices write', () => {
		const encryptionKey = new Uint8Array(44).fill(1);
		const archive: unknown = archiveOf(encodeMbFile(mbFile({ relativePath: 'a/ß', encryptionKey, digest: new Uint8Array(20).fill(2) })));
		assert.deepEqual(jsonOf(archive), {
			$version: 100000,
			$archiver: 'NSKeyedArchiver',
			$top: { root: { UID: 1 } },
			$objects: [
				'$null',
				{
					RelativePath: { UID: 3 },
					Size: 5,
					Mode: 0o100644,
					UserID: 501,
					GroupID: 501,
					InodeNumber: 4711,
					LastModified: 1_700_000_000,
					LastStatusChange: 1_700_000_001,
					Birth: 1_600_000_000,
					ProtectionClass: 0,
					Flags: 0,
					EncryptionKey: { UID: 4 },
					Digest: jsonOf(Buffer.alloc(20, 2)),
					$class: { UID: 5 },
				},
				{ $classname: 'NSMutableData', $classes: ['NSMutableData', 'NSData', 'NSObject'] },
				'a/ß',
				{ 'NS.data': jsonOf(Buffer.from(encryptionKey)), $class: { UID: 2 } },
				{ $classname: 'MBFile', $classes: ['MBFile', 'NSObject'] },
			],
		});
	});

	it('is read by another parser whatever it holds', () => {
		fc.assert(
			fc.property(anyFile, (file) => {
				const archive = archiveOf(encodeMbFile(file));
				const root = archive.$objects[archive.$top.root.UID] as Record<string, { UID: number } | undefined>;
				const at = (key: string): unknown => {
					const uid = root[key]?.UID;
					return uid === undefined ? undefined : archive.$objects[uid];
				};
				assert.equal(at('RelativePath'), file.relativePath);
				assert.equal(at('Target'), file.target);
			}),
			{ numRuns: 200 },
		);
	});

	it('reads a record of another encoder with a key and extended attributes', () => {
		const { extendedAttributes, ...file } = decodeMbFile(fixture('mbfile-encrypted.bplist'));
		assert.deepEqual(file, {
			relativePath: 'Library/Grüße 📷.db',
			sizeBytes: 5_000_000_000,
			mode: 0o100600,
			userId: 501,
			groupId: 501,
			inode: 123_456_789_012,
			modifiedAtSeconds: 1_700_000_000,
			statusChangedAtSeconds: 1_700_000_001,
			createdAtSeconds: 1_600_000_000,
			protectionClass: 3,
			flags: 0,
			encryptionKey: new Uint8Array([3, 0, 0, 0, ...new Uint8Array(40).fill(0xee)]),
			digest: new Uint8Array(20).fill(0xd1),
		});
		assert.deepEqual(parseBuffer(Buffer.from(extendedAttributes ?? [])), [{ 'com.example.note': Buffer.from([1, 2]) }]);
	});

	it('reads dates in every form, data in both forms, and fills in what is missing', () => {
		assert.deepEqual(decodeMbFile(fixture('mbfile-dates.bplist')), {
			relativePath: 'plain.txt',
			sizeBytes: 7,
			mode: 0o100644,
			userId: 0,
			groupId: 0,
			inode: 0,
			modifiedAtSeconds: 1_700_000_000,
			statusChangedAtSeconds: 0,
			createdAtSeconds: 978_307_210,
			protectionClass: 0,
			flags: 0,
			digest: new Uint8Array(20).fill(0xd2),
			extendedAttributes: new Uint8Array(Buffer.from('bplist00')),
		});
	});

	it('reads links and dates before 1970', () => {
		const { target, modifiedAtSeconds, mode } = decodeMbFile(fixture('mbfile-link.bplist'));
		assert.deepEqual({ target, modifiedAtSeconds, mode }, { target: '/private/var/mobile', modifiedAtSeconds: -1, mode: 0o120755 });
	});

	it('ends in a clean error or a record for damaged bytes', () => {
		const samples = [fixture('mbfile-encrypted.bplist'), fixture('mbfile-dates.bplist'), encodeMbFile(mbFile({ target: 'x' }))];
		const check = (bytes: Uint8Array): void => {
			try {
				decodeMbFile(bytes);
			} catch (error) {
				assert.ok(BackupError.is(error, 'DAMAGED_RECORD'), String(error));
			}
		};
		for (const sample of samples) {
			for (let end = 0; end < sample.length; end++) {
				assert.throws(
					() => decodeMbFile(sample.subarray(0, end)),
					(error) => BackupError.is(error, 'DAMAGED_RECORD'),
				);
			}
			for (let offset = 0; offset < sample.length; offset++) {
				for (const value of [0x00, 0x0f, 0x13, 0x4f, 0x80, 0xa5, 0xd1, 0xdf, 0xff]) {
					const changed = sample.slice();
					changed[offset] = value;
					check(changed);
				}
			}
		}
		fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check));
	});

	it('takes no other property list', () => {
		const [first] = ['bplist00', '<?xml version="1.0"?><plist><dict/></plist>', ''].map((text) => new Uint8Array(Buffer.from(text)));
		for (const bytes of [first ?? new Uint8Array(), fixture('Manifest.plist'), fixture('Info.plist')]) {
			assert.throws(
				() => decodeMbFile(bytes),
				(error) => BackupError.is(error, 'DAMAGED_RECORD'),
			);
		}
	});
});
