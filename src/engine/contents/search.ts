import { globMatcher, readAppFacts, type BackupContents } from '../../backup/index.ts';
import { throwIfAborted } from '../../base/index.ts';
import type { ContentsListing } from '../../contract/index.ts';
import { present } from '../known.ts';
import { itemOf } from './browse.ts';

/** Entries between two breaths while all are looked at. */
const ENTRIES_PER_TURN = 20_000;

/** Characters that make what is typed a glob. */
const GLOB = /[*?[{]/;

/** How well something fits, in small letters; less is better. @param app - its name, empty for none. */
type Rank = (name: string, place: string, app: string) => number | undefined;

interface Hit {
	readonly row: number;
	readonly rank: number;
	readonly place: string;
}

/**
 * What fits the words that a person types, whatever their case: each must be in the domain, the app's name or the path, and names that begin so
 * come first. A word with `*`, `?`, `[` or `{` is a glob: over names, or over `Domain/path` where it has a slash. Nothing fits no word at all.
 * @param limit - how many are described; all are counted.
 * @throws BackupError `BAD_PATTERN`. AbortError.
 */
export async function searchItems(
	contents: BackupContents,
	text: string,
	limit: number,
	signal: AbortSignal | undefined,
): Promise<ContentsListing> {
	const rank = rankOf(text.trim().toLowerCase());
	if (rank === undefined) {
		return { items: [], itemCount: 0 };
	}
	const { table } = contents;
	const { names } = await readAppFacts(contents);
	const hits: Hit[] = [];
	let seen = 0;
	for (const domain of table.domains) {
		const appName = names.get(appOf(domain) ?? '')?.toLowerCase() ?? '';
		const prefix = domain.toLowerCase();
		for (const row of table.rowsOf(domain)) {
			const path = table.pathAt(row);
			const place = path === '' ? prefix : `${prefix}/${path.toLowerCase()}`;
			const fit = rank(place.slice(place.lastIndexOf('/') + 1), place, appName);
			if (fit !== undefined) {
				hits.push({ row, rank: fit, place });
			}
			if (++seen % ENTRIES_PER_TURN === 0) {
				await new Promise((resolve) => setImmediate(resolve));
				throwIfAborted(signal);
			}
		}
	}
	hits.sort((a, b) => a.rank - b.rank || a.place.length - b.place.length || (a.place < b.place ? -1 : 1));
	const items = [];
	for (const { row } of hits.slice(0, limit)) {
		throwIfAborted(signal);
		const item = await itemOf(contents, table.entryAt(row));
		items.push({ ...item, ...present('appName', names.get(appOf(item.domain) ?? '')) });
	}
	return { items, itemCount: hits.length };
}

function rankOf(text: string): Rank | undefined {
	if (text === '') {
		return undefined;
	}
	if (GLOB.test(text)) {
		const matches = globMatcher(text);
		return text.includes('/') ? (_, place) => (matches(place) ? 0 : undefined) : (name) => (matches(name) ? 0 : undefined);
	}
	const words = text.split(/\s+/);
	const last = words.at(-1) ?? '';
	return (name, place, app) => {
		if (!words.every((word) => place.includes(word) || app.includes(word))) {
			return undefined;
		}
		return name === text ? 0 : name.startsWith(last) ? 1 : name.includes(last) ? 2 : 3;
	};
}

/** The app whose domain it is. */
function appOf(domain: string): string | undefined {
	return /^AppDomain(?:Plugin)?-(.+)$/s.exec(domain)?.[1];
}
