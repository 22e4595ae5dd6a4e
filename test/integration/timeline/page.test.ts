import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type { Browser } from 'playwright-core';
import type { Coverage, FromTimeline, RowsDiff, SnapshotDiff, TimelineState, ToTimeline } from '../../../src/contract/index.ts';
import { requireChromium, startChromium } from '../../support/editor/chromium.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWith } from '../../support/requirements.ts';
import { TimelinePage, timelineState, type PageTheme } from '../../support/timeline/page.ts';
import { longHistory, snapshotInfo } from '../../support/timeline/snapshots.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const three = [
	snapshotInfo({
		id: 'c3',
		parent: 'a1',
		takenAt: '2026-11-19T10:00:00Z',
		name: 'logged-in-v7',
		isHead: true,
		encrypted: true,
		pinned: true,
	}),
	snapshotInfo({
		id: 'b2',
		parent: 'a1',
		takenAt: '2026-11-18T10:00:00Z',
		trigger: 'safety',
		encrypted: true,
		damagedAt: '2026-11-19T00:00:00Z',
	}),
	snapshotInfo({ id: 'a1', takenAt: '2026-11-17T10:00:00Z', name: 'fresh', note: 'Straight from the box.', encrypted: true }),
];

const diff: SnapshotDiff = {
	before: 'a1',
	after: 'c3',
	fileCount: 2,
	groups: [{ name: 'com.acme.app', added: 1, removed: 0, changed: 1, addedBytes: 1_200_000, removedBytes: 0 }],
	files: [
		{
			change: 'changed',
			group: 'com.acme.app',
			domain: 'AppDomain-com.acme.app',
			path: 'Documents/db.sqlite',
			beforeBytes: 100,
			afterBytes: 1_200,
		},
		{ change: 'added', group: 'com.acme.app', domain: 'AppDomainPlugin-com.acme.app', path: 'Documents/<b>bold</b>.txt', afterBytes: 12 },
	],
};

const rows: RowsDiff = {
	before: 'a1',
	after: 'c3',
	databases: [
		{
			...{ group: 'com.acme.app', domain: 'AppDomain-com.acme.app', path: 'Documents/db.sqlite' },
			tables: [{ table: 'sessions', added: 1, removed: 0, changed: 1, exact: true, schemaChanged: false }],
		},
	],
	unreadable: [],
	leftOut: 3,
};

const coverage: Coverage = {
	encrypted: true,
	fileCount: 2_400,
	sizeBytes: 1_800_000_000,
	missingFiles: 0,
	unreadableRows: 0,
	holdings: [
		{ kind: 'photos', state: 'held', count: 1_210, change: 4 },
		{ kind: 'calls', state: 'absent', count: 0 },
	],
	storage: [
		{ id: 'com.acme.app', kind: 'app', name: '<b>Acme</b>', installed: true, sizeBytes: 1_200_000_000, fileCount: 12, domains: [] },
		{ id: 'home', kind: 'system', installed: false, sizeBytes: 1_000, fileCount: 3, domains: [] },
	],
	omissions: [],
};

function answerDiffs(message: FromTimeline): ToTimeline | undefined {
	switch (message.type) {
		case 'diff':
			return { type: 'diff', request: message.request, diff };
		case 'rows':
			return { type: 'rows', request: message.request, rows };
		case 'coverage':
			return { type: 'coverage', request: message.request, coverage };
		default:
			return undefined;
	}
}

