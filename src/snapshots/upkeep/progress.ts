/** How far some upkeep is. */
export interface UpkeepProgress {
	readonly doneBytes: number;
	/** May still change while it is found out what there is to do. */
	readonly totalBytes: number;
}

/** What every long work on a store takes. */
export interface UpkeepOptions {
	/** Ends the work between two steps; the store is whole, and the same work can be begun again. */
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: UpkeepProgress) => void) | undefined;
}
