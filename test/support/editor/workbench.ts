import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { screenshotFolder } from './folders.ts';
import { themeFiles, type Theme } from './settings.ts';

/** Text, or a pattern for what varies. Plain text matches as a part and in any case, as Playwright has it. */
export type Text = string | RegExp;

/** A menu whose entry was chosen is gone within this time. */
const CLICK_TAKES_MS = 2000;
const EXPAND_ATTEMPTS = 5;
const LIST_SETTLES_MS = 300;
const PALETTE_LIMIT_MS = 3000;
const PALETTE_ATTEMPTS = 20;
const PICK_ROWS = '.quick-input-widget .quick-input-list .monaco-list-row:visible';

/**
 * The workbench as a user sees it. Each method waits for what it names, up to half a minute, and fails with what it waited for.
 *
 * What is missing here is one step away: `page` is Playwright's own.
 */
export class Workbench {
	readonly page: Page;

	constructor(page: Page) {
		this.page = page;
	}

	/** Waits until the workbench is drawn in its theme and knows what the extension contributes. */
	async ready(theme: Theme): Promise<void> {
		await this.hasTheme(theme);
		await this.activityBarEntry('Device Lab').waitFor();
	}

	/** Waits until the workbench is drawn in a theme. */
	async hasTheme(theme: Theme): Promise<void> {
		await this.page.locator(`.monaco-workbench[class*="${themeFiles[theme]}-json"]`).waitFor();
	}

	/** Opens a view container by its entry in the activity bar. Does nothing when it is open already. @param name - its title, such as `Device Lab` */
	async openView(name: Text): Promise<void> {
		const tab = this.activityBarEntry(name);
		if ((await tab.getAttribute('aria-expanded')) !== 'true') {
			await tab.locator('a').click();
		}
	}

	/** The entry of a view container in the activity bar. Its badge is in its text. */
	activityBarEntry(name: Text): Locator {
		return this.page.locator('.activitybar').getByRole('tab', { name });
	}

	/** Drags the border of the side bar until that is so wide. */
	async widenSideBar(widthPx: number): Promise<void> {
		const box = await this.page.locator('.part.sidebar').boundingBox();
		if (box === null) {
			throw new Error('The side bar is not shown.');
		}
		const y = box.y + box.height / 2;
		await this.page.mouse.move(box.x + box.width, y);
		await this.page.mouse.down();
		await this.page.mouse.move(box.x + widthPx, y, { steps: 4 });
		await this.page.mouse.up();
	}

	/** The header of a view in the side bar, with its title actions. */
	viewHeader(name: Text): Locator {
		return this.page.locator('.pane-header').filter({ hasText: name });
	}

	/** Presses one of a view's title actions, by its tooltip. They are shown while the pointer is over the view. */
	async viewAction(view: Text, action: Text): Promise<void> {
		await this.viewHeader(view).hover();
		await this.viewHeader(view).getByRole('button', { name: action }).first().click();
	}

	/** A tree view by its title. */
	tree(name: Text): Locator {
		return this.page.getByRole('tree', { name });
	}

	/** A row of any tree, by what a screen reader says of it. */
	treeItem(name: Text): Locator {
		return this.page.getByRole('treeitem', { name }).first();
	}

	/** The visible rows of a tree, top to bottom, each as one line of text. */
	async treeTexts(tree: Text): Promise<string[]> {
		const texts = await this.tree(tree).getByRole('treeitem').allInnerTexts();
		return texts.map((text) => text.replace(/\s+/g, ' ').trim());
	}

	/** Expands a row. Does nothing when it is open already. */
	async expand(item: Text): Promise<void> {
		const row = this.treeItem(item);
		await row.waitFor();
		// A tree that is drawn anew in this moment loses the click.
		for (let attempt = 1; attempt <= EXPAND_ATTEMPTS && (await row.getAttribute('aria-expanded')) === 'false'; attempt++) {
			await row.locator('.monaco-tl-twistie').click();
			await row
				.and(this.page.locator('[aria-expanded="true"]'))
				.waitFor({ timeout: CLICK_TAKES_MS })
				.catch(() => undefined);
		}
	}

	/** Presses one of a row's inline actions, by its tooltip. They are shown while the pointer is over the row. */
	async inlineAction(item: Text, action: Text): Promise<void> {
		const row = this.treeItem(item);
		await row.hover();
		await row.getByRole('button', { name: action }).first().click();
	}

	/** Opens a row's context menu and chooses an entry. */
	async contextMenu(item: Text, entry: Text): Promise<void> {
		await this.treeItem(item).click({ button: 'right' });
		const menuItem = this.page.getByRole('menuitem', { name: entry }).first();
		await menuItem.click();
		// On a busy computer the menu takes a click that comes right after its opening for the end of the one that opened it.
		await menuItem.waitFor({ state: 'detached', timeout: CLICK_TAKES_MS }).catch(() => menuItem.click());
	}

