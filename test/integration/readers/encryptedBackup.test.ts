import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runProgram } from '../../support/foreignProcess.ts';
import { describeWith, pythonPath, requirePython } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab, type TestLab } from '../../support/virtualLab.ts';
import { withEngine } from '../clients/drivers.ts';

/** Domains that only an encrypted backup carries. Source: docs/backup-format.md. */
const ENCRYPTED_ONLY = /^(HealthDomain|HomeKitDomain|ProtectedDomain) /;

const PASSWORD = 'grün & 1';

describe('An encrypted backup by devicelab', function () {
	this.timeout(120_000);
	for (const reader of ['iphone_backup_decrypt', 'pyiosbackup']) {
		describeWith(requirePython(reader), `read by ${reader}`, () => {
			const temp = useTempFolder();
			const lab = useLab({ seed: reader });

			it('decrypts to what the device holds, file by file', async () => {
				await withEngine(lab, (engine) => engine.changeEncryption({ device: lab.udid, newPassword: PASSWORD }, {}));
				await withEngine(lab, (engine) => engine.backUp({ device: lab.udid, folder: temp.path }, {}));
				// An incremental run on top, so that files of two runs lie side by side.
				await lab.tell('touch', '--files', '20', '--seed', 'x');
				await withEngine(lab, (engine) => engine.backUp({ device: lab.udid, folder: temp.path }, {}));

				const held = await filesOnDevice(lab);
				const read = await filesRead(reader, join(temp.path, lab.udid));
				assert.ok(held.size > 100);
				// The fingerprint covers what every kind of backup carries; Health and the like are in encrypted ones only.
				const [everywhere, onlyHere] = [false, true].map(
					(only) => new Map([...read].filter(([place]) => ENCRYPTED_ONLY.test(place) === only)),
				);
				assert.deepEqual(everywhere, held);
				assert.ok((onlyHere?.size ?? 0) > 3);
			});
		});
	}
});

/** Place → SHA-256 of the content, for every regular file that a backup carries. */
async function filesOnDevice(lab: TestLab): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const line of (await lab.tell('fingerprint', '--list')).slice(0, -1)) {
		const [, mode, sha256, , place] = /^(\d+) (\S+) (\d+) (.*)$/.exec(line) ?? assert.fail(`not understood: ${line}`);
		if ((parseInt(mode as string, 8) & 0o170000) === 0o100000) {
			const [domain, path] = JSON.parse(`[${(place as string).replace('" "', '","')}]`) as [string, string];
			found.set(`${domain} ${path}`, sha256 as string);
		}
	}
	return sorted(found);
}

async function filesRead(reader: string, backup: string): Promise<Map<string, string>> {
	const ended = await runProgram([pythonPath(), join(import.meta.dirname, 'read_backup.py'), reader, backup, PASSWORD]);
	assert.equal(ended.code, 0, ended.output.slice(-3000));
	const lines = ended.output.split('\n').filter((line) => line.startsWith('{'));
	return sorted(
		new Map(
			lines.map((line) => {
				const { domain, path, sha256 } = JSON.parse(line) as { domain: string; path: string; sha256: string };
				return [`${domain} ${path}`, sha256];
			}),
		),
	);
}

function sorted(map: Map<string, string>): Map<string, string> {
	return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
