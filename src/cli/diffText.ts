import type { DiffFile, DiffGroup, SnapshotDiff } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** Groups in the table: those with the most differences. The document has all. */
const MAX_GROUPS = 25;

/** What differs between two snapshots: a line an app or domain, a total, and the files that were asked for. */
export function diffLines(diff: SnapshotDiff, style: Style): string[] {
	if (diff.fileCount === 0) {
		return ['No file differs.'];
	}
	const count = (number: number): string => (number === 0 ? '' : number.toLocaleString('en-US'));
	const bytes = (number: number): string => (number === 0 ? '' : formatBytes(number));
	const row = (name: string, groups: readonly DiffGroup[]): string[] => {
		const sum = (key: 'added' | 'removed' | 'changed' | 'addedBytes' | 'removedBytes'): number =>
			groups.reduce((total, group) => total + group[key], 0);
		return [name, count(sum('added')), count(sum('removed')), count(sum('changed')), bytes(sum('addedBytes')), bytes(sum('removedBytes'))];
	};
	// One more fits where else a line would say that there is one more.
	const shown = diff.groups.length > MAX_GROUPS + 1 ? diff.groups.slice(0, MAX_GROUPS) : diff.groups;
	const others = diff.groups.slice(shown.length);
	const rows = [
		...shown.map((group) => row(group.name === '?' ? '(encrypted)' : showable(group.name), [group])),
		...(others.length === 0 ? [] : [row(`… ${formatCount(others.length, 'other')} (--json)`, others)]),
	];
	const total = row('Total', diff.groups);
	const [heading = '', ...lines] = renderTable(
		['APP OR DOMAIN', 'ADDED', 'REMOVED', 'CHANGED', 'MORE', 'LESS'],
		diff.groups.length > 1 ? [...rows, total] : rows,
	);
	return [style.dim(heading), ...lines, ...(diff.files.length === 0 ? [] : ['', ...diff.files.map((file) => fileLine(file, style))])];
}

function fileLine(file: DiffFile, style: Style): string {
	const path = showable(file.domain === undefined ? file.path : `${file.domain}/${file.path}`);
	const before = file.beforeBytes === undefined ? '' : formatBytes(file.beforeBytes);
	const after = file.afterBytes === undefined ? '' : formatBytes(file.afterBytes);
	switch (file.change) {
		case 'added':
			return `${style.green('added')}    ${path}  ${style.dim(after)}`.trimEnd();
		case 'removed':
			return `${style.red('removed')}  ${path}  ${style.dim(before)}`.trimEnd();
		case 'changed':
			return `${style.yellow('changed')}  ${path}  ${style.dim(before === after ? after : `${before} → ${after}`)}`.trimEnd();
	}
}