	/** The titles in a row's context menu, top to bottom. The menu is closed again. */
	async contextMenuTexts(item: Text): Promise<string[]> {
		await this.treeItem(item).click({ button: 'right' });
		const entries = this.page.locator('.monaco-menu').getByRole('menuitem');
		await entries.first().waitFor();
		const texts = await entries.allInnerTexts();
		await this.page.keyboard.press('Escape');
		return texts.map((text) => text.replace(/\s+/g, ' ').trim());
	}

	/** Runs a command through the palette. @param title - as the palette shows it, category included: `Device Lab: Show Log` */
	async palette(title: string): Promise<void> {
		const label = JSON.stringify(title);
		// A key binding may follow the title.
		const row = this.page.locator(`${PICK_ROWS}[aria-label=${label}], ${PICK_ROWS}[aria-label^=${label.slice(0, -1)}, "]`).first();
		for (let attempt = 1; ; attempt++) {
			try {
				await this.openPalette(title);
				await row.click({ timeout: PALETTE_LIMIT_MS });
				return;
			} catch (error) {
				// What ran before may take the focus late, and the palette closes without it; after a reload the extensions come late.
				if (attempt === PALETTE_ATTEMPTS) {
					throw error;
				}
				// Its list is not made anew while it stays open with the same text.
				await this.page.keyboard.press('Escape');
			}
		}
	}

	/** The first rows of what the palette offers for a text, top to bottom. The palette is closed again. */
	async paletteTexts(text: string): Promise<string[]> {
		await this.openPalette(text);
		await this.pickRows().first().waitFor();
		let texts = await this.pickTexts();
		// The list follows the text a moment later: it is read until it stays.
		for (let before: string[] = []; String(before) !== String(texts);) {
			await this.page.waitForTimeout(LIST_SETTLES_MS);
			before = texts;
			texts = await this.pickTexts();
		}
		await this.page.keyboard.press('Escape');
		return texts;
	}

	/** Opens the palette with a text in it. */
	async openPalette(text: string): Promise<void> {
		await this.page.keyboard.press('F1');
		await this.quickInput().waitFor();
		await this.quickInput().fill(`>${text}`);
	}

	/** The text field of the palette, of a choice, or of a question, whichever is open. A password field too. */
	quickInput(): Locator {
		return this.page.locator('.quick-input-widget .quick-input-box input:visible').first();
	}

	/** The open choice or question: its title, prompt and validation message are in its text. */
	quickInputBox(): Locator {
		return this.page.locator('.quick-input-widget:visible');
	}

	/** The rows of the open choice. */
	pickRows(): Locator {
		return this.page.locator(PICK_ROWS);
	}

	/** The visible rows of the open choice, top to bottom, each as one line of text. */
	async pickTexts(): Promise<string[]> {
		const texts = await this.pickRows().allInnerTexts();
		return texts.map((text) => text.replace(/\s+/g, ' ').trim());
	}

	/** Chooses a row of the open choice. */
	async pick(row: Text): Promise<void> {
		await this.pickRows().filter({ hasText: row }).first().click();
	}

	/** Answers an open question, such as a name or a password. A folder or file dialog is one too: its answer ends with `/` for a folder. */
	async answer(text: string): Promise<void> {
		await this.quickInput().waitFor();
		await this.quickInput().fill(text);
		await this.page.keyboard.press('Enter');
	}

	/** A modal message, by a part of its text. */
	modal(text: Text = ''): Locator {
		return this.page.locator('.monaco-dialog-box').filter({ hasText: text });
	}

	/** Presses a button of a modal message, and waits until that is gone. */
	async pressModal(text: Text, button: Text): Promise<void> {
		const modal = this.modal(text);
		await modal.getByRole('button', { name: button }).click();
		await modal.waitFor({ state: 'detached' });
	}

	/** A notification that is shown, by a part of its text. */
	notification(text: Text = ''): Locator {
		return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
	}

	/** Presses a button of a notification. */
	async pressNotification(text: Text, button: Text): Promise<void> {
		await this.notification(text).getByRole('button', { name: button }).first().click();
	}

	/** An item of the status bar, by a part of its text. */
	statusBar(text: Text): Locator {
		return this.page.locator('.statusbar-item').filter({ hasText: text });
	}

	/** The content of the webview that is shown. */
	webview(): FrameLocator {
		return this.page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame');
	}

	/** The text of the output panel, which is opened on a channel. Lines that are scrolled away are not in it. */
	async output(channel: string): Promise<string> {
		await this.palette('Output: Show Output Channels...');
		await this.pick(channel);
		const lines = this.page.locator('.output-view .view-lines, .output-view-container .view-lines').first();
		await lines.locator('.view-line').first().waitFor();
		return (await lines.innerText()).replaceAll('\u00a0', ' ');
	}

	/** Closes notifications, questions and menus. */
	async clear(): Promise<void> {
		await this.page.keyboard.press('Escape');
		await this.palette('Notifications: Clear All Notifications');
	}

	/** Keeps a picture of the page as `<name>.png` among the artefacts (docs/testing.md). @returns its path */
	async screenshot(name: string): Promise<string> {
		const file = path.join(screenshotFolder(), `${name.replace(/[^\w.-]+/g, '-').slice(0, 120)}.png`);
		await this.page.screenshot({ path: file });
		return file;
	}
}
