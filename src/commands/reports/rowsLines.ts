import * as vscode from 'vscode';
import type { DatabaseDiff, DiffGroup, RowsDiff, TableChange } from '../../contract/index.ts';
import { formatBytes, formatNumber, inline } from '../../views/index.ts';
import { groupName } from './diffLines.ts';

const MAX_PATH = 1000;
const MAX_TABLE = 200;

/** Tables that are named in the line of an app; its databases name all. */
const MAX_TABLES = 3;

/** The rows that differ in databases: a line for each app with all that differs in it, and a line for each of its databases. */
export function rowsLines(rows: RowsDiff, groups: readonly DiffGroup[]): string[] {
	const names = [...new Set([...rows.databases, ...rows.unreadable].map(({ group }) => group))];
	return [
		'',
		names.length === 0 ? vscode.l10n.t('No row of a database differs.') : vscode.l10n.t('Rows that differ in databases:'),
		...names.flatMap((name) => groupLines(name, rows, groups)),
		...(rows.leftOut === 0
			? []
			: ['', vscode.l10n.t('{0} databases were not looked into: that would have taken too long.', formatNumber(rows.leftOut))]),
	];
}

function groupLines(name: string, { databases, unreadable }: RowsDiff, groups: readonly DiffGroup[]): string[] {
	const own = databases.filter(({ group }) => group === name);
	const counts = tablesText(own);
	const facts = [...groups.filter((group) => group.name === name).map(filesText), ...(counts === '' ? [] : [counts])].join('; ');
	return [
		`${groupName(name)}: ${facts}`,
		...own.map(({ path, tables }) => `  ${inline(path, MAX_PATH)}  (${tables.map(tableText).join(', ')})`),
		...unreadable
			.filter(({ group }) => group === name)
			.map(({ path }) => `  ${inline(path, MAX_PATH)}  (${vscode.l10n.t('its rows cannot be read')})`),
	];
}

function filesText({ added, removed, changed, addedBytes, removedBytes }: DiffGroup): string {
	const count = added + removed + changed;
	const files = count === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', formatNumber(count));
	const bytes = addedBytes - removedBytes;
	return bytes === 0 ? files : `${files}, ${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`;
}

/** ``2 rows in `sessions`, 1 in `users` ``: the tables with the most differences first. */
function tablesText(databases: readonly DatabaseDiff[]): string {
	const byTable = new Map<string, number>();
	for (const { table, added, removed, changed } of databases.flatMap(({ tables }) => tables)) {
		byTable.set(table, (byTable.get(table) ?? 0) + added + removed + changed);
	}
	const counted = [...byTable].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
	const named = counted.slice(0, MAX_TABLES).map(([table, count], index) => {
		const name = `\`${inline(table, MAX_TABLE)}\``;
		return index > 0
			? vscode.l10n.t('{0} in {1}', formatNumber(count), name)
			: count === 1
				? vscode.l10n.t('1 row in {0}', name)
				: vscode.l10n.t('{0} rows in {1}', formatNumber(count), name);
	});
	const rest = counted.slice(MAX_TABLES).reduce((sum, [, count]) => sum + count, 0);
	return [...named, ...(rest === 0 ? [] : [vscode.l10n.t('{0} in other tables', formatNumber(rest))])].join(', ');
}

/** `sessions +2 ~1 −3`. */
function tableText({ table, added, removed, changed, exact, schemaChanged }: TableChange): string {
	return [
		inline(table, MAX_TABLE),
		...(added === 0 ? [] : [`+${formatNumber(added)}`]),
		...(changed === 0 ? [] : [`~${formatNumber(changed)}`]),
		...(removed === 0 ? [] : [`−${formatNumber(removed)}`]),
		...(exact ? [] : [vscode.l10n.t('or more')]),
		...(schemaChanged ? [vscode.l10n.t('other columns')] : []),
	].join(' ');
}
