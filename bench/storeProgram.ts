import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MiB, silentLogger } from '../src/base/index.ts';
import { SnapshotLibrary, systemClock } from '../src/engine/index.ts';
import { CheckPool } from '../src/engine/store/checkPool.ts';
import { copyIntoStore } from '../src/engine/store/copyIntoStore.ts';
import { StoreRun } from '../src/engine/store/storeRun.ts';
import { SnapshotStore, type SnapshotRecord, type StagingArea } from '../src/snapshots/index.ts';
import { BENCH_UDID } from './store/tools.ts';

/**
 * Our store as a program of its own, so that it is measured as the others are:
 *
 * - `import STORE TREE`: takes the whole tree in, as `devicelab import` does;
 * - `snapshot STORE TREE`: looks through the whole tree for what changed, by size and time, as the others do;
 * - `snapshot STORE TREE CHANGES`: takes a JSON file's word for it (`{"written": [], "removed": []}`), as of a device;
 * - `export STORE NUMBER FOLDER`, as `devicelab export` does; `serve STORE NUMBER` (checks and reads everything, writes nothing), `verify STORE`, `diff STORE FROM TO`.
 *
 * Snapshots are numbered from 1, the oldest. `BENCH_SEAL_FILE` names a file for the seconds that the end of a snapshot took, when all content
 * had been taken in: what a backup waits for when the device is done.
 */

const FACTS = { kind: 'device', trigger: 'manual', device: {}, backup: {} } as const;

async function main([operation, folder = '', first = '', second]: readonly string[]): Promise<void> {
	if (operation === 'import') {
		return importTree(folder, first);
	}
	if (operation === 'export') {
		return exportTree(folder, first, second ?? '');
	}
	const store = await SnapshotStore.open(folder, { create: operation === 'snapshot', clock: systemClock, log: silentLogger });
	try {
		switch (operation) {
			case 'snapshot':
				return await snapshot(store, first, second);
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
	const staging = await store.beginStaging({
		udid: BENCH_UDID,
		jobId: `bench-${process.pid}-${Date.now()}`,
		base: await store.head(BENCH_UDID),
	});
	if (changesFile === undefined) {
		await takeDifferences(staging, tree);
	} else {
		const { written, removed } = JSON.parse(readFileSync(changesFile, 'utf8')) as { written: string[]; removed: string[] };
		removed.forEach((each) => staging.remove(each));
		written.forEach((each) => takeFile(staging, tree, each));
	}
	await sealed(() => staging.seal({ ...FACTS, takenAtMs: Date.now() }));
}

async function importTree(folder: string, tree: string): Promise<void> {
	const target = await StoreRun.begin({ folder, program: undefined }, BENCH_UDID, undefined, undefined, silentLogger);
	await copyIntoStore(target, tree, BENCH_UDID, {});
	await sealed(() => target.seal({ ...FACTS, takenAtMs: Date.now() }, {}));
}

async function exportTree(folder: string, number: string, into: string): Promise<void> {
	const library = new SnapshotLibrary({ folder, clock: systemClock, log: silentLogger });
	try {
		const { id } = await numbered(await library.store(), number);
		await library.exportTo({ device: BENCH_UDID, snapshot: id, folder: into }, {});
	} finally {
		library.dispose();
	}
}

async function sealed(seal: () => Promise<unknown>): Promise<void> {
	const startedAt = performance.now();
	await seal();
	const { BENCH_SEAL_FILE: file } = process.env;
	if (file !== undefined) {
		writeFileSync(file, String((performance.now() - startedAt) / 1000));
	}
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

async function serve(store: SnapshotStore, record: SnapshotRecord): Promise<void> {
	const checker = new CheckPool();
	let served = 0;
	try {
		const listing = await store.openListing(record);
		for await (const { bytes } of store.contents(listing.entries(), { checker })) {
			served += bytes.length;
		}
	} finally {
		checker.dispose();
	}
	if (served !== record.sizeBytes) {
		throw new Error(`${served} bytes of ${record.sizeBytes} were served.`);
	}
}

async function verify(store: SnapshotStore): Promise<void> {
	const checker = new CheckPool();
	const report = await store.verify({ checker }).finally(() => checker.dispose());
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
	const record = (await store.snapshots(BENCH_UDID)).snapshots[Number(text) - 1]?.record;
	if (record === undefined) {
		throw new Error(`There is no snapshot ${String(text)}.`);
	}
	return record;
}

void main(process.argv.slice(2));
