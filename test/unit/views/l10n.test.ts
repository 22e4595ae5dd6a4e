import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

describe('translations', () => {
	it('are made from every text that the editor side shows, and each text has a place for each of its values', () => {
		const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'bootstrap/l10n.cjs'), '--check'], { encoding: 'utf8' });
		assert.equal(stderr, '');
		assert.equal(status, 0);
	}).timeout(30_000);
});
