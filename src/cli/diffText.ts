import type { DatabaseDiff, DiffFile, DiffGroup, RowsDiff, SnapshotDiff, TableChange } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** Groups in the table: those with the most differences. The document has all. */
const MAX_GROUPS = 25;

/** Tables that are named in the line of an app; its databases name all. */
const MAX_TABLES = 3;

/** What differs between two snapshots: a line an app or domain, a total, and the files that were asked for. */
export function diffLines(diff: SnapshotDiff, style: Style): string[] {
	if (diff.fileCount === 0) {
		return ['No file differs.'];
	}
	const count = (value: number): string => (value === 0 ? '' : number(value));
	const bytes = (value: number): string => (value === 0 ? '' : formatBytes(value));
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

/** The rows that differ: a line for each app with what differs in all, and a line for each of its databases. */
export function rowsLines(rows: RowsDiff, groups: readonly DiffGroup[], style: Style): string[] {
	const { databases, unreadable } = rows;
	if (databases.length + unreadable.length === 0) {
		return ['', 'No row of a database differs.'];
	}
	const names = [...new Set([...databases, ...unreadable].map(({ group }) => group))];
	return ['', style.dim('ROWS'), ...names.flatMap((name) => groupLines(name, rows, groups, style))];
}

function groupLines(name: string, rows: RowsDiff, groups: readonly DiffGroup[], style: Style): string[] {
	const own = rows.databases.filter(({ group }) => group === name);
	const counts = tablesText(own);
	const facts = [...groups.filter((group) => group.name === name).map(filesText), ...(counts === '' ? [] : [counts])].join('; ');
	return [
		`${style.bold(showable(name))}: ${facts}`,
		...own.map(({ path, tables }) => `  ${showable(path)}  ${style.dim(tables.map(tableText).join(', '))}`),
		...rows.unreadable
			.filter(({ group }) => group === name)
			.map(({ path }) => `  ${showable(path)}  ${style.yellow('its rows cannot be read')}`),
	];
}

/** `3 files, +1.2 MB`. */
function filesText({ added, removed, changed, addedBytes, removedBytes }: DiffGroup): string {
	const bytes = addedBytes - removedBytes;
	const size = bytes === 0 ? '' : `, ${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`;
	return `${formatCount(added + removed + changed, 'file')}${size}`;
}

/** ``2 rows in `sessions`, 1 in `users` ``: the tables with the most differences first. */
function tablesText(databases: readonly DatabaseDiff[]): string {
	const byTable = new Map<string, number>();
	for (const { table, added, removed, changed } of databases.flatMap(({ tables }) => tables)) {
		byTable.set(table, (byTable.get(table) ?? 0) + added + removed + changed);
	}
	const counted = [...byTable].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
	const named = counted.slice(0, MAX_TABLES);
	const parts = named.map(
		([table, count], index) => `${index === 0 ? formatCount(count, 'row') : number(count)} in \`${showable(table)}\``,
	);
	const rest = counted.slice(MAX_TABLES);
	const more = rest.reduce((sum, [, count]) => sum + count, 0);
	return [...parts, ...(rest.length === 0 ? [] : [`${number(more)} in ${formatCount(rest.length, 'other table')}`])].join(', ');
}

/** `sessions +2 ~1 −3`. */
function tableText({ table, added, removed, changed, exact, schemaChanged }: TableChange): string {
	const parts = [
		...(added === 0 ? [] : [`+${number(added)}`]),
		...(changed === 0 ? [] : [`~${number(changed)}`]),
		...(removed === 0 ? [] : [`−${number(removed)}`]),
		...(exact ? [] : ['(or more)']),
		...(schemaChanged ? ['(columns differ)'] : []),
	];
	return `${showable(table)} ${parts.join(' ')}`;
}

function number(value: number): string {
	return value.toLocaleString('en-US');
}
