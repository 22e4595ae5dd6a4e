import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MiB } from '../../../src/base/index.ts';
import {
	BackupError,
	BackupKeybag,
	buildKeybag,
	buildUnencryptedKeybag,
	decodeMbFile,
	deriveBackupKey,
	encodeManifestPlist,
	encodeMbFile,
	encodeStatusPlist,
	openManifestDb,
	readInfoPlist,
	readManifestPlist,
	readMbdb,
	readStatusPlist,
} from '../../../src/backup/index.ts';
import { buildBackup } from './buildBackup.ts';
import { inTempFolder, mbFile, quickPasswordKey, seededRandom } from './builders.ts';

/** The same inputs on every run, so that a failure is one for everybody; fast-check prints the seed with it. The limit ends a run on a slow machine. */
const STEADY = { seed: 20_260_301, numRuns: 2000, interruptAfterTimeLimit: 1500, markInterruptAsFailure: false } as const;

/** What nothing that is read here may hold at once, whatever the bytes say. */
const MOST_BYTES = 64 * MiB;

function fixture(name: string): Uint8Array {
	return new Uint8Array(readFileSync(new URL(`../../fixtures/backup/${name}`, import.meta.url)));
}

/** Real bytes with some of them changed, taken out, doubled, or cut off: most of it stays as it was, so that reading gets far. */
function mutated(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
	const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
	const interesting = fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x01, 0x0f, 0x7f, 0x80, 0xff));
	const change = fc.oneof(
		{ weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), place, fc.array(interesting, { minLength: 1, maxLength: 8 })) },
		{
			weight: 1,
			arbitrary: fc.tuple(
				fc.constantFrom('remove' as const, 'repeat' as const, 'cut' as const),
				place,
				fc.array(interesting, { minLength: 1, maxLength: 40 }),
			),
		},
	);
	return fc.tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 6 })).map(([sample, changes]) => {
		let bytes = Buffer.from(sample);
		for (const [kind, where, values] of changes) {
			const at = Math.floor(where * bytes.length);
			const end = Math.min(bytes.length, at + values.length);
			switch (kind) {
				case 'set':
					bytes.set(values.slice(0, end - at), at);
					break;
				case 'remove':
					bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
					break;
				case 'repeat':
					bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
					break;
				case 'cut':
					bytes = bytes.subarray(0, at);
					break;
			}
		}
		return new Uint8Array(bytes);
	});
}

/** Reading ends with a result or with an error of the room's own, and takes no memory by what the bytes claim. */
function endsCleanly(samples: readonly Uint8Array[], read: (bytes: Uint8Array) => unknown): void {
	fc.assert(
		fc.property(mutated(samples), (bytes) => {
			// Of this one alone: what earlier ones left is the collector's, whenever it comes.
			const before = process.memoryUsage().arrayBuffers;
			try {
				read(bytes);
			} catch (error) {
				assert.ok(BackupError.is(error), String(error));
			}
			assert.ok(process.memoryUsage().arrayBuffers - before < MOST_BYTES);
		}),
		STEADY,
	);
}

function mbdbRecord(domain: string, path: string, mode: number): Buffer {
	const text = (value: string | undefined): Buffer => {
		const bytes = Buffer.from(value ?? '');
		const length = Buffer.alloc(2);
		length.writeUInt16BE(value === undefined ? 0xffff : bytes.length);
		return Buffer.concat([length, bytes]);
	};
	const numbers = Buffer.alloc(40);
	numbers.writeUInt16BE(mode, 0);
	numbers[39] = 1;
	return Buffer.concat([
		text(domain),
		text(path),
		text(undefined),
		text('x'.repeat(20)),
		text(undefined),
		numbers,
		text('name'),
		text('value'),
	]);
}

