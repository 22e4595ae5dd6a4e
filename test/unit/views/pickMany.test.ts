import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import type { FakeQuickPick } from '../../support/vscodeState.ts';

const { pickMany } = await import('../../../src/views/pickMany.ts');

const rows = [
	{ label: 'Lab-1', description: 'iPhone 15', picked: true },
	{ label: 'Not possible now', kind: -1 },
	{ label: 'Lab-2', description: 'iPhone 13' },
	{ label: 'Lab-20', detail: 'No snapshot yet' },
];

describe('a list with ticks', () => {
	beforeEach(() => {
		editor.reset();
		editor.ticksByHand = true;
	});

	/** What is chosen when a person does something and presses Enter; `open`: the list stays, with this title. */
	async function chosenBy(does: (pick: FakeQuickPick) => void, shown: readonly object[] = rows): Promise<unknown> {
		const choice = pickMany(shown as typeof rows, { title: 'Back Up Now' });
		const pick = editor.quickPicks.at(-1);
		assert.ok(pick);
		does(pick);
		pick.enter();
		const isOpen = pick.shown;
		pick.hide();
		return isOpen ? { open: pick.title } : (await choice)?.map(({ label }) => label);
	}
	const unticked = rows.map(({ picked: _, ...row }) => row);

	it('gives what is ticked', async () => {
		assert.deepEqual(await chosenBy(() => {}), ['Lab-1']);
		assert.deepEqual(await chosenBy((pick) => (pick.selectedItems = pick.items.slice(2))), ['Lab-2', 'Lab-20']);
	});

	it('takes nothing along that was ticked beforehand and is out of sight', async () => {
		assert.deepEqual(await chosenBy((pick) => pick.type('iPhone 13')), ['Lab-2']);
		const ticksOne = (pick: FakeQuickPick): void => {
			pick.type('Lab-2');
			pick.selectedItems = pick.items.slice(2, 3);
			pick.type('Lab');
		};
		assert.deepEqual(await chosenBy(ticksOne), ['Lab-2']);
	});

	it('takes the row that the keyboard is on, or the only one that fits, where nothing is ticked', async () => {
		assert.deepEqual(await chosenBy((pick) => (pick.activeItems = pick.items.slice(2, 3)), unticked), ['Lab-2']);
		assert.deepEqual(await chosenBy((pick) => pick.type('lab-20 '), unticked), ['Lab-20']);
		assert.deepEqual(await chosenBy((pick) => pick.type('no snapshot'), unticked), ['Lab-20']);
	});

	it('stays open where it is not clear which row is meant, and says what is missing', async () => {
		const open = { open: 'Back Up Now: tick one at least' };
		assert.deepEqual(await chosenBy(() => {}, unticked), open);
		assert.deepEqual(await chosenBy((pick) => pick.type('Lab-2'), unticked), open);
		assert.deepEqual(await chosenBy((pick) => pick.type('possible'), unticked), open);
	});

	it('gives nothing when it is closed', async () => {
		const choice = pickMany(rows, { title: 'Back Up Now' });
		editor.quickPicks.at(-1)?.hide();
		assert.equal(await choice, undefined);
	});
});
