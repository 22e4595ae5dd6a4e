import {
	compareDatabases,
	openDatabase,
	readAsText,
	readCoverage,
	readStorage,
	type BackupContents,
	type Coverage as BackupCoverage,
	type CopyOptions,
	type StoragePart,
} from '../../backup/index.ts';
import type { AppStorage, ContentsInfo, ContentsText, Coverage, TableChange } from '../../contract/index.ts';
import { present } from '../known.ts';
import { entryAt } from './browse.ts';

/** Problems that are named; all are counted. */
const MAX_PROBLEMS = 100;

/** What an open backup is, as it crosses a border. */
export function infoOf(contents: BackupContents): ContentsInfo {
	const { facts, table } = contents;
	return {
		state: facts.state,
		encrypted: contents.isEncrypted,
		...present('deviceName', facts.deviceName),
		...present('udid', facts.udid),
		...present('productType', facts.productType),
		...present('iosVersion', facts.iosVersion),
		...present('date', facts.date?.toISOString()),
		entryCount: table.count,
		domainCount: table.domains.length,
		unreadableRows: contents.problemCount,
		problems: contents.problems
			.slice(0, MAX_PROBLEMS)
			.map(({ fileId, domain, reason }) => ({ ...present('fileId', fileId), ...present('domain', domain), reason })),
	};
}

/** Coverage as it crosses a border; `parent` is what is compared with. */
export async function coverageOf(contents: BackupContents, options: CopyOptions, parent: BackupCoverage | undefined): Promise<Coverage> {
	return coverageDocument(await readCoverage(contents, options), parent);
}

function coverageDocument(coverage: BackupCoverage, parent: BackupCoverage | undefined): Coverage {
	return {
		encrypted: coverage.isEncrypted,
		fileCount: coverage.fileCount,
		sizeBytes: coverage.sizeBytes,
		missingFiles: coverage.missingFiles,
		unreadableRows: coverage.unreadableRows,
		holdings: coverage.holdings.map(({ kind, state, count, sizeBytes, why }) => {
			const before = parent?.holdings.find((each) => each.kind === kind);
			const isComparable = state !== 'unreadable' && before !== undefined && before.state !== 'unreadable';
			return {
				kind,
				state,
				count,
				...present('sizeBytes', sizeBytes),
				...present('why', why),
				...present('change', isComparable ? count - before.count : undefined),
			};
		}),
		storage: coverage.storage.map(appStorage),
		omissions: coverage.omissions.map(({ what, why, count }) => ({ what, why, ...present('count', count) })),
	};
}

/** Each app's part, largest first. */
export async function storageOf(contents: BackupContents, signal: AbortSignal | undefined): Promise<AppStorage[]> {
	return (await readStorage(contents, signal)).map(appStorage);
}

function appStorage({ id, kind, name, isInstalled, sizeBytes, fileCount, domains }: StoragePart): AppStorage {
	return { id, kind, ...present('name', name), installed: isInstalled, sizeBytes, fileCount, domains };
}

/** @throws BackupError `NO_SUCH_FILE`. */
export async function textOf(contents: BackupContents, domain: string, path: string, options: CopyOptions): Promise<ContentsText> {
	const { kind, text, isCut, sizeBytes, sha256 } = await readAsText(contents, entryAt(contents, domain, path), options);
	return { kind, text, cut: isCut, sizeBytes, sha256 };
}

/** The rows that differ between two states of one database; a side that does not have it is like an empty one. */
export async function databaseChanges(
	before: BackupContents,
	after: BackupContents,
	domain: string,
	path: string,
	options: CopyOptions,
): Promise<TableChange[]> {
	const [old, now] = [before.find(domain, path), after.find(domain, path)];
	const first = old === undefined ? undefined : await openDatabase(before, old, options);
	try {
		const second = now === undefined ? undefined : await openDatabase(after, now, options);
		try {
			return compareDatabases(first?.tables, second?.tables).map(({ isExact, ...change }) => ({ ...change, exact: isExact }));
		} finally {
			second?.dispose();
		}
	} finally {
		first?.dispose();
	}
}
