import { errorText } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { Lease } from '../leases/leaseBoard.ts';
import { ResidentListing } from '../listing/residentListing.ts';
import { PackWriter } from '../packs/packWriter.ts';
import { canonicalJson } from '../records/canonicalJson.ts';
import { checkUdid, encodeRecord, isSnapshotId, type SnapshotFacts, type SnapshotId, type SnapshotRecord } from '../records/record.ts';
import type { SnapshotStorage, StorageKey } from '../storage/storage.ts';
import type { StoreParts } from '../store.ts';
import { takeOverPacks } from './journal.ts';
import { Overlay } from './overlay.ts';
import { StagingArea, type SealOptions } from './stagingArea.ts';
import type { WrittenListing } from './writeListing.ts';

export interface StagingOptions {
	readonly udid: string;
	/** Letters, digits and hyphens; used once. */
	readonly jobId: string;
	/** The snapshot that the device's changes are laid over; nothing when absent. */
	readonly base?: SnapshotId;
}

const MAX_JOB_BYTES = 4096;

/** See `SnapshotStore.beginStaging`. */
export async function beginStaging(parts: StoreParts, options: StagingOptions): Promise<StagingArea> {
	const { udid, jobId, base } = options;
	checkUdid(udid);
	if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(jobId)) {
		throw new RangeError('a job id has letters, digits and hyphens');
	}
	const lease = await parts.leases.acquire({ kind: 'backup', udid, jobId, ...(base === undefined ? {} : { snapshot: base }) });
	const folder = `${layout.staging}/${jobId}`;
	try {
		await takeOverInterrupted(parts, udid, jobId);
		const record = base === undefined ? undefined : await parts.records.find(udid, base);
		if (base !== undefined && record === undefined) {
			throw new StoreError('SNAPSHOT_NOT_FOUND', 'The snapshot to begin from is not there.', { details: { udid, snapshot: base } });
		}
		// Order matters: the lease is there, so from here on nothing is condemned without this run being known of.
		await parts.index.refresh();
		const resident =
			record === undefined ? undefined : await ResidentListing.load(await parts.openListing(record), (id) => parts.readBlob(id));
		await writeJob(parts.storage, folder, { udid });
		const packs = new PackWriter(parts.storage, folder, (id) => parts.index.isUsable(id));
		const run = new StagingRun(parts, lease, folder, options, packs);
		return new StagingArea({
			overlay: new Overlay(resident),
			packs,
			now: () => parts.clock.now(),
			readBlob: (id) => parts.readBlob(id),
			seal: (listing, facts, sealOptions) => run.seal(listing, facts, sealOptions),
			end: (discard) => run.end(discard),
		});
	} catch (error) {
		await lease.release();
		throw error;
	}
}

class StagingRun {
	readonly #parts: StoreParts;
	readonly #lease: Lease;
	readonly #folder: string;
	readonly #options: StagingOptions;
	readonly #packs: PackWriter;
	#isSealed = false;

	constructor(parts: StoreParts, lease: Lease, folder: string, options: StagingOptions, packs: PackWriter) {
		this.#parts = parts;
		this.#lease = lease;
		this.#folder = folder;
		this.#options = options;
		this.#packs = packs;
	}

