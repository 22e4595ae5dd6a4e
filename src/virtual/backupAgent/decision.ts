import type { ManifestPlist, StatusPlist } from '../../backup/index.ts';

/** What the device found in the host's folder when a backup was asked for. */
export interface BaseFacts {
	readonly forceFull: boolean;
	/** `missing` also stands for a file that is empty or cannot be read as a property list. */
	readonly status: StatusPlist | 'missing';
	readonly manifest: ManifestPlist | 'missing' | 'empty' | 'unreadable';
	/** The status carries the UUID of a backup that this device made. */
	readonly isOurs: boolean;
	/** The backup is encrypted as the next one will be, with the same keybag, or neither is. */
	readonly sameEncryption: boolean;
	/** Answer 205 to a base that is damaged, as devices were seen to do, instead of starting over. */
	readonly strict: boolean;
}

/** Full, incremental, or an error. `text` is what an error says. */
export type BaseDecision = { readonly kind: 'full' | 'incremental' } | { readonly kind: 'refuse'; readonly text: string };

/**
 * Whether a backup can continue what is in the folder. The rows of the table in docs/virtual-device.md, first match wins.
 * That all files are there is found out later: see `missingFilesDecision`.
 */
export function decideBase(facts: BaseFacts): BaseDecision {
	const { status, manifest } = facts;
	if (facts.forceFull || status === 'missing' || status.snapshotState !== 'finished') {
		return FULL;
	}
	if (typeof manifest === 'string') {
		// pymobiledevice3 asks for a full backup with a finished status of its own making and an empty Manifest.plist.
		const asksForFull = manifest === 'empty' && status.isFullBackup === true;
		return asksForFull || !facts.strict ? FULL : { kind: 'refuse', text: 'Error reading backup properties' };
	}
	if (!facts.isOurs) {
		return facts.strict ? MISSING_FILES : FULL;
	}
	return facts.sameEncryption ? { kind: 'incremental' } : FULL;
}

/** What becomes of an incremental backup when files that its base names are not in the folder, or its Manifest.db cannot be read. */
export function missingFilesDecision(strict: boolean): BaseDecision {
	return strict ? MISSING_FILES : FULL;
}

const FULL: BaseDecision = { kind: 'full' };
const MISSING_FILES: BaseDecision = { kind: 'refuse', text: 'Manifest references files not in backup' };
