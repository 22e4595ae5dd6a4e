import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Requirement } from './requirements.ts';

/** Attaches a disk of memory, which only root may do. Devices want 128 MiB more free than they send. */
export function mountDisk(folder: string, sizeMib: number): void {
	execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'devicelab-test', folder], { stdio: 'ignore' });
}

/** For suites that need a disk of their own. */
export function requireDisk(): Requirement {
	const folder = mkdtempSync(join(tmpdir(), 'devicelab-disk-'));
	try {
		mountDisk(folder, 1);
		execFileSync('umount', [folder]);
		return { missing: undefined };
	} catch {
		return { missing: 'no disk can be mounted (it takes root on Linux)' };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Takes all that is left of a disk, in blocks of so many bytes: less than one may be left. */
export function fillUp(file: string, blockBytes: number): void {
	const handle = openSync(file, 'a');
	try {
		for (;;) {
			writeSync(handle, Buffer.alloc(blockBytes));
		}
	} catch (error) {
		assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
	} finally {
		closeSync(handle);
	}
}
