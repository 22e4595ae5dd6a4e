const AT_ONCE = 32;

/** Does work for each item, for some of them at a time; for small files that a share answers slowly. Rejects with the first failure. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	const queue = items.values();
	await Promise.all(
		Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
			for (const item of queue) {
				await work(item);
			}
		}),
	);
}
