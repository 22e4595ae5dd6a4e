import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder for each test of the surrounding `describe`, removed behind it. */
export function useTempFolder(): { readonly path: string } {
	const temp = { path: '' };
	beforeEach(() => {
		temp.path = mkdtempSync(join(tmpdir(), 'devicelab-test-'));
	});
	afterEach(() => {
		rmSync(temp.path, { recursive: true, force: true, maxRetries: 5 });
	});
	return temp;
}
