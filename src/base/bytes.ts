export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** One array with the bytes of all parts. Use it once per message, never once per chunk: repeated joining is quadratic. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1 && parts[0] !== undefined) {
		return parts[0];
	}
	const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let offset = 0;
	for (const part of parts) {
		joined.set(part, offset);
		offset += part.length;
	}
	return joined;
}

/** A view of the same memory with big-endian and little-endian accessors. */
export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A number in JSON and in messages, from an integer that a wire format may carry as 64 bits. Throws when it would lose digits. */
export function toSafeNumber(value: number | bigint): number {
	const number = Number(value);
	if (!Number.isSafeInteger(number)) {
		throw new RangeError(`${value} is not a safe integer`);
	}
	return number;
}
