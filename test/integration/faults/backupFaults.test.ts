import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab, type TestLab } from '../../support/virtualLab.ts';
import { runHere } from '../cli/runCli.ts';

/** A fault, and how the command line ends a backup that meets it. Exit code 0: the backup goes on in spite of it. */
interface Case {
	readonly fault: readonly string[];
	readonly exit: number;
	/** What the person reads; undefined when there is nothing to say. */
	readonly says?: RegExp;
	/** The backup is a full one. */
	readonly full?: boolean;
}

const CASES: readonly Case[] = [
	{ fault: ['ping', 'uploading'], exit: 0 },
	{ fault: ['unknown-command', 'uploading'], exit: 0 },
	{ fault: ['empty-download', 'scanning'], exit: 0 },
	{ fault: ['pause', '3000', 'starting'], exit: 0, says: /passcode/i },
	{ fault: ['split', '7'], exit: 0 },
	{ fault: ['mux-split'], exit: 0 },
	{ fault: ['device-error', 'none', 'Input/output error (5)'], exit: 0, says: /Input\/output error \(5\)/ },
	{ fault: ['cut', 'uploading'], exit: 5, says: /link|connection/i },
	{ fault: ['cut-upload', '100000'], exit: 5, says: /link|connection/i },
	{ fault: ['unplug-at-byte', '3000000', '200'], exit: 5, says: /link|cable|connection/i },
	{ fault: ['disconnect', 'moving'], exit: 1, says: /ended/i },
	{ fault: ['respond', '104', 'uploading', 'Multiple errors uploading files'], exit: 5, says: /Multiple errors uploading files/ },
	{
		fault: ['respond', '105', 'scanning', 'Insufficient free disk space on drive to back up'],
		exit: 5,
		says: /Insufficient free disk space/,
	},
	{ fault: ['respond', '205', 'scanning', 'Error reading backup properties'], exit: 5, says: /Error reading backup properties/ },
	{ fault: ['respond', '208', 'starting', 'Device locked'], exit: 3, says: /passcode|unlock/i },
	{ fault: ['respond', '212', 'starting'], exit: 3, says: /setup/i },
	{ fault: ['respond', '3', 'starting', 'Failed to create snapshot: File exists'], exit: 5, says: /restart/i },
	{ fault: ['respond', '1', 'starting'], exit: 5, says: /MBErrorDomain\/1/ },
	{ fault: ['purge-request', '5000000000'], exit: 5, says: /space/i },
	{ fault: ['hello-error'], exit: 5, says: /does not understand/i },
	// In an incremental backup the file's earlier content would be in its place.
	{ fault: ['missing-payload', '2'], full: true, exit: 6, says: /never came|missing/i },
	{ fault: ['truncated-manifest', 'db'], exit: 6, says: /manifest|read/i },
	{ fault: ['truncated-manifest', 'plist'], exit: 6, says: /read/i },
	{ fault: ['unfinished-status'], exit: 5, says: /before the backup was finished/i },
	{ fault: ['wrong-certificate'], exit: 3, says: /certificate|paired/i },
	{ fault: ['refuse-connect', 'com.apple.mobilebackup2'], exit: 3, says: /listens|refuse|service/i },
	{ fault: ['lockdown-error', 'com.apple.mobilebackup2', 'InvalidService'], exit: 3, says: /service/i },
	{ fault: ['lockdown-error', 'StartSession', 'InvalidHostID'], exit: 3, says: /pair/i },
	{ fault: ['lockdown-error', 'StartService', 'PasswordProtected'], exit: 3, says: /unlock/i },
	...['dotdot', 'absolute', 'other-udid', 'backslash', 'nul', 'drive', 'dot'].map((kind) => ({
		fault: ['hostile-path', 'upload', kind],
		exit: 5,
		says: /outside|refused/i,
	})),
	...['download', 'list', 'create', 'move', 'remove'].map((command) => ({
		fault: ['hostile-path', command, 'dotdot'],
		exit: 5,
		says: /outside|refused/i,
	})),
	...['not-array', 'empty-array', 'number', 'no-plist', 'wrong-types'].map((kind) => ({
		fault: ['odd-message', kind, 'uploading'],
		exit: 5,
		says: /device/i,
	})),
	...['frame', 'path', 'block'].map((kind) => ({ fault: ['oversized', kind, 'uploading'], exit: 5, says: /device/i })),
];

describe('A backup that meets a fault', function () {
	this.timeout(60_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'faults', settings: { rebootMs: 20 } });

	for (const { fault, exit, says, full } of CASES) {
		it(`ends with ${exit}: ${fault.join(' ')}`, async () => {
			await mustRun(lab, 'backup', lab.udid, '--to', temp.path);
			const before = treeDigest(join(temp.path, lab.udid));
			const state = await lab.fingerprint();
			await lab.tell('touch', '--files', '40', '--seed', fault.join());

			await lab.tell('fault', ...fault);
			const ended = await runHere(lab.address, ['backup', lab.udid, '--to', temp.path, ...(full === true ? ['--full'] : [])]);
			await lab.tell('fault', 'clear');

			assert.equal(ended.exit, exit, ended.stderr);
			if (says !== undefined) {
				assert.match(ended.stderr, says);
			}
			if (exit === 0) {
				return;
			}
			assert.equal(treeDigest(join(temp.path, lab.udid)), before, 'the backup before it is as it was');
			assert.deepEqual(treesOutside(temp.path, lab.udid), [], 'nothing was written elsewhere');
			await lab.tell('plug').catch(() => {
				// It is plugged in but where the fault pulled the cable.
			});
			await mustRun(lab, 'restore', lab.udid, '--from', temp.path, '--yes');
			assert.equal(await lab.fingerprint(), state, 'and it restores');
		});
	}
});

async function mustRun(lab: TestLab, ...argv: string[]): Promise<void> {
	const ended = await runHere(lab.address, argv);
	assert.equal(ended.exit, 0, ended.stderr);
}

/** One digest over the names and contents of all files below a folder. */
function treeDigest(folder: string): string {
	const digest = createHash('sha256');
	for (const name of (
		readdirSync(folder, { recursive: true, withFileTypes: true }) as { name: string; parentPath: string; isFile(): boolean }[]
	)
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort()) {
		digest.update(name).update(readFileSync(name));
	}
	return digest.digest('hex');
}

/** What lies in the backup root beside the backup and the mark of an interrupted run. */
function treesOutside(root: string, udid: string): string[] {
	return readdirSync(root).filter((name) => name !== udid && name !== `${udid}.devicelab-partial`);
}