	/** **Invariant:** packs, then the record, then the head; each is durable before the next is begun. The listing lies in the packs. */
	async seal(listing: WrittenListing, facts: SnapshotFacts, options: SealOptions): Promise<SnapshotRecord> {
		const { storage, index, records } = this.#parts;
		const finished = this.#packs.finish();
		for (const { part, packId } of finished) {
			await storage.publish(part, layout.pack(packId));
			await index.addPack(packId);
		}
		this.#lease.check();
		const { udid, base } = this.#options;
		const fields = {
			...facts,
			udid,
			parent: options.parent ?? base,
			listing: listing.id,
			fileCount: listing.root.fileCount,
			sizeBytes: listing.root.sizeBytes,
			addedBytes: finished.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
		};
		const app = facts.kind === 'app' ? facts.app : undefined;
		if (options.moveHead !== false && app === undefined) {
			// Should this process end between the record and the head, the next run of the device sets the head.
			const sealing = { snapshot: encodeRecord(fields).record.id, before: (await records.head(udid)) ?? '' };
			await writeJob(storage, this.#folder, { udid, sealing });
		}
		const record = await records.add(fields);
		this.#isSealed = true;
		if (options.moveHead !== false) {
			// An app's snapshot says nothing of where its device stands.
			await (app === undefined ? records.setHead(udid, record.id) : records.setAppHead(udid, app, record.id));
		}
		return record;
	}

	async end(discard: boolean): Promise<void> {
		const { storage, index, log } = this.#parts;
		try {
			if (!this.#isSealed && !discard) {
				this.#packs.flush();
			}
		} catch (error) {
			// The disk may be full: what was written before can still be taken over.
			log.debug(`The rest of a run could not be kept: ${errorText(error)}`);
		}
		this.#packs.close();
		try {
			if (this.#isSealed || discard) {
				await storage.deleteFolder(this.#folder);
			}
			if (this.#isSealed) {
				await index.save();
			}
		} catch (error) {
			// The snapshot is whole; what is left over is cleared away by a later run.
			log.warn(`A staging area could not be cleared away: ${errorText(error)}`);
		} finally {
			await this.#lease.release();
		}
	}
}

/** What earlier runs of this device left. The device's lease is held, so none of them still runs. */
async function takeOverInterrupted(parts: StoreParts, udid: string, ownJobId: string): Promise<void> {
	for (const jobId of await parts.storage.names(layout.staging)) {
		const folder = `${layout.staging}/${jobId}`;
		const job = await readJob(parts.storage, folder);
		if (job.udid !== udid && jobId !== ownJobId) {
			continue;
		}
		await finishSealing(parts, udid, job);
		for (const pack of await takeOverPacks(parts.storage, folder, parts.log)) {
			await parts.index.addPack(pack);
		}
		// Last: until here the next run would do the same once more.
		await parts.storage.deleteFolder(folder);
	}
}

/** Moves the head to a snapshot whose record was written before its run ended, unless somebody has moved it since. */
async function finishSealing({ records, storage }: StoreParts, udid: string, { sealing }: Job): Promise<void> {
	const head = await records.head(udid);
	if (sealing !== undefined && isSnapshotId(sealing.snapshot) && (head ?? '') === sealing.before) {
		if ((await storage.size(layout.record(udid, sealing.snapshot))) !== undefined) {
			await records.setHead(udid, sealing.snapshot);
		}
	}
}

/** What a staging area says of itself. */
export interface Job {
	readonly udid: string | undefined;
	/** The snapshot that is about to be recorded, and the head at that time, or nothing. */
	readonly sealing?: { readonly snapshot: string; readonly before: string } | undefined;
}

export async function readJob(storage: SnapshotStorage, folder: StorageKey): Promise<Job> {
	const bytes = await storage.get(`${folder}/job`, MAX_JOB_BYTES);
	try {
		const value = (bytes === undefined ? {} : JSON.parse(Buffer.from(bytes).toString())) as Record<keyof Job, unknown> | null;
		const sealing = value?.sealing as Record<string, unknown> | undefined;
		const [snapshot, before] = [sealing?.['snapshot'], sealing?.['before']];
		return {
			udid: typeof value?.udid === 'string' ? value.udid : undefined,
			sealing: typeof snapshot === 'string' && typeof before === 'string' ? { snapshot, before } : undefined,
		};
	} catch {
		// Files appear whole; what is no JSON is nobody's, and prune clears it away.
		return { udid: undefined };
	}
}

function writeJob(storage: SnapshotStorage, folder: StorageKey, job: Job): Promise<void> {
	return storage.replace(`${folder}/job`, Buffer.from(canonicalJson({ schemaVersion: 1, udid: job.udid, sealing: job.sealing })));
}
