import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 30_000;
/** Less than mocha gives a test that asks for no more, or nobody would learn what was waited for. */
const TELL_AFTER_MS = 8000;
const LOOK_EVERY_MS = 2;
const LOOK_RARELY_MS = 50;

/**
 * Waits until `check` holds, which something outside of the test's control brings about; fails when it does not within thirty seconds. There
 * is no shorter limit, because a computer that is busy is slow, and only a test that fails waits for it.
 */
export async function eventually(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
	const startedAt = Date.now();
	let isTold = false;
	for (let pauseMs = LOOK_EVERY_MS; !(await check()); pauseMs = Math.min(pauseMs * 2, LOOK_RARELY_MS)) {
		const waitedMs = Date.now() - startedAt;
		if (waitedMs > LIMIT_MS) {
			throw new Error(`waited in vain: ${what}`);
		}
		if (waitedMs > TELL_AFTER_MS && !isTold) {
			isTold = true;
			console.log(`      still waiting: ${what}`);
		}
		await pause(pauseMs);
	}
}

/** Lets everything run that is due already: promises, and what arrives through in-memory streams. */
export async function settled(): Promise<void> {
	for (let turn = 0; turn < 5; turn++) {
		await new Promise(setImmediate);
	}
}
