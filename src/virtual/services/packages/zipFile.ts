import { crc32, inflateRawSync } from 'node:zlib';
import { MiB, viewOf } from '../../../base/index.ts';

/** Bytes of an archive, wherever they lie. */
export interface ArchiveSource {
	readonly sizeBytes: number;
	/** Exactly the bytes of a range within the size. */
	read(offset: number, sizeBytes: number): Uint8Array;
}

/** One member as the directory at the archive's end describes it. */
export interface ArchiveMember {
	readonly name: string;
	readonly sizeBytes: number;
	readonly packedBytes: number;
	readonly method: number;
	readonly crc: number;
	readonly offset: number;
	/** Unix mode; 0 when the archive was made elsewhere. */
	readonly mode: number;
}

const END_BYTES = 22;
const END_SIGNATURE = 0x0605_4b50;
const MEMBER_BYTES = 46;
const MEMBER_SIGNATURE = 0x0201_4b50;
const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x0403_4b50;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;

/** What is unpacked to be looked at, at most. */
const MAX_READ_BYTES = 16 * MiB;

/** The archive is no zip, or not a whole one. */
export class BadArchive extends Error {}

/**
 * Members of a zip archive. Written for the virtual device alone, so that it judges what hosts send by other code than theirs.
 * Without Zip64: such packages are refused as damaged. @throws BadArchive.
 */
export function listMembers(source: ArchiveSource): ArchiveMember[] {
	const tailBytes = Math.min(source.sizeBytes, END_BYTES + MAX_COMMENT_BYTES);
	const tail = source.read(source.sizeBytes - tailBytes, tailBytes);
	const view = viewOf(tail);
	let end = tailBytes - END_BYTES;
	while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) {
		end--;
	}
	if (end < 0) {
		throw new BadArchive('It has no directory.');
	}
	const count = view.getUint16(end + 10, true);
	const bytes = view.getUint32(end + 12, true);
	const offset = view.getUint32(end + 16, true);
	if (offset + bytes > source.sizeBytes || bytes < count * MEMBER_BYTES) {
		throw new BadArchive('Its directory lies outside.');
	}
	return readDirectory(source.read(offset, bytes), count);
}

/** The whole of a member. @throws BadArchive. */
export function readMember(source: ArchiveSource, member: ArchiveMember): Uint8Array {
	if (member.sizeBytes > MAX_READ_BYTES || member.offset + LOCAL_BYTES > source.sizeBytes) {
		throw new BadArchive('A member is too long, or outside.');
	}
	const local = viewOf(source.read(member.offset, LOCAL_BYTES));
	const start = member.offset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
	if (local.getUint32(0, true) !== LOCAL_SIGNATURE || start + member.packedBytes > source.sizeBytes) {
		throw new BadArchive('A member is not where the directory says.');
	}
	const packed = source.read(start, member.packedBytes);
	let bytes: Uint8Array;
	try {
		bytes = member.method === DEFLATED ? inflateRawSync(packed, { maxOutputLength: member.sizeBytes + 1 }) : packed;
	} catch (error) {
		throw new BadArchive('A member cannot be unpacked.', { cause: error });
	}
	if ((member.method !== STORED && member.method !== DEFLATED) || bytes.length !== member.sizeBytes || crc32(bytes) !== member.crc) {
		throw new BadArchive('A member is not what the directory says.');
	}
	return bytes;
}

function readDirectory(bytes: Uint8Array, count: number): ArchiveMember[] {
	const view = viewOf(bytes);
	const members: ArchiveMember[] = [];
	let at = 0;
	for (let index = 0; index < count; index++) {
		if (at + MEMBER_BYTES > bytes.length || view.getUint32(at, true) !== MEMBER_SIGNATURE) {
			throw new BadArchive('Its directory is cut short.');
		}
		const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
		members.push({
			name: new TextDecoder().decode(bytes.subarray(at + MEMBER_BYTES, at + MEMBER_BYTES + nameBytes)),
			method: view.getUint16(at + 10, true),
			crc: view.getUint32(at + 16, true),
			packedBytes: view.getUint32(at + 20, true),
			sizeBytes: view.getUint32(at + 24, true),
			mode: view.getUint16(at + 40, true),
			offset: view.getUint32(at + 42, true),
		});
		at += MEMBER_BYTES + nameBytes + extraBytes + commentBytes;
	}
	return members;
}
