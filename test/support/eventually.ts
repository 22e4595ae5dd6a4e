import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `condition` holds, which something outside of the test's control brings about; fails after `deadlineMs`. */
export async function eventually(condition: () => boolean, what = 'the condition', deadlineMs = 5000): Promise<void> {
	const end = Date.now() + deadlineMs;
	while (!condition()) {
		if (Date.now() > end) {
			throw new Error(`${what} did not come about within ${deadlineMs} ms`);
		}
		await pause(1);
	}
}

/** Lets everything run that is due already: promises, and what arrives through in-memory streams. */
export async function settled(): Promise<void> {
	for (let turn = 0; turn < 5; turn++) {
		await new Promise(setImmediate);
	}
}
