import * as crypto from 'node:crypto';
import { silentLogger } from '../../src/base/index.ts';
import {
	SnapshotStore,
	type ListingEntry,
	type ProcessFacts,
	type SnapshotFacts,
	type SnapshotId,
	type SnapshotRecord,
	type StagingArea,
	type WorkingStorage,
} from '../../src/snapshots/index.ts';
import { FakeClock } from './fakeClock.ts';

/** A made-up device. */
export const udid = '00008101-00AA11BB22CC33DD';

/** A process with a number of its own; those in `dead` have ended. */
export function processOf(number: number, dead: ReadonlySet<number> = new Set(), host = 'lab'): ProcessFacts {
	return { host, process: number, processStart: undefined, isAlive: (other) => !dead.has(other) };
}

export function openStore(
	storage: WorkingStorage,
	process: ProcessFacts = processOf(1),
	clock = new FakeClock(),
	create = true,
): Promise<SnapshotStore> {
	return SnapshotStore.openStorage(storage, { create, clock, log: silentLogger, process });
}

export function facts(takenAtMs = 0, more: Partial<SnapshotFacts> = {}): SnapshotFacts {
	return { kind: 'device', takenAtMs, trigger: 'manual', device: { name: 'Test iPhone' }, backup: { encrypted: false }, ...more };
}

/** The path of a file of a backup that stands for `name`. */
export function fileIdPath(name: string): string {
	const id = crypto.createHash('sha1').update(name).digest('hex');
	return `${id.slice(0, 2)}/${id}`;
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(seed: string, length: number): Buffer {
	const cipher = crypto.createCipheriv('aes-128-ctr', crypto.createHash('md5').update(seed).digest(), Buffer.alloc(16));
	return cipher.update(Buffer.alloc(length));
}

/** Writes files as a device does: into a folder of its own first, then each to its place. */
export function upload(staging: StagingArea, files: Readonly<Record<string, Uint8Array>>): void {
	for (const [path, bytes] of Object.entries(files)) {
		staging.writeFile(`Snapshot/${path}`, bytes);
	}
	for (const path of Object.keys(files)) {
		staging.move(`Snapshot/${path}`, path);
	}
	staging.remove('Snapshot');
}

export interface Backup {
	readonly base?: SnapshotId | undefined;
	readonly files?: Readonly<Record<string, Uint8Array>>;
	readonly removed?: readonly string[];
	readonly takenAtMs?: number;
	readonly device?: string;
}

let jobs = 0;

/** One backup from its beginning to its record. */
export async function backUp(
	store: SnapshotStore,
	{ base, files = {}, removed = [], takenAtMs, device = udid }: Backup,
): Promise<SnapshotRecord> {
	const staging = await store.beginStaging({ udid: device, jobId: `job-${++jobs}`, ...(base === undefined ? {} : { base }) });
	try {
		upload(staging, files);
		for (const path of removed) {
			staging.remove(path);
		}
	} catch (error) {
		await staging.abandon();
		throw error;
	}
	return staging.seal(facts(takenAtMs));
}

export async function readAll(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const portions: Uint8Array[] = [];
	for await (const portion of content) {
		portions.push(Uint8Array.from(portion));
	}
	return Buffer.concat(portions);
}

export async function entriesOf(store: SnapshotStore, record: SnapshotRecord): Promise<ListingEntry[]> {
	const all: ListingEntry[] = [];
	for await (const portion of (await store.openListing(record)).entries()) {
		all.push(...portion);
	}
	return all;
}

/** Every file of a snapshot with its bytes. */
export async function contentsOf(store: SnapshotStore, record: SnapshotRecord): Promise<Record<string, Buffer>> {
	const contents: Record<string, Buffer> = {};
	for (const entry of await entriesOf(store, record)) {
		if (entry.kind === 'file') {
			contents[entry.path] = await readAll(store.openContent(entry));
		}
	}
	return contents;
}
