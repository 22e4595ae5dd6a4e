import type { Page } from 'playwright-core';

/** Names that a device, a note or a file could have to get code, links, icons or other people's words into what is shown. */
export const hostileNames = {
	markup: '</script><img src=x onerror=alert(1)>',
	/** Its override would turn what follows around. */
	reordering: '\u202Egnp.exe [x](command:evil) $(flame) **b**',
	long: 'A'.repeat(300),
	lines: 'Zoë 📱\n\r\nnew line\tשלום',
} as const;

/** What a page did that text alone never makes it do: boxes that it opened, and requests for the pictures that hostile names name. */
export function watchIntruders(page: Page): readonly string[] {
	const seen: string[] = [];
	page.on('dialog', (dialog) => {
		seen.push(`the page says ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('request', (request) => {
		if (/\/x$/.test(new URL(request.url()).pathname)) {
			seen.push(`the page asks for ${request.url()}`);
		}
	});
	return seen;
}
