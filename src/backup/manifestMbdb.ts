import { viewOf } from '../base/index.ts';
import { BackupError } from './errors.ts';
import { fileIdOf } from './fileId.ts';
import type { ManifestEntry, ManifestRowProblem } from './manifestEntry.ts';
import { isSafeDomain, isSafeRelativePath, KIND_OF_MODE } from './manifestRow.ts';
import { MODE_TYPE_MASK } from './mbFile.ts';

/**
 * The records of a Manifest.mbdb, the index of backups before iOS 10: `mbdb 05 00`, then records until the end, integers big-endian.
 *
 * domain, path, link target, digest, key as `u16 length | bytes` (0xFFFF: none), then `u16 mode | u64 inode | u32 user | u32 group |
 * u32 modified | u32 accessed | u32 changed | u64 size | u8 protection class | u8 properties`, then that many pairs of strings.
 * Source: docs/backup-format.md#manifestmbdb.
 *
 * @param onProblem - told of every record that is left out. There is nothing to find the next one by when one breaks the format.
 * @throws BackupError `DAMAGED_MANIFEST` - another file, or a record reaches past the end; the records before it have been given out.
 */
export function* readMbdb(bytes: Uint8Array, onProblem: (problem: ManifestRowProblem) => void): Generator<ManifestEntry, void, undefined> {
	if (bytes.length < MAGIC.length || MAGIC.some((byte, index) => bytes[index] !== byte)) {
		throw damaged('it does not begin as one', 0);
	}
	const reader = new MbdbReader(bytes, MAGIC.length);
	while (!reader.isAtEnd) {
		const { entry, problem } = readRecord(reader);
		if (entry !== undefined) {
			yield entry;
		} else {
			onProblem(problem);
		}
	}
}

const MAGIC = Uint8Array.of(0x6d, 0x62, 0x64, 0x62, 0x05, 0x00);
const NO_STRING = 0xffff;

/** Keeps a byte order mark: it is part of a file's name, and of what its ID is the hash of. */
const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readRecord(
	reader: MbdbReader,
): { entry: ManifestEntry; problem?: undefined } | { entry?: undefined; problem: ManifestRowProblem } {
	const domain = reader.text() ?? '';
	const relativePath = reader.text() ?? '';
	const target = reader.text();
	const digest = reader.data();
	const encryptionKey = reader.data();
	const mode = reader.uint(2);
	const inode = reader.uint(8);
	const [userId, groupId] = [reader.uint(4), reader.uint(4)];
	const [modifiedAtSeconds, statusChangedAtSeconds, createdAtSeconds] = [reader.uint(4), reader.uint(4), reader.uint(4)];
	const sizeBytes = reader.uint(8);
	const protectionClass = reader.uint(1);
	for (let properties = reader.uint(1); properties > 0; properties--) {
		reader.data();
		reader.data();
	}
	const fileId = fileIdOf(domain, relativePath);
	const kind = KIND_OF_MODE.get(mode & MODE_TYPE_MASK);
	const reason = !isSafeDomain(domain)
		? 'bad-domain'
		: !isSafeRelativePath(relativePath)
			? 'bad-path'
			: kind === undefined
				? 'bad-flags'
				: undefined;
	if (reason !== undefined || kind === undefined) {
		return { problem: { fileId, domain, reason: reason ?? 'bad-flags' } };
	}
	return {
		entry: {
			fileId,
			domain,
			relativePath,
			kind,
			file: {
				relativePath,
				sizeBytes,
				mode,
				userId,
				groupId,
				inode,
				modifiedAtSeconds,
				statusChangedAtSeconds,
				createdAtSeconds,
				protectionClass,
				flags: 0,
				...(encryptionKey === undefined || encryptionKey.length === 0 ? {} : { encryptionKey }),
				...(digest === undefined || digest.length !== 20 ? {} : { digest }),
				...(target === undefined || target === '' ? {} : { target }),
			},
		},
	};
}

class MbdbReader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#at: number;

	constructor(bytes: Uint8Array, at: number) {
		this.#bytes = bytes;
		this.#view = viewOf(bytes);
		this.#at = at;
	}

	get isAtEnd(): boolean {
		return this.#at >= this.#bytes.length;
	}

	uint(sizeBytes: 1 | 2 | 4 | 8): number {
		const at = this.#take(sizeBytes);
		switch (sizeBytes) {
			case 1:
				return this.#view.getUint8(at);
			case 2:
				return this.#view.getUint16(at);
			case 4:
				return this.#view.getUint32(at);
			case 8:
				// Sizes and inodes beyond 2^53 are of no device; what is lost then are digits, not safety.
				return Math.min(Number(this.#view.getBigUint64(at)), Number.MAX_SAFE_INTEGER);
		}
	}

	data(): Uint8Array | undefined {
		const length = this.uint(2);
		if (length === NO_STRING) {
			return undefined;
		}
		const at = this.#take(length);
		return this.#bytes.slice(at, at + length);
	}

	text(): string | undefined {
		const bytes = this.data();
		return bytes === undefined ? undefined : UTF_8.decode(bytes);
	}

	#take(sizeBytes: number): number {
		const at = this.#at;
		if (sizeBytes > this.#bytes.length - at) {
			throw damaged('a record reaches past its end', at);
		}
		this.#at += sizeBytes;
		return at;
	}
}

function damaged(why: string, offset: number): BackupError {
	return new BackupError('DAMAGED_MANIFEST', `Manifest.mbdb cannot be read: ${why}.`, { details: { file: 'Manifest.mbdb', offset } });
}
