import { toSafeNumber } from '../../../base/index.ts';
import { msToNs, nsToMs } from '../messages.ts';

export type AfcFileKind = 'file' | 'directory' | 'symlink' | 'blockDevice' | 'characterDevice' | 'fifo' | 'socket' | 'unknown';

/** What the device tells about a file. Links describe themselves, not what they point at. */
export interface AfcFileInfo {
	readonly kind: AfcFileKind;
	readonly sizeBytes: number;
	/** Blocks of 512 bytes that it occupies. */
	readonly blocks: number;
	readonly links: number;
	readonly modifiedAtMs: number;
	readonly createdAtMs: number;
	/** Of a symbolic link only; as stored, relative or absolute. */
	readonly linkTarget?: string;
}

/** Of the volume behind the AFC root. */
export interface AfcDeviceInfo {
	/** Hardware model such as `iPhone14,5`; empty when the device does not say. */
	readonly model: string;
	readonly totalBytes: number;
	readonly freeBytes: number;
	readonly blockBytes: number;
}

/**
 * Reads the answer to `info`: keys and values in turn, each ended by NUL, numbers as decimal text and times in nanoseconds.
 * Absent numbers are 0, since devices differ in what they send for special files.
 * @returns undefined when a number is not one.
 */
export function parseFileInfo(data: Uint8Array): AfcFileInfo | undefined {
	const pairs = parsePairs(data);
	const numbers = ['st_size', 'st_blocks', 'st_nlink', 'st_mtime', 'st_birthtime'].map((key) => parseInteger(pairs.get(key)));
	const [size, blocks, links, modified, created] = numbers;
	if (size === undefined || blocks === undefined || links === undefined || modified === undefined || created === undefined) {
		return undefined;
	}
	const linkTarget = pairs.get('LinkTarget');
	return {
		kind: KINDS.get(pairs.get('st_ifmt') ?? '') ?? 'unknown',
		sizeBytes: Number(size),
		blocks: Number(blocks),
		links: Number(links),
		modifiedAtMs: nsToMs(modified),
		createdAtMs: nsToMs(created),
		...(linkTarget === undefined ? {} : { linkTarget }),
	};
}

/** The device's half of parseFileInfo. Some clients insist on every key but `LinkTarget`. */
export function formatFileInfo(info: AfcFileInfo): Uint8Array {
	const format = [...KINDS].find(([, kind]) => kind === info.kind)?.[0] ?? 'S_IFREG';
	return formatPairs([
		['st_size', String(info.sizeBytes)],
		['st_blocks', String(info.blocks)],
		['st_nlink', String(info.links)],
		['st_ifmt', format],
		['st_mtime', String(msToNs(info.modifiedAtMs))],
		['st_birthtime', String(msToNs(info.createdAtMs))],
		...(info.linkTarget === undefined ? [] : [['LinkTarget', info.linkTarget] as const]),
	]);
}

/** Reads the answer to `deviceInfo`; undefined when a number is not one. */
export function parseDeviceInfo(data: Uint8Array): AfcDeviceInfo | undefined {
	const pairs = parsePairs(data);
	const [total, free, block] = ['FSTotalBytes', 'FSFreeBytes', 'FSBlockSize'].map((key) => parseInteger(pairs.get(key)));
	if (total === undefined || free === undefined || block === undefined) {
		return undefined;
	}
	return { model: pairs.get('Model') ?? '', totalBytes: Number(total), freeBytes: Number(free), blockBytes: Number(block) };
}

/** The device's half of parseDeviceInfo. */
export function formatDeviceInfo(info: AfcDeviceInfo): Uint8Array {
	return formatPairs([
		['Model', info.model],
		['FSTotalBytes', String(toSafeNumber(info.totalBytes))],
		['FSFreeBytes', String(toSafeNumber(info.freeBytes))],
		['FSBlockSize', String(toSafeNumber(info.blockBytes))],
	]);
}

/** Reads the answer to `list`, without `.` and `..`. */
export function parseDirectory(data: Uint8Array): string[] {
	return split(data).filter((name) => name !== '' && name !== '.' && name !== '..');
}

/** The device's half of parseDirectory. Order matters: some clients drop the first two names unread. */
export function formatDirectory(names: readonly string[]): Uint8Array {
	return join(['.', '..', ...names]);
}

const KINDS = new Map<string, AfcFileKind>([
	['S_IFREG', 'file'],
	['S_IFDIR', 'directory'],
	['S_IFLNK', 'symlink'],
	['S_IFBLK', 'blockDevice'],
	['S_IFCHR', 'characterDevice'],
	['S_IFIFO', 'fifo'],
	['S_IFSOCK', 'socket'],
]);

function parsePairs(data: Uint8Array): Map<string, string> {
	const parts = split(data);
	const pairs = new Map<string, string>();
	for (let index = 0; index + 1 < parts.length; index += 2) {
		pairs.set(parts[index] as string, parts[index + 1] as string);
	}
	return pairs;
}

function formatPairs(pairs: readonly (readonly [string, string])[]): Uint8Array {
	return join(pairs.flat());
}

/** At most 20 digits, so that a long text of digits costs nothing. Times before 1970 are negative. */
function parseInteger(value: string | undefined): bigint | undefined {
	if (value === undefined) {
		return 0n;
	}
	return /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** The texts that NUL ends or separates; a last NUL adds no empty text. */
function split(data: Uint8Array): string[] {
	const parts = new TextDecoder('utf-8', { ignoreBOM: true }).decode(data).split('\0');
	if (parts.at(-1) === '') {
		parts.pop();
	}
	return parts;
}

function join(parts: readonly string[]): Uint8Array {
	return new TextEncoder().encode(parts.map((part) => `${part}\0`).join(''));
}
