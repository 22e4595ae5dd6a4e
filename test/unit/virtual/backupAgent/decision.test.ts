import { strict as assert } from 'node:assert';
import type { ManifestPlist, StatusPlist } from '../../../../src/backup/index.ts';
import { decideBase, missingFilesDecision, type BaseFacts } from '../../../../src/virtual/backupAgent/decision.ts';

const status = (snapshotState: string, isFullBackup: boolean): StatusPlist => ({
	snapshotState,
	isFullBackup,
	backupState: 'new',
	date: undefined,
	uuid: 'U',
	version: '3.3',
});

const usual: BaseFacts = {
	forceFull: false,
	status: status('finished', true),
	manifest: {} as ManifestPlist,
	isOurs: true,
	sameEncryption: true,
	strict: false,
};

describe('Decision between full and incremental', () => {
	const rows: readonly [name: string, facts: Partial<BaseFacts>, lenient: string, strict: string][] = [
		['a finished backup of ours', {}, 'incremental', 'incremental'],
		['a forced full backup', { forceFull: true }, 'full', 'full'],
		['no status', { status: 'missing', manifest: 'missing' }, 'full', 'full'],
		['an unfinished status', { status: status('uploading', true), manifest: 'missing' }, 'full', 'full'],
		['an empty manifest under a full status', { manifest: 'empty' }, 'full', 'full'],
		['an empty manifest under an incremental status', { manifest: 'empty', status: status('finished', false) }, 'full', 'refuse'],
		['no manifest', { manifest: 'missing' }, 'full', 'refuse'],
		['an unreadable manifest', { manifest: 'unreadable' }, 'full', 'refuse'],
		['a backup of another device', { isOurs: false }, 'full', 'refuse'],
		['another encryption', { sameEncryption: false }, 'full', 'full'],
	];
	for (const [name, facts, lenient, strict] of rows) {
		it(`takes ${name} as ${lenient}${strict === lenient ? '' : `, or ${strict} in strict mode`}`, () => {
			assert.equal(decideBase({ ...usual, ...facts }).kind, lenient);
			assert.equal(decideBase({ ...usual, ...facts, strict: true }).kind, strict);
		});
	}

	it('refuses missing files in strict mode alone', () => {
		assert.deepEqual([missingFilesDecision(false).kind, missingFilesDecision(true).kind], ['full', 'refuse']);
	});
});
