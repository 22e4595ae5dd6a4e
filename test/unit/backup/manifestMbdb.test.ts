import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BackupError, fileIdOf, readMbdb, type ManifestEntry } from '../../../src/backup/index.ts';

/** One record by the layout of docs/backup-format.md; `undefined` strings are written as 0xFFFF. */
function record(fields: {
	domain: string;
	path: string;
	target?: string;
	digest?: Uint8Array;
	key?: Uint8Array;
	mode?: number;
	size?: number;
	protectionClass?: number;
	properties?: [string, string][];
}): Buffer {
	const text = (value: string | Uint8Array | undefined): Buffer => {
		const bytes = value === undefined ? undefined : Buffer.from(value as string);
		const length = Buffer.alloc(2);
		length.writeUInt16BE(bytes?.length ?? 0xffff);
		return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
	};
	const numbers = Buffer.alloc(2 + 8 + 4 + 4 + 12 + 8 + 1 + 1);
	numbers.writeUInt16BE(fields.mode ?? 0o100644, 0);
	numbers.writeBigUInt64BE(77n, 2);
	numbers.writeUInt32BE(501, 10);
	numbers.writeUInt32BE(501, 14);
	numbers.writeUInt32BE(1_400_000_000, 18);
	numbers.writeUInt32BE(1_400_000_001, 22);
	numbers.writeUInt32BE(1_400_000_002, 26);
	numbers.writeBigUInt64BE(BigInt(fields.size ?? 5), 30);
	numbers[38] = fields.protectionClass ?? 0;
	numbers[39] = fields.properties?.length ?? 0;
	const properties = (fields.properties ?? []).flatMap(([name, value]) => [text(name), text(value)]);
	return Buffer.concat([
		text(fields.domain),
		text(fields.path),
		text(fields.target),
		text(fields.digest),
		text(fields.key),
		numbers,
		...properties,
	]);
}

const MAGIC = Buffer.from('6d6264620500', 'hex');

function read(bytes: Uint8Array): { entries: ManifestEntry[]; problems: string[] } {
	const problems: string[] = [];
	return { entries: [...readMbdb(bytes, ({ reason }) => problems.push(reason))], problems };
}

describe('Manifest.mbdb', () => {
	it('gives files, folders and links with all that it records of them', () => {
		const digest = Buffer.alloc(20, 7);
		const key = Buffer.alloc(44, 9);
		const { entries, problems } = read(
			Buffer.concat([
				MAGIC,
				record({ domain: 'HomeDomain', path: 'Library', mode: 0o40755, size: 0 }),
				record({
					domain: 'HomeDomain',
					path: 'Library/SMS/sms.db',
					digest,
					key,
					protectionClass: 3,
					properties: [
						['a', 'b'],
						['c', ''],
					],
				}),
				record({ domain: 'HomeDomain', path: 'link', target: '/private', mode: 0o120777 }),
			]),
		);
		assert.deepEqual(problems, []);
		assert.deepEqual(
			entries.map(({ kind, relativePath, fileId }) => [kind, relativePath, fileId]),
			[
				['folder', 'Library', fileIdOf('HomeDomain', 'Library')],
				['file', 'Library/SMS/sms.db', '3d0d7e5fb2ce288813306e4d4636395e047a3d28'],
				['symlink', 'link', fileIdOf('HomeDomain', 'link')],
			],
		);
		assert.deepEqual(Buffer.from(entries[1]?.file.digest ?? []), digest);
		assert.deepEqual(Buffer.from(entries[1]?.file.encryptionKey ?? []), key);
		assert.equal(entries[1]?.file.modifiedAtSeconds, 1_400_000_000);
		assert.equal(entries[2]?.file.target, '/private');
	});

	it('leaves out records that lead outside, one by one', () => {
		const { entries, problems } = read(
			Buffer.concat([
				MAGIC,
				record({ domain: 'Home/Domain', path: 'a' }),
				record({ domain: 'HomeDomain', path: '../../etc/passwd' }),
				record({ domain: 'HomeDomain', path: '/etc/passwd' }),
				record({ domain: 'HomeDomain', path: 'odd', mode: 0o644 }),
				record({ domain: 'HomeDomain', path: 'good' }),
			]),
		);
		assert.deepEqual(problems, ['bad-domain', 'bad-path', 'bad-path', 'bad-flags']);
		assert.deepEqual(
			entries.map(({ relativePath }) => relativePath),
			['good'],
		);
	});

	it('ends in a clean error wherever it is cut, after the records before', () => {
		const whole = Buffer.concat([MAGIC, record({ domain: 'A', path: 'b' }), record({ domain: 'C', path: 'd' })]);
		const boundaries = new Set([MAGIC.length, MAGIC.length + record({ domain: 'A', path: 'b' }).length, whole.length]);
		for (let length = 0; length <= whole.length; length++) {
			const cut = (): unknown => read(whole.subarray(0, length));
			if (boundaries.has(length)) {
				assert.doesNotThrow(cut);
			} else {
				assert.throws(cut, (error) => BackupError.is(error, 'DAMAGED_MANIFEST'));
			}
		}
	});

	it('never fails otherwise on bytes of any kind', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
				try {
					read(Buffer.concat([MAGIC, bytes]));
				} catch (error) {
					assert.ok(BackupError.is(error, 'DAMAGED_MANIFEST'), String(error));
				}
			}),
			{ numRuns: 500 },
		);
	});
});