describeWith(requireChromium(), 'The timeline page', function () {
	this.timeout(30_000);
	let browser: Browser;
	const open: TimelinePage[] = [];

	before(async function () {
		this.timeout(60_000);
		browser = await startChromium();
	});
	afterEach(async () => {
		for (const timeline of open.splice(0)) {
			assert.deepEqual(timeline.errors, []);
			await timeline.close();
		}
	});
	after(() => browser.close());

	async function show(part: Partial<TimelineState>, options: Parameters<typeof TimelinePage.open>[2] = {}): Promise<TimelinePage> {
		const timeline = await TimelinePage.open(browser, timelineState(part), { answer: answerDiffs, ...options });
		open.push(timeline);
		return timeline;
	}

	/** The last thing that the page asked its host for, whatever it said of the keyboard in between. */
	const lastRun = (timeline: TimelinePage): FromTimeline | undefined => timeline.sent.findLast(({ type }) => type === 'run');

	/** What axe finds. The page's policy refuses scripts that it does not know, so the checker comes from outside of it. */
	async function barriers(timeline: TimelinePage): Promise<unknown> {
		const session = await timeline.page.context().newCDPSession(timeline.page);
		const { result } = await session.send('Runtime.evaluate', {
			expression: `${axe}; axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.target.join(' ')).join(', ')))`,
			awaitPromise: true,
			returnByValue: true,
		});
		return result.value;
	}

	it('lists Now, snapshots and what happened between them, newest first', async () => {
		const timeline = await show({ snapshots: three });
		const labels = await timeline.page.locator('[role=treeitem] > .visually-hidden').allTextContents();
		assert.equal(labels.length, 5);
		assert.match(labels[0] ?? '', /^Now, from logged-in-v7/);
		assert.match(labels[1] ?? '', /^logged-in-v7, .*device snapshot, manual, iOS 18\.1, encrypted, pinned.*the device stands here/);
		assert.match(labels[2] ?? '', /^Rolled back to fresh/);
		assert.match(labels[3] ?? '', /safety.*damaged, on another branch/);
		assert.match(labels[4] ?? '', /^fresh/);
		assert.equal(await timeline.row(/^Now/).getAttribute('aria-setsize'), '5');
		assert.equal(await timeline.row(/^fresh/).getAttribute('aria-posinset'), '5');
	});

	it('goes through rows and branches by keyboard alone', async () => {
		const timeline = await show({ snapshots: three });
		const { keyboard } = timeline.page;
		await timeline.row(/^Now/).focus();
		await keyboard.press('ArrowDown');
		await timeline.focused(/^logged-in-v7/);
		await keyboard.press('ArrowLeft');
		await timeline.focused(/^fresh/);
		await keyboard.press('ArrowRight');
		await timeline.focused(/^logged-in-v7/);
		await keyboard.press('End');
		await timeline.focused(/^fresh/);
		await keyboard.press('h');
		await timeline.focused(/^Now/);
	});

	it('asks its host for what keys mean, about the row that has the keyboard', async () => {
		const timeline = await show({ snapshots: three });
		const { keyboard } = timeline.page;
		await timeline.row(/^fresh/).click();
		const check = async (key: string, action: string): Promise<void> => {
			await keyboard.press(key);
			const wanted = { type: 'run', action, snapshots: action === 'snapshot' ? [] : ['a1'] };
			await eventually(`the request to ${action}`, () => isDeepStrictEqual(lastRun(timeline), wanted));
		};
		await check('r', 'rollBack');
		await check('F2', 'name');
		await check('p', 'pin');
		await check('Delete', 'delete');
		await check('n', 'snapshot');
	});

	it('asks what a snapshot holds when the reader opens it, and not in passing', async () => {
		const timeline = await show({ snapshots: three });
		const asked = (): readonly string[] => timeline.sent.flatMap((message) => (message.type === 'coverage' ? message.snapshot : []));
		await timeline.row(/^logged-in-v7/).click();
		const details = timeline.page.getByRole('region', { name: 'Details of logged-in-v7' });
		const summary = details.getByText('What is in it');
		assert.deepEqual(asked(), []);
		await summary.click();
		const [holds, apps] = [details.getByRole('list', { name: 'Holds' }), details.getByRole('list', { name: 'Apps by size' })];
		await holds.waitFor();
		assert.match((await holds.textContent()) ?? '', /^\s*Photos\s+1,210 \(\+4\)\s*$/);
		assert.match((await apps.textContent()) ?? '', /<b>Acme<\/b>\s+1\.2 GB\s*Settings and the system's apps\s+1 kB/);
		await timeline.row(/^fresh/).click();
		await timeline.page.getByRole('region', { name: 'Details of fresh' }).waitFor();
		assert.equal(await apps.count(), 0);
		await timeline.row(/^logged-in-v7/).click();
		await summary.click();
		await apps.waitFor();
		assert.deepEqual(asked(), ['c3'], 'what is known is not asked for again');
	});

	it('compares the marked snapshot with another, the older one before', async () => {
		const timeline = await show({ snapshots: three });
		const { keyboard } = timeline.page;
		await timeline.row(/^logged-in-v7/).click();
		await keyboard.press('Space');
		await timeline.row(/^logged-in-v7.*marked/).waitFor();
		await keyboard.press('ArrowLeft');
		await keyboard.press('c');
		const comparison = timeline.page.getByRole('region', { name: 'Comparison of fresh and logged-in-v7' });
		await comparison.getByText('3 databases were not looked into').waitFor();
		assert.equal(await comparison.locator('summary').getByText('2 rows in `sessions`').count(), 1);
		await comparison.getByText('com.acme.app').click();
		await comparison.getByRole('button', { name: 'Documents/db.sqlite' }).click();
		assert.deepEqual(timeline.sent.at(-1)?.type === 'focus' ? timeline.sent.at(-2) : timeline.sent.at(-1), {
			type: 'openFile',
			before: 'a1',
			after: 'c3',
			domain: 'AppDomain-com.acme.app',
			path: 'Documents/db.sqlite',
		});
		assert.equal(await comparison.locator('b').count(), 0, 'a file name is text, never markup');
	});

	it('compares the marked snapshot with Now, and offers a backup to know it as it is', async () => {
		const timeline = await show({ snapshots: three });
		await timeline.row(/^fresh/).click();
		await timeline.page.keyboard.press('Space');
		await timeline.page.keyboard.press('h');
		await timeline.focused(/^Now/);
		await timeline.page.keyboard.press('c');
		await timeline.page.getByRole('region', { name: 'Comparison of fresh and logged-in-v7' }).waitFor();
		await timeline.page.getByRole('button', { name: 'Back Up and Compare with Now' }).click();
		const wanted = { type: 'run', action: 'compareWithNow', snapshots: ['a1'] };
		await eventually('the comparison is asked for', () => isDeepStrictEqual(lastRun(timeline), wanted));
	});

	it('finds snapshots while one types, and leaves single keys to the field', async () => {
		const timeline = await show({ snapshots: three });
		const { page } = timeline;
		await timeline.row(/^Now/).focus();
		await page.keyboard.press('Control+f');
		await page.keyboard.type('fresh is:encrypted');
		await page.getByRole('status').getByText('1 of 3 snapshots').waitFor();
		assert.equal(lastRun(timeline), undefined);
		await page.keyboard.press('Enter');
		await timeline.focused(/^fresh/);
		await page.keyboard.press('Control+f');
		await page.keyboard.type(' is:purple');
		await page.getByText('is:purple is no question', { exact: false }).waitFor();
		await page.keyboard.press('Escape');
		await timeline.row(/^Now/).waitFor();
	});

	it('follows a running job and what it waits for, and lets it be cancelled', async () => {
		const timeline = await show({ snapshots: three });
		const job = { id: 'j1', kind: 'snapshot', udid: three[0]?.udid, startedAt: '2026-11-19T11:00:00Z', cancelling: false } as const;
		await timeline.tell({ type: 'jobs', jobs: [{ ...job, waitsFor: 'passcode', phase: 'waiting-for-passcode' }] });
		await timeline.row(/waits for the passcode: enter it on the device now/).waitFor();
		await timeline.tell({
			type: 'jobs',
			jobs: [{ ...job, phase: 'transferring', percent: 34, transferredBytes: 3.1e9, expectedBytes: 9e9 }],
		});
		await timeline.row(/transferring 3\.1 GB of about 9 GB, 34 %/).waitFor();
		await timeline.page.getByRole('button', { name: 'Cancel' }).click();
		const wanted = { type: 'run', action: 'cancelJob', snapshots: [], job: 'j1' };
		await eventually('the request to cancel', () => isDeepStrictEqual(lastRun(timeline), wanted));
		await timeline.tell({ type: 'jobs', jobs: [] });
		const taken = snapshotInfo({ id: 'd4', parent: 'c3', takenAt: '2026-11-19T11:00:00Z', isHead: true });
		const before = { ...(three[0] ?? taken), isHead: false };
		await timeline.tell({ type: 'snapshots', changed: [taken, before], removed: ['b2'] });
		await timeline.row(/^Now, from/).waitFor();
		await timeline.row(/damaged/).waitFor({ state: 'detached' });
	});

	it('says why something cannot be done, and does not do it', async () => {
		const device = { udid: 'X', name: 'Lab-1', ready: false, obstacle: 'Lab-1 is not attached. Its history can be read.' };
		const timeline = await show({ snapshots: three, device });
		await timeline.row(/^fresh/).click();
		const button = timeline.page.getByRole('button', { name: 'Roll Back…' });
		assert.equal(await button.getAttribute('aria-disabled'), 'true');
		await button.click({ force: true });
		assert.equal(lastRun(timeline), undefined);
		assert.ok((await timeline.page.getByText('Lab-1 is not attached.').count()) >= 2);
		await timeline.row(/safety/).click();
		await timeline.page.getByText('Damage was found on').waitFor();
	});

	it('names what a reason keeps from being done', async () => {
		const timeline = await show({ snapshots: three });
		await timeline.row(/^logged-in-v7/).click();
		await timeline.page.getByText('Delete: It is pinned. Unpin it first.').waitFor();
		await timeline.row(/safety/).click();
		await timeline.page.getByText('Roll Back, Restore onto Another Device, Export: This snapshot is damaged.').waitFor();
	});

	it('keeps its actions in columns, whatever the width', async () => {
		for (const width of [1240, 930, 600, 400, 240]) {
			const timeline = await show({ snapshots: three }, { size: { width, height: 760 } });
			await timeline.row(/^logged-in-v7/).click();
			const buttons = timeline.page.getByRole('group', { name: 'Actions' }).getByRole('button');
			await buttons.first().waitFor();
			const boxes = await Promise.all((await buttons.all()).map((button) => button.boundingBox()));
			const lefts = new Set(boxes.map((box) => Math.round(box?.x ?? 0)));
			const ends = new Map<number, number>();
			for (const box of boxes) {
				const line = Math.round(box?.y ?? 0);
				ends.set(line, Math.max(ends.get(line) ?? 0, Math.round((box?.x ?? 0) + (box?.width ?? 0))));
			}
			assert.ok(lefts.size <= 3, `${width} px: ${lefts.size} columns`);
			assert.equal(new Set(ends.values()).size, 1, `${width} px: lines end at ${[...ends.values()].join(', ')}`);
			assert.ok(width < 300 || new Set(boxes.map((box) => box?.height)).size === 1, `${width} px: a label is broken into lines`);
		}
	});

	it('keeps the header in two lines in a narrow panel, and its button keeps its name', async () => {
		const timeline = await show({ snapshots: three }, { size: { width: 400, height: 760 } });
		const button = await timeline.page.getByRole('button', { name: 'Snapshot Now' }).boundingBox();
		const search = await timeline.page.locator('.search').boundingBox();
		assert.ok(button !== null && search !== null && Math.abs(button.y - search.y) < 6, 'search and button stand in one line');
	});

	it('leaves titles whole beside forty branches, and tells what is cut in a tooltip', async () => {
		const name = 'a name that nobody can read in a row of this width, whatever it says';
		const [newest, ...older] = longHistory(1_000, { branches: 40, years: 2 });
		assert.ok(newest !== undefined);
		const timeline = await show({ snapshots: [{ ...newest, name }, ...older] }, { size: { width: 930, height: 730 } });
		await timeline.row(/^a name/).click();
		await timeline.page.getByRole('region', { name: /^Details/ }).waitFor();
		const title = timeline.row(/^a name/).locator('.title');
		assert.equal(await title.getAttribute('title'), name);
		const cut = await timeline.page
			.locator('.row.snapshot .title:not(.named)')
			.evaluateAll(
				(titles) =>
					(titles as unknown as readonly { scrollWidth: number; clientWidth: number }[]).filter(
						(each) => each.scrollWidth > each.clientWidth,
					).length,
			);
		assert.equal(cut, 0);
	});

	it('copies a commit, of which it shows the beginning', async () => {
		const commit = 'a2af8b4c9b16b094c61abe2df392e7ff92584012';
		const timeline = await show({ snapshots: [snapshotInfo({ id: 'a1', isHead: true, git: { commit } })] });
		await timeline.row(/the device stands here/).click();
		await timeline.page.getByRole('button', { name: 'Copy commit' }).click();
		const wanted = { type: 'run', action: 'copyCommand', snapshots: [], text: commit };
		await eventually('the commit is copied', () => isDeepStrictEqual(lastRun(timeline), wanted));
		assert.equal(await timeline.page.getByTitle(commit).textContent(), 'a2af8b4c9b16');
	});

	it('shows hostile and right-to-left names as the text that they are', async () => {
		const name = '</script><img src=x onerror=alert(1)>';
		const snapshots = [
			snapshotInfo({ id: 'h1', name: '<b>x</b>\u202Egnp.exe', note: 'javascript:alert(1)', isHead: true }),
			snapshotInfo({
				id: 'h0',
				name: 'لقطة قبل النشر',
				takenAt: '2025-01-01T00:00:00Z',
				git: { branch: '"><script>1</script>', commit: '<i>' },
			}),
		];
		const timeline = await show({
			snapshots,
			device: { udid: 'X', name, ready: true },
			devices: [
				{ udid: 'X', name },
				{ udid: 'Y', name: 'x'.repeat(10_000) },
			],
		});
		await timeline.row(/^<b>x<\/b>/).click();
		assert.equal(await timeline.page.locator('img, #timeline b, #timeline i, #timeline script').count(), 0);
		assert.equal(await timeline.page.getByRole('combobox', { name: 'Device' }).locator('option').first().textContent(), name);
		assert.equal(await timeline.page.evaluate('document.body.scrollWidth > document.body.clientWidth'), false);
	});

	it('teaches at the beginning, with one snapshot and with none', async () => {
		const none = await show({ snapshots: [] });
		await none.page.getByText('Take the first one before you change anything', { exact: false }).waitFor();
		await none.page.getByRole('button', { name: 'Snapshot Now' }).click();
		assert.deepEqual(lastRun(none), { type: 'run', action: 'snapshot', snapshots: [] });
		const one = await show({ snapshots: [snapshotInfo({ id: 'a1', isHead: true })] });
		await one.row(/the device stands here/).click();
		await one.page.getByText('nothing: the first of its line').waitFor();
	});

	it('comes back to where its reader was', async () => {
		const snapshots = longHistory(500, { branches: 5, years: 1 });
		const timeline = await show({ snapshots });
		await timeline.row(/^Now/).focus();
		await timeline.page.keyboard.press('End');
		await timeline.focused(/Nov .*2025/);
		const label = await timeline.page.locator(':focus').textContent();
		await timeline.page.reload();
		await timeline.focused(/Nov .*2025/);
		assert.equal(await timeline.page.locator(':focus').textContent(), label);
	});

	it('jumps to a date in the minimap', async () => {
		const timeline = await show({ snapshots: longHistory(2_000, { branches: 10, years: 5 }) });
		const slider = timeline.page.getByRole('slider', { name: 'Jump to a date' });
		await slider.focus();
		await timeline.page.keyboard.press('Home');
		await timeline
			.row(/Nov.*2021/)
			.first()
			.waitFor();
		assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /2021/);
	});

	it('keeps only what is visible in the document, with ten thousand snapshots', async () => {
		const timeline = await show({ snapshots: longHistory(10_000, { branches: 40, years: 5 }) });
		assert.ok((await timeline.page.locator('*').count()) < 3_000);
		assert.ok((await timeline.page.getByRole('treeitem').count()) < 100);
		assert.ok(Number(await timeline.row(/^Now/).getAttribute('aria-setsize')) > 10_000);
	});

	for (const theme of ['dark', 'light', 'high-contrast'] satisfies PageTheme[]) {
		it(`has nothing that axe finds, in a ${theme} theme and at twice the size`, async function () {
			this.timeout(60_000);
			for (const size of [
				{ width: 1200, height: 720 },
				{ width: 600, height: 360 },
			]) {
				const timeline = await show(
					{
						snapshots: three,
						devices: [
							{ udid: 'X', name: 'Lab-1' },
							{ udid: 'Y', name: 'Lab-2' },
						],
					},
					{ theme, size },
				);
				await timeline.row(/^logged-in-v7/).click();
				await timeline.page.getByText('com.acme.app').first().waitFor();
				assert.deepEqual(await barriers(timeline), []);
				// Selected, damaged and on another branch: the most colours that a row can have.
				await timeline.row(/safety.*damaged/).click();
				await timeline.page.getByText('Damage was found on').waitFor();
				assert.deepEqual(await barriers(timeline), []);
			}
		});
	}
});
