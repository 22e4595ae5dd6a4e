/** Resolves when one of the signals is aborted. */
export function aborted(...signals: readonly AbortSignal[]): Promise<void> {
	const any = AbortSignal.any([...signals]);
	return new Promise((resolve) => {
		if (any.aborted) {
			resolve();
		} else {
			// Nothing else may be keeping the process alive while it waits.
			const alive = setInterval(() => {}, 0x7fffffff);
			any.addEventListener(
				'abort',
				() => {
					clearInterval(alive);
					resolve();
				},
				{ once: true },
			);
		}
	});
}
