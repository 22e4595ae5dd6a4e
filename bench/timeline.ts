import { startChromium } from '../test/support/editor/chromium.ts';
import { TimelinePage, timelineState } from '../test/support/timeline/page.ts';
import { longHistory } from '../test/support/timeline/snapshots.ts';

/**
 * How quickly the timeline opens, scrolls and searches with 10, 1,000 and 10,000 snapshots, and what it keeps in memory, in headless Chromium:
 * `npm run bench:timeline`.
 */
const SIZES = [10, 1_000, 10_000];
const ROUNDS = 3;

/** What the page itself measures; it is compiled nowhere, and runs there as it is written. */
const SCROLL = `new Promise((resolve) => {
	const list = document.getElementById('list');
	const frames = [];
	let last = performance.now();
	const end = list.scrollHeight - list.clientHeight;
	const step = Math.max(40, end / 180);
	function frame(now) {
		frames.push(now - last);
		last = now;
		list.scrollTop += step;
		if (list.scrollTop < end - 1 && frames.length < 240) requestAnimationFrame(frame);
		else resolve(frames.slice(1));
	}
	requestAnimationFrame(frame);
})`;

const SEARCH = `new Promise((resolve) => {
	const field = document.getElementById('search');
	const begin = performance.now();
	field.value = 'branch:main is:pinned';
	field.dispatchEvent(new Event('input'));
	requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
})`;

const OPEN = `performance.getEntriesByName('rows')[0].startTime - performance.getEntriesByName('state')[0].startTime`;

interface Round {
	readonly openMs: number;
	readonly frameMs: readonly number[];
	readonly searchMs: number;
	readonly heapBytes: number;
	readonly elements: number;
}

async function measure(page: TimelinePage): Promise<Round> {
	const session = await page.page.context().newCDPSession(page.page);
	const openMs = await page.page.evaluate<number>(OPEN);
	const frameMs = await page.page.evaluate<number[]>(SCROLL);
	const searchMs = await page.page.evaluate<number>(SEARCH);
	await session.send('HeapProfiler.collectGarbage');
	const { usedSize } = await session.send('Runtime.getHeapUsage');
	return {
		openMs,
		frameMs,
		searchMs,
		heapBytes: usedSize,
		elements: await page.page.evaluate<number>(`document.querySelectorAll('*').length`),
	};
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function percentile(values: readonly number[], share: number): number {
	return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

async function main(): Promise<void> {
	const browser = await startChromium();
	try {
		console.log('snapshots   open ms   frame ms (median, 95 %)   search ms   heap MiB   elements');
		for (const size of SIZES) {
			const snapshots = longHistory(size, { branches: Math.min(40, Math.ceil(size / 25)), years: 5 });
			const rounds: Round[] = [];
			for (let round = 0; round < ROUNDS; round++) {
				const page = await TimelinePage.open(browser, timelineState({ snapshots }));
				rounds.push(await measure(page));
				await page.close();
			}
			const frames = rounds.flatMap(({ frameMs }) => frameMs);
			const cells = [
				String(size).padStart(9),
				median(rounds.map(({ openMs }) => openMs))
					.toFixed(0)
					.padStart(10),
				`${median(frames).toFixed(1)}, ${percentile(frames, 0.95).toFixed(1)}`.padStart(26),
				median(rounds.map(({ searchMs }) => searchMs))
					.toFixed(0)
					.padStart(12),
				(median(rounds.map(({ heapBytes }) => heapBytes)) / 2 ** 20).toFixed(1).padStart(11),
				String(median(rounds.map(({ elements }) => elements))).padStart(11),
			];
			console.log(cells.join(''));
		}
	} finally {
		await browser.close();
	}
}

await main();
