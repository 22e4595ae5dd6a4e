import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openManifestDb, readInfoPlist, type ManifestEntry } from '../../../src/backup/index.ts';
import { describeWith } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { DRIVERS } from './drivers.ts';

const [ours, ...theirs] = DRIVERS;

for (const other of theirs) {
	describeWith(other.requirement, `Backups of one state by devicelab and ${other.name}`, function () {
		this.timeout(120_000);
		const temp = useTempFolder();
		const lab = useLab({ seed: `same-${other.name}` });

		it('hold the same files with the same content, and the same rows', async () => {
			await ours?.backUp(lab, join(temp.path, 'ours'));
			const theirFolder = join(temp.path, 'theirs');
			mkdirSync(theirFolder);
			await other.backUp(lab, theirFolder);
			const mine = join(temp.path, 'ours', lab.udid);
			const their = join(theirFolder, lab.udid);
			const payloads = contentHashes(mine);
			assert.ok(payloads.size > 100);
			assert.deepEqual(payloads, contentHashes(their));
			assert.deepEqual(await rows(mine), await rows(their));
		});

		it('agree on what the host knows of the device', async () => {
			await ours?.backUp(lab, join(temp.path, 'ours'));
			mkdirSync(join(temp.path, 'theirs'));
			await other.backUp(lab, join(temp.path, 'theirs'));
			const [mine, their] = ['ours', 'theirs'].map((who) => readInfoPlist(readFileSync(join(temp.path, who, lab.udid, 'Info.plist'))));
			// Only Apple's host writes the marketing name; dates and ids are each run's own, and pymobiledevice3 leaves the date out.
			const common = (info: typeof mine): unknown => ({
				...info,
				productName: '',
				guid: '',
				lastBackupDate: '',
				itunesVersion: '',
				itunesSettings: '',
			});
			assert.deepEqual(common(mine), common(their));
		});
	});
}

function contentHashes(backup: string): Map<string, string> {
	const found = new Map<string, string>();
	for (const folder of readdirSync(backup)
		.filter((name) => /^[0-9a-f]{2}$/.test(name))
		.sort()) {
		for (const name of readdirSync(join(backup, folder)).sort()) {
			found.set(
				name,
				createHash('sha256')
					.update(readFileSync(join(backup, folder, name)))
					.digest('hex'),
			);
		}
	}
	return found;
}

async function rows(backup: string): Promise<ManifestEntry[]> {
	const manifest = await openManifestDb(join(backup, 'Manifest.db'));
	try {
		const entries = [...manifest.entries((problem) => assert.fail(`a row cannot be read: ${problem.reason}`))];
		return entries.sort((a, b) => (a.fileId < b.fileId ? -1 : 1));
	} finally {
		manifest.dispose();
	}
}
