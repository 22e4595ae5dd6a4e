/**
 * Gives the memory of large arrays back at once, where the platform can: the collector lets hundreds of megabytes of them lie, since they
 * hardly weigh on its own heap. The arrays must not be used again.
 */
export function freeMemory(arrays: Iterable<ArrayBufferView>): void {
	for (const { buffer } of arrays) {
		(buffer as { transfer?: (newLength: number) => ArrayBuffer }).transfer?.(0);
	}
}
