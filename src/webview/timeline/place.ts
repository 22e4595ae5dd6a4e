import type { KindFilter } from './model/rows.ts';

/** Where the reader is. It outlives the page; everything else is asked for again. */
export interface Place {
	/** The row that has, or had, the keyboard. */
	readonly active: string;
	/** The snapshot whose details are shown. */
	readonly selected?: string | undefined;
	/** The snapshot that others are compared with. */
	readonly marked?: string | undefined;
	/** The snapshot that `marked` is compared with just now. */
	readonly comparedWith?: string | undefined;
	readonly query: string;
	readonly filter: KindFilter;
	readonly detailsOpen: boolean;
	readonly scrollTop: number;
}

/** A place and the device it is about. */
export interface SavedPlace extends Place {
	readonly udid: string;
}

export const FIRST_PLACE: Place = { active: 'now', query: '', filter: 'all', detailsOpen: true, scrollTop: 0 };

const FILTERS: readonly unknown[] = ['all', 'device', 'app', 'named'] satisfies KindFilter[];

/** Reads a saved place of this device; what does not fit is left at its beginning. */
export function readPlace(value: unknown, udid: string): Place {
	if (typeof value !== 'object' || value === null || (value as Partial<SavedPlace>).udid !== udid) {
		return FIRST_PLACE;
	}
	const saved = value as Readonly<Record<string, unknown>>;
	const text = (key: string): string | undefined => (typeof saved[key] === 'string' ? saved[key] : undefined);
	const { scrollTop } = saved;
	return {
		active: text('active') ?? FIRST_PLACE.active,
		selected: text('selected'),
		marked: text('marked'),
		comparedWith: text('comparedWith'),
		query: text('query') ?? '',
		filter: FILTERS.includes(saved['filter']) ? (saved['filter'] as KindFilter) : 'all',
		detailsOpen: saved['detailsOpen'] !== false,
		scrollTop: typeof scrollTop === 'number' && scrollTop >= 0 ? scrollTop : 0,
	};
}
