import { KiB, MiB } from '../../base/index.ts';
import { mix32, Random } from './random.ts';

/** How the bytes of a generated file look: what their first bytes say, and whether they compress. */
export type ContentStyle = 'binary' | 'text' | 'jpeg' | 'heic' | 'movie' | 'png' | 'database';

/** Styles by number, in the order in which saved states refer to them: append only. */
export const CONTENT_STYLES: readonly ContentStyle[] = ['binary', 'text', 'jpeg', 'heic', 'movie', 'png', 'database'];

/**
 * Writes `length` bytes of a generated file, from `fileOffset` on, to `target`.
 *
 * Everything is copied from two pools that the whole process shares, in slices whose place depends on `seed`, and every 512 bytes carry
 * a mark of their own: so no two files share a block, nothing has to be stored, and the speed is that of copying memory.
 * The same arguments give the same bytes whatever the pieces in which a file is read.
 */
export function generateContent(
	style: ContentStyle,
	seed: number,
	target: Uint8Array,
	targetOffset: number,
	fileOffset: number,
	length: number,
): void {
	const pool = poolFor(style);
	const end = fileOffset + length;
	let position = fileOffset;
	let out = targetOffset;
	while (position < end) {
		const slice = Math.floor(position / SLICE_BYTES);
		const within = position - slice * SLICE_BYTES;
		const taken = Math.min(SLICE_BYTES - within, end - position);
		const start = (mix32(seed, slice) % (pool.length - SLICE_BYTES)) + within;
		pool.copy(target, out, start, start + taken);
		position += taken;
		out += taken;
	}
	mark(style, seed, target, targetOffset, fileOffset, length);
	writeHeader(style, seed, target, targetOffset, fileOffset, length);
}

const SLICE_BYTES = 64 * KiB;
const MARK_STRIDE_BYTES = 512;
const HEADER_BYTES = 48;

const RANDOM_POOL_BYTES = 16 * MiB;
const TEXT_POOL_BYTES = 4 * MiB;

const COMPRESSIBLE: ReadonlySet<ContentStyle> = new Set<ContentStyle>(['text', 'database']);

const pools = new Map<'random' | 'text', Buffer>();

/** The pools depend on nothing but their kind, so that a process with many devices holds them once. */
function poolFor(style: ContentStyle): Buffer {
	const kind = COMPRESSIBLE.has(style) ? 'text' : 'random';
	let pool = pools.get(kind);
	if (pool === undefined) {
		pool = kind === 'random' ? randomPool() : textPool();
		pools.set(kind, pool);
	}
	return pool;
}

function randomPool(): Buffer {
	const random = new Random('random pool');
	const words = new Uint32Array(RANDOM_POOL_BYTES / 4);
	for (let index = 0; index < words.length; index++) {
		words[index] = random.next();
	}
	return Buffer.from(words.buffer);
}

function textPool(): Buffer {
	const random = new Random('text pool');
	const words = Array.from({ length: 4000 }, () => {
		const length = random.between(2, 10);
		let word = '';
		for (let letter = 0; letter < length; letter++) {
			word += 'etaoinshrdlucmfwypvbgkqjxz'[Math.min(random.below(26), random.below(26))] ?? 'e';
		}
		return word;
	});
	const pool = Buffer.alloc(TEXT_POOL_BYTES, ' ');
	let filled = 0;
	while (filled < TEXT_POOL_BYTES - 16) {
		const word = words[Math.min(random.below(4000), random.below(4000))] ?? 'the';
		filled += pool.write(word + (random.chance(0.08) ? '.\n' : ' '), filled, 'latin1');
	}
	return pool;
}

function mark(style: ContentStyle, seed: number, target: Uint8Array, targetOffset: number, fileOffset: number, length: number): void {
	const text = COMPRESSIBLE.has(style);
	const end = fileOffset + length;
	for (let stride = Math.floor(fileOffset / MARK_STRIDE_BYTES); stride * MARK_STRIDE_BYTES < end; stride++) {
		const at = stride * MARK_STRIDE_BYTES;
		const value = mix32(seed ^ 0x5bd1e995, stride);
		for (let byte = 0; byte < 4; byte++) {
			const position = at + byte;
			if (position >= fileOffset && position < end) {
				const bits = (value >>> (byte * 8)) & 0xff;
				target[targetOffset + position - fileOffset] = text ? 0x61 + (bits % 26) : bits;
			}
		}
	}
}

const MAGIC: Record<ContentStyle, readonly number[]> = {
	binary: [],
	text: [],
	database: [],
	jpeg: [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1],
	heic: [0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70, 0x68, 0x65, 0x69, 0x63],
	movie: [0, 0, 0, 20, 0x66, 0x74, 0x79, 0x70, 0x71, 0x74, 0x20, 0x20],
	png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13],
};

/** The head of a file: what programs recognise it by, then the seed in clear, so that two generated files never begin alike. */
function writeHeader(
	style: ContentStyle,
	seed: number,
	target: Uint8Array,
	targetOffset: number,
	fileOffset: number,
	length: number,
): void {
	if (fileOffset >= HEADER_BYTES) {
		return;
	}
	const header = Buffer.from(MAGIC[style]);
	const identity = Buffer.from(`${seed.toString(16).padStart(8, '0')}${mix32(seed, 0xfeed).toString(16).padStart(8, '0')}\n`, 'latin1');
	const head = Buffer.concat([header, identity]);
	const end = Math.min(fileOffset + length, head.length);
	for (let position = fileOffset; position < end; position++) {
		target[targetOffset + position - fileOffset] = head[position] ?? 0;
	}
}
