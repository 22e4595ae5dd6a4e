import type { TimelineKey } from '../../../contract/index.ts';
import type { History } from './history.ts';
import type { RowList } from './rows.ts';

export interface MovementScene {
	readonly list: RowList;
	readonly history: History;
	readonly active: string;
	/** Rows that fit on a page. */
	readonly pageRows: number;
}

/** The row that a key leads to; undefined for keys that do not move, and at an end of the list or of a branch. */
export function move(key: TimelineKey, scene: MovementScene): string | undefined {
	const { list, history, active } = scene;
	const at = list.indexOf.get(active) ?? 0;
	const row = (index: number): string | undefined => list.rows[Math.min(list.rows.length - 1, Math.max(0, index))]?.id;
	const shown = (id: string | undefined): string | undefined => (id !== undefined && list.indexOf.has(id) ? id : undefined);
	switch (key) {
		case 'next':
			return row(at + 1);
		case 'previous':
			return row(at - 1);
		case 'pageDown':
			return row(at + scene.pageRows - 1);
		case 'pageUp':
			return row(at - scene.pageRows + 1);
		case 'first':
			return row(0);
		case 'last':
			return row(list.rows.length - 1);
		case 'now':
			return shown('now') ?? row(0);
		case 'parent': {
			const snapshot = active === 'now' ? undefined : history.get(active);
			return shown(active === 'now' ? history.head?.id : snapshot?.parent);
		}
		case 'child': {
			const snapshot = history.get(active);
			const child = snapshot === undefined ? undefined : history.childOf(snapshot);
			return shown(child?.id) ?? (snapshot?.isHead === true ? shown('now') : undefined);
		}
		default:
			return undefined;
	}
}
