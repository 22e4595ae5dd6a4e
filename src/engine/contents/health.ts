import { BackupError, checkBackup, unlockBackup, type BackupFinding, type BackupHealth } from '../../backup/index.ts';
import type { ContentsHealth, HealthFinding } from '../../contract/index.ts';
import { compareVersions } from '../jobs/preflight.ts';
import type { ContentsPool, FoundPlace } from './contentsPool.ts';

/** How a backup is judged. */
export interface HealthOrder {
	readonly place: FoundPlace;
	readonly password?: string | undefined;
	/** `presence`: every file is there. `contents`: its bytes match the digest, where there is one. */
	readonly depth: 'presence' | 'lengths' | 'contents';
	/** iOS of the device that it would go to. */
	readonly targetIosVersion?: string | undefined;
}

/**
 * Whether a backup can be restored, with reasons. Without its password, an encrypted one is judged by its control files only.
 * @throws BackupError `WRONG_PASSWORD`, `UNREADABLE`. AbortError.
 */
export async function judgeHealth(pool: ContentsPool, order: HealthOrder, signal: AbortSignal | undefined): Promise<ContentsHealth> {
	return pool.useUnopened(order.place, async (folder, payloads, scratch) => {
		const { password, depth } = order;
		const health = await checkBackup(folder, {
			...(password === undefined ? {} : { unlocked: await unlockOrNothing(folder, password, pool, signal) }),
			depth,
			payloads,
			tempFolder: scratch,
			...(signal === undefined ? {} : { signal }),
		});
		return documentOf(health, order.targetIosVersion);
	});
}

/** A password for a backup that is not encrypted, or that is too damaged to try it, is no fault of the backup's. */
async function unlockOrNothing(folder: string, password: string, pool: ContentsPool, signal: AbortSignal | undefined) {
	try {
		return await unlockBackup(folder, password, signal, pool.keys);
	} catch (error) {
		if (BackupError.is(error, 'NOT_ENCRYPTED', 'DAMAGED_MANIFEST', 'UNSUPPORTED_BACKUP')) {
			return undefined;
		}
		throw error;
	}
}

function documentOf(health: BackupHealth, targetIosVersion: string | undefined): ContentsHealth {
	const isNewer = targetIosVersion !== undefined && compareVersions(health.facts.iosVersion ?? '', targetIosVersion) > 0;
	const newer: HealthFinding[] = isNewer
		? [{ kind: 'newer-than-target', count: 1, examples: [{ reason: health.facts.iosVersion ?? '' }] }]
		: [];
	const faults = [...health.faults.map(findingOf), ...newer];
	const known = health.isManifestRead || faults.length > 0;
	return {
		...(known ? { restorable: health.isRestorable && faults.length === 0 } : {}),
		faults,
		warnings: health.warnings.map(findingOf),
		counts: health.counts,
	};
}

function findingOf({ kind, count, examples }: BackupFinding<string>): HealthFinding {
	return { kind, count, examples: examples.map((example) => ({ ...example })) };
}
