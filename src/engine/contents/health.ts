import { checkBackup, type BackupFinding, type BackupHealth } from '../../backup/index.ts';
import type { ContentsHealth, HealthFinding } from '../../contract/index.ts';
import { compareVersions } from '../jobs/preflight.ts';
import { present } from '../known.ts';
import type { ContentsPool, FoundPlace } from './contentsPool.ts';

/** How a backup is judged. */
export interface HealthOrder {
	readonly place: FoundPlace;
	readonly password?: string | undefined;
	/** `presence`: every file is there. `contents`: its bytes match the digest, where there is one. */
	readonly depth: 'presence' | 'lengths' | 'contents';
	/** iOS of the device that it would go to. */
	readonly targetIosVersion?: string | undefined;
	/** Whether that device is supervised; undefined when it does not say. */
	readonly targetSupervised?: boolean | undefined;
	/** Whether the device of the backup was, where that was recorded beside it. */
	readonly supervised?: boolean | undefined;
}

/**
 * Whether a backup can be restored, with reasons. Without its password, an encrypted one is judged by its control files only.
 * @throws BackupError `WRONG_PASSWORD`, `UNREADABLE`. AbortError.
 */
export async function judgeHealth(pool: ContentsPool, order: HealthOrder, signal: AbortSignal | undefined): Promise<ContentsHealth> {
	return pool.useUnopened(order.place, async (folder, payloads, scratch) => {
		const { password, depth } = order;
		const health = await checkBackup(folder, {
			...(password === undefined ? {} : { backupPassword: password, keys: pool.keys }),
			depth,
			payloads,
			tempFolder: scratch,
			...(signal === undefined ? {} : { signal }),
		});
		return documentOf(health, order);
	});
}

function documentOf(health: BackupHealth, { targetIosVersion, targetSupervised, supervised: recorded }: HealthOrder): ContentsHealth {
	const { iosVersion } = health.facts;
	const supervised = recorded ?? health.isSupervised;
	const isNewer = targetIosVersion !== undefined && compareVersions(iosVersion ?? '', targetIosVersion) > 0;
	const differs = supervised !== undefined && targetSupervised !== undefined && supervised !== targetSupervised;
	const faults: HealthFinding[] = [
		...health.faults.map(findingOf),
		...(isNewer ? [{ kind: 'newer-than-target', count: 1, examples: [{ reason: iosVersion ?? '' }] }] : []),
		...(differs ? [{ kind: 'supervision-differs', count: 1, examples: [{ reason: supervised ? 'supervised' : 'not-supervised' }] }] : []),
	];
	const known = health.isManifestRead || faults.length > 0;
	return {
		...(known ? { restorable: health.isRestorable && faults.length === 0 } : {}),
		...present('supervised', supervised),
		faults,
		warnings: health.warnings.map(findingOf),
		counts: health.counts,
	};
}

function findingOf({ kind, count, examples }: BackupFinding<string>): HealthFinding {
	return { kind, count, examples: examples.map((example) => ({ ...example })) };
}
