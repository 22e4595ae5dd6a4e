import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Anchors of a page, as GitHub and editors make them from its headings. */
function anchorsOf(page: string): Set<string> {
	const headings = read(page).matchAll(/^#{1,6} +(.+?) *$/gm);
	return new Set(
		[...headings].map(([, title]) =>
			(title as string)
				.toLowerCase()
				.replace(/[^\p{L}\p{N} _-]/gu, '')
				.replace(/ /g, '-'),
		),
	);
}

/** Every `page#anchor` and page of `docs` that a file names: in comments as `docs/….md#…`, in pages as links. */
function references(file: string): { page: string; anchor: string | undefined }[] {
	const text = read(file);
	const named = [...text.matchAll(/\bdocs\/([\w/-]+\.md)(?:#([\w-]+))?/g)].map(([, page, anchor]) => ({ page: `docs/${page}`, anchor }));
	const linked = file.endsWith('.md') ? [...text.matchAll(/\]\(([\w./-]+\.md)?(?:#([\w-]+))?\)/g)] : [];
	return [
		...named,
		...linked
			.filter(([, page, anchor]) => page !== undefined || anchor !== undefined)
			.map(([, page, anchor]) => ({ page: page === undefined ? file : path.posix.join(path.posix.dirname(file), page), anchor })),
	];
}

describe('References to the documents', () => {
	const files = globSync(['src/**/*.ts', 'docs/**/*.md', 'README.md', 'CONTRIBUTING.md'], { cwd: root }).map((file) =>
		file.split(path.sep).join('/'),
	);

	it('are looked for where there are some', () => {
		assert.ok(files.flatMap(references).filter(({ anchor }) => anchor !== undefined).length > 20);
	});

	for (const file of files) {
		const found = references(file);
		if (found.length > 0) {
			it(`lead somewhere from ${file}`, () => {
				for (const { page, anchor } of found) {
					assert.ok(existsSync(path.join(root, page)), `there is no ${page}`);
					assert.ok(anchor === undefined || anchorsOf(page).has(anchor), `${page} has no heading for #${anchor}`);
				}
			});
		}
	}
});
