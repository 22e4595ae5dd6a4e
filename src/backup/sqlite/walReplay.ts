import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * Brings the committed frames of a write-ahead log into a copy of its database, and marks the copy as one without a log. Done here rather than
 * by SQLite, which would read the schema first and write beside the file.
 *
 * Log: 32 bytes `u32 magic | u32 version | u32 page size | u32 sequence | u32 salt 1 | u32 salt 2 | u32 checksum 1 | u32 checksum 2`, then frames
 * of `u32 page | u32 pages after commit (0: none) | salts | checksums` and one page. Frames count up to the last commit whose checksums hold.
 * Source: sqlite.org/fileformat2.html, section 4.
 *
 * @param databasePath - a copy: it is written. @param walPath - undefined: only the mark is changed.
 * @returns the number of pages that were brought in.
 */
export function replayWal(databasePath: string, walPath: string | undefined): number {
	const database = openSync(databasePath, 'r+');
	try {
		const replayed = walPath === undefined ? 0 : replay(database, walPath);
		const versions = Buffer.alloc(2);
		if (readSync(database, versions, 0, 2, 18) === 2 && versions[0] === WAL_VERSION) {
			writeSync(database, Buffer.of(1, 1), 0, 2, 18);
		}
		return replayed;
	} finally {
		closeSync(database);
	}
}

/** Read and write version of a database in WAL mode, bytes 18 and 19 of its header. */
const WAL_VERSION = 2;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE = 0x377f0682;
const MAGIC_BIG = 0x377f0683;

function replay(database: number, walPath: string): number {
	const wal = openSync(walPath, 'r');
	try {
		const header = Buffer.alloc(HEADER_BYTES);
		if (readSync(wal, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) {
			return 0;
		}
		const magic = header.readUInt32BE(0);
		const pageBytes = header.readUInt32BE(8);
		const isBig = magic === MAGIC_BIG;
		if ((!isBig && magic !== MAGIC_LITTLE) || pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
			return 0;
		}
		let sum = checksum(header.subarray(0, 24), isBig, [0, 0]);
		if (sum[0] !== header.readUInt32BE(24) || sum[1] !== header.readUInt32BE(28)) {
			return 0;
		}
		// Page by its newest place in the log; what comes after the last commit is dropped.
		const committed = new Map<number, number>();
		const pending = new Map<number, number>();
		const frame = Buffer.alloc(FRAME_HEADER_BYTES + pageBytes);
		const end = fstatSync(wal).size;
		for (let at = HEADER_BYTES; at + frame.length <= end; at += frame.length) {
			if (readSync(wal, frame, 0, frame.length, at) < frame.length || frame.compare(header, 16, 24, 8, 16) !== 0) {
				break;
			}
			sum = checksum(frame.subarray(FRAME_HEADER_BYTES), isBig, checksum(frame.subarray(0, 8), isBig, sum));
			const page = frame.readUInt32BE(0);
			if (sum[0] !== frame.readUInt32BE(16) || sum[1] !== frame.readUInt32BE(20) || page === 0) {
				break;
			}
			pending.set(page, at + FRAME_HEADER_BYTES);
			if (frame.readUInt32BE(4) !== 0) {
				pending.forEach((place, each) => committed.set(each, place));
				pending.clear();
			}
		}
		return write(database, wal, committed, pageBytes, end);
	} finally {
		closeSync(wal);
	}
}

function write(database: number, wal: number, committed: ReadonlyMap<number, number>, pageBytes: number, walBytes: number): number {
	const page = Buffer.alloc(pageBytes);
	const limit = fstatSync(database).size + walBytes;
	let written = 0;
	for (const [number, place] of committed) {
		// A page far beyond the end would make a huge file of holes.
		if (number * pageBytes <= limit && readSync(wal, page, 0, pageBytes, place) === pageBytes) {
			writeSync(database, page, 0, pageBytes, (number - 1) * pageBytes);
			written++;
		}
	}
	return written;
}

function checksum(bytes: Buffer, isBig: boolean, [first, second]: readonly [number, number]): [number, number] {
	let [a, b] = [first, second];
	for (let at = 0; at + 8 <= bytes.length; at += 8) {
		a = (a + (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
		b = (b + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
	}
	return [a, b];
}
