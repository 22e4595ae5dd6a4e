import { BackupError, globMatcher, readAppFacts, type BackupContents, type ContentsEntry } from '../../backup/index.ts';
import { throwIfAborted } from '../../base/index.ts';
import type { ContentsItem, ContentsListing } from '../../contract/index.ts';
import { present } from '../known.ts';

/** Entries between two breaths while all are looked at. */
const ENTRIES_PER_TURN = 20_000;

/** The domains of a backup as folders, apps under their names. */
export async function listDomains(contents: BackupContents): Promise<ContentsListing> {
	const { names } = await readAppFacts(contents);
	const items = [...contents.table.domains].sort().map((domain): ContentsItem => {
		const app = /^AppDomain(?:Plugin)?-(.+)$/s.exec(domain)?.[1];
		const root = contents.find(domain, '');
		return {
			domain,
			path: '',
			kind: 'folder',
			mode: root?.mode ?? 0,
			protectionClass: 0,
			...present('modifiedAt', root === undefined ? undefined : timeOf(root)),
			...present('appName', app === undefined ? undefined : names.get(app)),
		};
	});
	return { items, itemCount: items.length };
}

/**
 * What lies directly in a folder. Folders that have no row of their own are listed as well.
 * @throws BackupError `NO_SUCH_FILE`.
 */
export async function listFolder(contents: BackupContents, domain: string, folder: string): Promise<ContentsListing> {
	const { table } = contents;
	const prefix = folder === '' ? '' : `${folder}/`;
	const rows: number[] = [];
	const implied = new Set<string>();
	const named = new Set<string>();
	let exists = folder === '' && table.rowsOf(domain).length > 0;
	for (const row of table.rowsOf(domain)) {
		const path = table.pathAt(row);
		if (path === folder) {
			exists ||= table.kindAt(row) === 'folder';
			continue;
		}
		if (path === '' || !path.startsWith(prefix)) {
			continue;
		}
		exists = true;
		const slash = path.indexOf('/', prefix.length);
		if (slash < 0) {
			rows.push(row);
			named.add(path);
		} else {
			implied.add(path.slice(0, slash));
		}
	}
	if (!exists) {
		throw noSuchFile(domain, folder);
	}
	const items = await Promise.all(rows.map((row) => itemOf(contents, table.entryAt(row))));
	for (const path of implied) {
		if (!named.has(path)) {
			items.push({ domain, path, kind: 'folder', mode: 0, protectionClass: 0 });
		}
	}
	items.sort(byPath);
	return { items, itemCount: items.length };
}

/**
 * Everything that patterns mean, in the order of domains and paths.
 * @param limit - how many are described; all are counted.
 * @throws BackupError `BAD_PATTERN`. AbortError.
 */
export async function findItems(
	contents: BackupContents,
	patterns: readonly string[],
	limit: number,
	signal?: AbortSignal,
): Promise<ContentsListing> {
	const rows = await matchingRows(contents, patterns, signal);
	const { table } = contents;
	const keyed = rows.map((row) => ({ row, domain: table.domainAt(row), path: table.pathAt(row) })).sort(byPath);
	const items: ContentsItem[] = [];
	for (const { row } of keyed.slice(0, limit)) {
		throwIfAborted(signal);
		items.push(await itemOf(contents, table.entryAt(row)));
	}
	return { items, itemCount: rows.length };
}

/** The rows that patterns mean; roots of domains only when they are named. @throws BackupError `BAD_PATTERN`. AbortError. */
export async function matchingRows(contents: BackupContents, patterns: readonly string[], signal?: AbortSignal): Promise<number[]> {
	const { table } = contents;
	const matchers = patterns.map(globMatcher);
	const rows: number[] = [];
	let seen = 0;
	for (const domain of table.domains) {
		for (const row of table.rowsOf(domain)) {
			const path = table.pathAt(row);
			const place = path === '' ? domain : `${domain}/${path}`;
			if (matchers.some((matches) => matches(place))) {
				rows.push(row);
			}
			if (++seen % ENTRIES_PER_TURN === 0) {
				await new Promise((resolve) => setImmediate(resolve));
				throwIfAborted(signal);
			}
		}
	}
	return rows;
}

/** One entry, with its size told from what is stored. */
export async function itemOf(contents: BackupContents, entry: ContentsEntry): Promise<ContentsItem> {
	return {
		domain: entry.domain,
		path: entry.path,
		kind: entry.kind === 'symlink' ? 'link' : entry.kind,
		...present('sizeBytes', entry.kind === 'file' ? await contents.sizeOf(entry) : undefined),
		mode: entry.mode,
		...present('modifiedAt', timeOf(entry)),
		protectionClass: entry.protectionClass,
		...present('target', entry.target),
	};
}

/** An entry by its place. @throws BackupError `NO_SUCH_FILE`. */
export function entryAt(contents: BackupContents, domain: string, path: string): ContentsEntry {
	const entry = contents.find(domain, path);
	if (entry === undefined) {
		throw noSuchFile(domain, path);
	}
	return entry;
}

/** The error for a place that the backup does not have. */
export function noSuchFile(domain: string, path: string): BackupError {
	return new BackupError('NO_SUCH_FILE', `The backup has nothing at ${path === '' ? domain : `${domain}/${path}`}.`, {
		details: { domain, path },
	});
}

function timeOf({ modifiedAtSeconds }: ContentsEntry): string | undefined {
	const date = new Date(modifiedAtSeconds * 1000);
	return modifiedAtSeconds === 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function byPath(a: { domain: string; path: string }, b: { domain: string; path: string }): number {
	return a.domain < b.domain ? -1 : a.domain > b.domain ? 1 : a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
