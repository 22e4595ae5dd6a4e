import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordKey, MODE_FILE, type BackupPasswordKey, type MbFile, type RandomBytes } from '../../../src/backup/index.ts';

/** Bytes from hex digits. */
export function bytesOf(hex: string): Uint8Array {
	return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Lower-case hex digits of bytes. */
export function hexOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

/** The same bytes for the same seed: hashes of a counter. */
export function seededRandom(seed: string): RandomBytes {
	let counter = 0;
	return (sizeBytes) => {
		const bytes = new Uint8Array(sizeBytes);
		for (let offset = 0; offset < sizeBytes; offset += 32) {
			const block = createHash('sha256').update(`${seed}:${counter++}`).digest();
			bytes.set(block.subarray(0, Math.min(32, sizeBytes - offset)), offset);
		}
		return bytes;
	};
}

/** A password key with few rounds. */
export function quickPasswordKey(backupPassword: string, seed = 'password'): Promise<BackupPasswordKey> {
	return createPasswordKey(backupPassword, { random: seededRandom(seed), rounds: 10, outerRounds: 20 });
}

/** A record with everything that a test does not care about filled in. */
export function mbFile(fields: Partial<MbFile> = {}): MbFile {
	return {
		relativePath: 'Library/SMS/sms.db',
		sizeBytes: 5,
		mode: MODE_FILE | 0o644,
		userId: 501,
		groupId: 501,
		inode: 4711,
		modifiedAtSeconds: 1_700_000_000,
		statusChangedAtSeconds: 1_700_000_001,
		createdAtSeconds: 1_600_000_000,
		protectionClass: 0,
		flags: 0,
		...fields,
	};
}

/** Gives a test its own folder and removes it afterwards, whatever happens. */
export async function inTempFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'backup-test-'));
	try {
		await run(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
