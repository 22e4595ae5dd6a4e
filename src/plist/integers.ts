/** Range of integers in both formats: the 16-byte integer of the binary form is the widest. */
export const MAX_INTEGER = 2n ** 127n - 1n;
export const MIN_INTEGER = -(2n ** 127n);

/** The room's form of an integer: `number` when that is exact, else `bigint`. */
export function foldInteger(value: bigint): number | bigint {
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : value;
}
