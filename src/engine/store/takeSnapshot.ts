import { readManifestPlist, readStatusPlist } from '../../backup/index.ts';
import { AbortError } from '../../base/index.ts';
import type { DeviceInfo, GitFacts, SnapshotInfo } from '../../contract/index.ts';
import type { AttachedDevice } from '../../device/index.ts';
import type { Facts, LeaseProgram, SnapshotFacts, SnapshotId, SnapshotStore } from '../../snapshots/index.ts';
import { lastSnapshotMs } from '../automatic/decide.ts';
import { readHostFile } from '../host/hostFiles.ts';
import { runBackup, type JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import { readProof } from './proof.ts';
import type { SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';
import { deviceFacts, gitFactsRecord } from './snapshotInfo.ts';
import { StoreRun } from './storeRun.ts';

/** What whoever takes a snapshot says of it. */
export interface SnapshotWishes {
	readonly name?: string | undefined;
	readonly note?: string | undefined;
	readonly full: boolean;
	readonly trigger: string;
	readonly git?: GitFacts | undefined;
	/** Whom others see at work, where that is not this program itself. */
	readonly program?: LeaseProgram | undefined;
	/** None is taken when by the time that the device is held there is one younger than this, whoever took it. */
	readonly unlessTakenSinceMs?: number | undefined;
}

/** Somebody else took the snapshot meanwhile that this one was to be. */
export class NoLongerDue extends AbortError {
	constructor() {
		super('There is a younger snapshot by now.');
	}
}

/**
 * Backs up a device into the store, on top of the snapshot that it stands at, and makes the result an immutable snapshot, which becomes its head.
 * What had arrived of a run that failed is kept for the next one; no snapshot is made of it.
 */
export async function takeSnapshot(
	device: AttachedDevice,
	info: DeviceInfo,
	library: SnapshotLibrary,
	wishes: SnapshotWishes,
	run: JobRun,
	context: JobContext,
): Promise<SnapshotInfo> {
	const store = await library.store();
	const { udid } = device;
	const head = await translated(() => store.head(udid));
	// A name that cannot be given is found before the minutes that a backup takes.
	const name = wishes.name === undefined ? undefined : await library.checkName(udid, wishes.name);
	const fresh = wishes.full
		? 'asked'
		: head === undefined
			? 'first'
			: (await lacksContent(store, library, udid, head, run.signal))
				? 'damaged'
				: undefined;
	const base = fresh === undefined ? head : undefined;
	const record = await runBackup(
		device,
		async () => {
			const program = wishes.program ?? library.program;
			const target = await StoreRun.begin({ folder: library.folder, program }, udid, base, fresh, context.log);
			// Order matters: nobody else can take one now, so what is there now is all that there will be.
			if (wishes.unlessTakenSinceMs !== undefined && (await wasTakenSince(store, udid, wishes.unlessTakenSinceMs, context.clock.now()))) {
				await target.discard();
				throw new NoLongerDue();
			}
			return target;
		},
		run,
		context,
		async (target, { session }) => {
			const proof = await readProof(session.paired, session.afc, context.log, session.signal);
			const facts: SnapshotFacts = {
				kind: 'device',
				takenAtMs: context.clock.now(),
				trigger: wishes.trigger,
				device: deviceFacts(info),
				backup: { ...(await backupFacts(target, udid)), proof: proof as unknown as Facts },
				...(wishes.git === undefined ? {} : { git: gitFactsRecord(wishes.git) }),
			};
			return target.seal(facts, head === undefined ? {} : { parent: head });
		},
	);
	return translated(async () => {
		if (name !== undefined) {
			await store.setName(udid, record.id, name);
		}
		if (wishes.note !== undefined) {
			await store.setNote(udid, record.id, wishes.note);
		}
		return library.show(udid, record.id);
	});
}

/** A backup on top of such a snapshot would lack the same. Only one that a check found damaged is looked through: that reads its whole listing. */
async function lacksContent(
	store: SnapshotStore,
	library: SnapshotLibrary,
	udid: string,
	head: SnapshotId,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const { snapshot, info } = await library.find(udid, head);
	return info.damagedAt !== undefined && (await translated(() => store.isIncomplete(snapshot.record, signal)));
}

async function wasTakenSince(store: SnapshotStore, udid: string, sinceMs: number, nowMs: number): Promise<boolean> {
	const { snapshots } = await translated(() => store.snapshots(udid));
	const last = lastSnapshotMs(
		snapshots.flatMap(({ record }) => (record.kind === 'device' ? [record.takenAtMs] : [])),
		nowMs,
	);
	return last !== undefined && last > sinceMs;
}

async function backupFacts(target: StoreRun, udid: string): Promise<Facts> {
	const manifest = await readHostFile(target.host, udid, 'Manifest.plist');
	const status = await readHostFile(target.host, udid, 'Status.plist');
	return {
		encrypted: manifest === undefined ? false : readManifestPlist(manifest).isEncrypted,
		full: status === undefined ? false : (readStatusPlist(status).isFullBackup ?? false),
	};
}
