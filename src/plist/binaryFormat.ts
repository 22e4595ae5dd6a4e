/*
 * The binary form ("bplist00"):
 *
 *   `bplist00` | objects | offset table | 32-byte trailer
 *
 * An object is a marker byte, high nibble = type, low nibble = size or count, then its bytes. A low nibble of 15 says that an
 * integer object with the count follows. Containers hold references: indexes into the offset table, big-endian,
 * `refSize` bytes each; a dictionary has all its keys' references first, then all its values'.
 *
 * Trailer: 5 unused | u8 sort version | u8 offset size | u8 reference size | u64 objects | u64 top object | u64 offset table's offset
 *
 * Source: the comment that describes the format in Apple's published CoreFoundation, CFBinaryPList.c.
 */

/** `bplist0`; the eighth byte is the minor version, which readers ignore. */
export const MAGIC = [0x62, 0x70, 0x6c, 0x69, 0x73, 0x74, 0x30] as const;
export const HEADER_BYTES = 8;
export const TRAILER_BYTES = 32;

/** Fields of the trailer, counted from its start. */
export const TRAILER_OFFSET_SIZE = 6;
export const TRAILER_REF_SIZE = 7;
export const TRAILER_OBJECT_COUNT = 8;
export const TRAILER_TOP_OBJECT = 16;
export const TRAILER_TABLE_OFFSET = 24;

/** Whole markers. */
export const MARKER_FALSE = 0x08;
export const MARKER_TRUE = 0x09;
export const MARKER_FLOAT32 = 0x22;
export const MARKER_FLOAT64 = 0x23;
export const MARKER_DATE = 0x33;

/** High nibbles. */
export const TYPE_INTEGER = 0x10;
export const TYPE_DATA = 0x40;
export const TYPE_ASCII = 0x50;
export const TYPE_UTF16 = 0x60;
export const TYPE_UID = 0x80;
export const TYPE_ARRAY = 0xa0;
export const TYPE_ORDERED_SET = 0xb0;
export const TYPE_SET = 0xc0;
export const TYPE_DICT = 0xd0;

/** Low nibble: the count follows as an integer object. */
export const COUNT_FOLLOWS = 0x0f;

/** Dates are seconds since 2001-01-01T00:00:00Z. */
export const EPOCH_MS = 978_307_200_000;
