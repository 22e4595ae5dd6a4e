import assert from 'node:assert/strict';
import { describeWorkbench } from '../../support/editor/useWorkbench.ts';

const LIMIT_MS = 100;
const STARTS = 3;

describeWorkbench('Activation, as the editor measures it', {}, (workbench) => {
	async function activationMs(): Promise<number> {
		const { ui } = workbench;
		await ui.palette('Device Lab: Show Log');
		await ui.palette('Developer: Show Running Extensions');
		const rows = ui.page.locator('.runtime-extensions-editor .monaco-list-row');
		await rows.first().click();
		const ours = rows.filter({ hasText: 'iOS Device Lab' });
		// The slowest are on top, and rows that are not in sight are not in the page.
		while (!(await ours.isVisible())) {
			await ui.page.keyboard.press('PageDown');
		}
		const text = await ours.locator('.activation-time').innerText();
		return Number(/(\d+)ms/.exec(text)?.[1]);
	}

	it(`takes less than ${LIMIT_MS} ms`, async () => {
		let bestMs = await activationMs();
		// The first start also fills caches, and the computer may be doing something else.
		for (let start = 1; start < STARTS && !(bestMs < LIMIT_MS); start++) {
			await workbench.reload();
			bestMs = Math.min(bestMs, await activationMs());
		}
		assert.ok(bestMs < LIMIT_MS, `${bestMs} ms`);
	});
});