describe('Hostile bytes', function () {
	this.timeout(30_000);

	it('of a keybag end in a keybag or a clean error, and never in much work', async () => {
		const single = { derivation: { salt: seededRandom('salt')(20), rounds: 3, outer: undefined }, key: new Uint8Array(32) };
		const samples = [
			fixture('keybag.bin'),
			buildKeybag(await quickPasswordKey('x'), seededRandom('keybag')).bytes,
			buildKeybag(single, seededRandom('single')).bytes,
			buildUnencryptedKeybag(seededRandom('plain')),
		];
		endsCleanly(samples, (bytes) => {
			const keybag = BackupKeybag.parse(bytes);
			assert.ok(keybag.classes.size <= bytes.length / 16);
			keybag.unlockWithKey(seededRandom('wrong')(32));
		});
		// However many rounds it asks for, it is refused before any is made.
		const greedy = Buffer.from(samples[1] ?? []);
		greedy.writeUInt32BE(0xffff_ffff, greedy.indexOf('DPIC') + 8);
		const { derivation } = BackupKeybag.parse(new Uint8Array(greedy));
		assert.ok(derivation !== undefined);
		await assert.rejects(deriveBackupKey('x', derivation), (error) => BackupError.is(error, 'KDF_TOO_COSTLY'));
	});

	it('of a file record end in a record or a clean error', () => {
		const samples = [
			...['mbfile-encrypted.bplist', 'mbfile-dates.bplist', 'mbfile-link.bplist'].map(fixture),
			encodeMbFile(
				mbFile({ extendedAttributes: new Uint8Array(70_000), target: 'x', digest: new Uint8Array(20), encryptionKey: new Uint8Array(44) }),
			),
		];
		endsCleanly(samples, (bytes) => {
			const file = decodeMbFile(bytes);
			assert.ok(Number.isSafeInteger(file.sizeBytes) && Number.isSafeInteger(file.modifiedAtSeconds));
			for (const data of [file.encryptionKey, file.digest, file.extendedAttributes]) {
				assert.ok((data?.length ?? 0) <= bytes.length);
			}
		});
	});

	it('of Manifest.mbdb end in records or a clean error', () => {
		const whole = Buffer.concat([
			Buffer.from('mbdb\x05\x00', 'latin1'),
			mbdbRecord('HomeDomain', '', 0o40755),
			mbdbRecord('HomeDomain', 'Grüße 📷', 0o100644),
			mbdbRecord('AppDomain-com.example', 'x'.repeat(300), 0o120777),
		]);
		endsCleanly([whole], (bytes) => {
			let count = 0;
			for (const { relativePath, domain } of readMbdb(bytes, () => count++)) {
				assert.ok(relativePath.length + domain.length <= bytes.length);
				count++;
			}
			// A record has 50 bytes at least.
			assert.ok(count <= bytes.length / 50);
		});
	});

	it('of the property lists beside a manifest end in facts or a clean error', () => {
		const date = new Date('2026-03-01T12:00:00Z');
		const manifest = encodeManifestPlist({
			isEncrypted: true,
			date,
			backupKeybag: fixture('keybag.bin'),
			manifestKey: new Uint8Array(44),
			device: { deviceName: 'x' },
		});
		endsCleanly([manifest, fixture('Manifest.plist')], readManifestPlist);
		endsCleanly([encodeStatusPlist({ snapshotState: 'finished', date, isFullBackup: true }), fixture('Status.plist')], readStatusPlist);
		endsCleanly([fixture('Info.plist')], readInfoPlist);
	});

	it('of Manifest.db end in rows or a clean error', () =>
		inTempFolder(async (folder) => {
			await buildBackup(join(folder, 'backup'));
			const whole = new Uint8Array(readFileSync(join(folder, 'backup', 'Manifest.db')));
			const path = join(folder, 'Manifest.db');
			await fc.assert(
				fc.asyncProperty(mutated([whole]), async (bytes) => {
					writeFileSync(path, bytes);
					try {
						const manifest = await openManifestDb(path, { tempFolder: folder });
						try {
							let rows = 0;
							for (const { fileId } of manifest.entries(() => rows++)) {
								rows++;
								try {
									manifest.entry(fileId);
								} catch (error) {
									assert.ok(BackupError.is(error), String(error));
								}
								assert.ok(rows < 10_000, 'rows without end');
							}
						} finally {
							manifest.dispose();
						}
					} catch (error) {
						assert.ok(BackupError.is(error), String(error));
					}
				}),
				{ ...STEADY, numRuns: 400 },
			);
		}));
});
