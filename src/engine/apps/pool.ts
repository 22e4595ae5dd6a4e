/** Does work on each item, several at a time. The first failure is thrown when what had begun has ended. */
export async function forEachAtOnce<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
	const queue = items[Symbol.iterator]();
	let failure: { readonly error: unknown } | undefined;
	const worker = async (): Promise<void> => {
		for (let next = queue.next(); next.done !== true && failure === undefined; next = queue.next()) {
			try {
				await work(next.value);
			} catch (error) {
				failure ??= { error };
			}
		}
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	if (failure !== undefined) {
		throw failure.error;
	}
}
