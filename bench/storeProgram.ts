import { closeSync, futimesSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { MiB, silentLogger, type Clock } from '../src/base/index.ts';
import { SnapshotStore, type ListingEntry, type SnapshotRecord, type StagingArea } from '../src/snapshots/index.ts';

/**
 * Our store as a program of its own, so that it is measured as the others are:
 *
 * - `snapshot STORE TREE`: looks through the whole tree for what changed, by size and time, as the others do;
 * - `snapshot STORE TREE CHANGES`: takes a JSON file's word for it (`{"written": [], "removed": []}`), as of a device;
 * - `restore STORE NUMBER FOLDER`, `serve STORE NUMBER` (checks and reads everything, writes nothing), `verify STORE`, `diff STORE FROM TO`.
 *
 * Snapshots are numbered from 1, the oldest.
 */
const UDID = '00008030-0000000000BE7C40';

const clock: Clock = {
	now: () => Date.now(),
	after(delayMs, callback) {
		const timer = setTimeout(callback, delayMs);
		return { dispose: () => clearTimeout(timer) };
	},
};

async function main([operation, folder = '', first = '', second]: readonly string[]): Promise<void> {
	const store = await SnapshotStore.open(folder, { create: operation === 'snapshot', clock, log: silentLogger });
	try {
		switch (operation) {
			case 'snapshot':
				return await snapshot(store, first, second);
			case 'restore':
				return await restore(store, await numbered(store, first), second ?? '');
			case 'serve':
				return await serve(store, await numbered(store, first));
			case 'verify':
				return await verify(store);
			case 'diff':
				return await diff(store, await numbered(store, first), await numbered(store, second));
			default:
				throw new Error(`There is no operation ${String(operation)}.`);
		}
	} finally {
		store.dispose();
	}
}

async function snapshot(store: SnapshotStore, tree: string, changesFile: string | undefined): Promise<void> {
	const staging = await store.beginStaging({ udid: UDID, jobId: `bench-${process.pid}-${Date.now()}`, base: await store.head(UDID) });
	if (changesFile === undefined) {
		await takeDifferences(staging, tree);
	} else {
		const { written, removed } = JSON.parse(readFileSync(changesFile, 'utf8')) as { written: string[]; removed: string[] };
		removed.forEach((each) => staging.remove(each));
		written.forEach((each) => takeFile(staging, tree, each));
	}
	await staging.seal({ kind: 'device', takenAtMs: Date.now(), trigger: 'manual', device: {}, backup: {} });
}

async function takeDifferences(staging: StagingArea, tree: string): Promise<void> {
	const seen = new Set<string>();
	for (const entry of readdirSync(tree, { withFileTypes: true, recursive: true })) {
		const file = path.join(entry.parentPath, entry.name);
		const name = path.relative(tree, file).replaceAll(path.sep, '/');
		seen.add(name);
		if (entry.isDirectory()) {
			staging.createFolder(name);
		} else {
			const found = statSync(file);
			const known = staging.find(name);
			if (known?.sizeBytes !== found.size || known.modifiedAtMs !== found.mtimeMs) {
				takeFile(staging, tree, name);
			}
		}
	}
	const gone: string[] = [];
	for await (const entry of staging.entries()) {
		if (!seen.has(entry.path)) {
			gone.push(entry.path);
		}
	}
	gone.forEach((each) => staging.remove(each));
}

const buffer = Buffer.allocUnsafe(MiB);

function takeFile(staging: StagingArea, tree: string, name: string): void {
	const file = path.join(tree, name);
	const handle = openSync(file, 'r');
	try {
		const target = staging.beginFile(name, { modifiedAtMs: statSync(file).mtimeMs });
		for (let count = readSync(handle, buffer); count > 0; count = readSync(handle, buffer)) {
			target.write(buffer.subarray(0, count));
		}
		target.finish();
	} finally {
		closeSync(handle);
	}
}

async function restore(store: SnapshotStore, record: SnapshotRecord, into: string): Promise<void> {
	const entries = await entriesOf(store, record);
	for (const folder of new Set(entries.map(({ path: name, kind }) => (kind === 'folder' ? name : path.dirname(name))))) {
		mkdirSync(path.join(into, folder), { recursive: true });
	}
	for (const entry of entries.filter(({ kind }) => kind === 'file')) {
		const file = path.join(into, entry.path);
		const handle = openSync(file, 'wx', entry.mode);
		try {
			for await (const bytes of store.openContent(entry)) {
				writeSync(handle, bytes);
			}
			futimesSync(handle, entry.modifiedAtMs / 1000, entry.modifiedAtMs / 1000);
		} finally {
			closeSync(handle);
		}
	}
}

async function serve(store: SnapshotStore, record: SnapshotRecord): Promise<void> {
	let served = 0;
	for (const entry of await entriesOf(store, record)) {
		for await (const bytes of store.openContent(entry)) {
			served += bytes.length;
		}
	}
	if (served !== record.sizeBytes) {
		throw new Error(`${served} bytes of ${record.sizeBytes} were served.`);
	}
}

async function entriesOf(store: SnapshotStore, record: SnapshotRecord): Promise<ListingEntry[]> {
	const entries: ListingEntry[] = [];
	for await (const portion of (await store.openListing(record)).entries()) {
		entries.push(...portion);
	}
	return store.inStorageOrder(entries);
}

async function verify(store: SnapshotStore): Promise<void> {
	const report = await store.verify();
	if (report.damagedSnapshots.length + report.damagedPacks.length + report.unreadable.length > 0) {
		throw new Error('The store is damaged.');
	}
}

async function diff(store: SnapshotStore, from: SnapshotRecord, to: SnapshotRecord): Promise<void> {
	let text = '';
	for await (const changes of store.diff(from, to)) {
		for (const { before, after } of changes) {
			text += `${before === undefined ? '+' : after === undefined ? '-' : 'M'} ${(after ?? before)?.path}\n`;
		}
	}
	process.stdout.write(text);
}

async function numbered(store: SnapshotStore, text: string | undefined): Promise<SnapshotRecord> {
	const record = (await store.snapshots(UDID)).snapshots[Number(text) - 1]?.record;
	if (record === undefined) {
		throw new Error(`There is no snapshot ${String(text)}.`);
	}
	return record;
}

await main(process.argv.slice(2));
