import assert from 'node:assert/strict';
import { fileIdOf, isFileId, payloadPathOf } from '../../../src/backup/index.ts';

describe('file ID', () => {
	it('is the SHA-1 of domain and path', () => {
		assert.equal(fileIdOf('HomeDomain', 'Library/SMS/sms.db'), '3d0d7e5fb2ce288813306e4d4636395e047a3d28');
	});

	it('hashes UTF-8', () => {
		// printf 'CameraRollDomain-Media/Grüße 📷.jpg' | sha1sum
		assert.equal(fileIdOf('CameraRollDomain', 'Media/Grüße 📷.jpg'), 'c4487ee3033dfaf9e36b833e37b5a811db91a2b1');
	});

	it('is recognised only as 40 lower-case hex digits', () => {
		const fileId = fileIdOf('HomeDomain', '');
		assert.ok(isFileId(fileId));
		for (const other of ['', fileId.toUpperCase(), fileId.slice(1), `${fileId}0`, `${fileId}\n`, `../${fileId.slice(3)}`]) {
			assert.ok(!isFileId(other), JSON.stringify(other));
		}
	});

	it('names the place of the content', () => {
		assert.equal(payloadPathOf('3d0d7e5fb2ce288813306e4d4636395e047a3d28'), '3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28');
	});
});
