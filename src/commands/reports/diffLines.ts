import * as vscode from 'vscode';
import type { DiffFile, DiffGroup, SnapshotDiff } from '../../contract/index.ts';
import { formatBytes, formatNumber, inline } from '../../views/index.ts';
import { tableLines } from './table.ts';

/** Paths may be long; a document has room for them. */
const MAX_PATH = 1000;

/**
 * What differs between two snapshots: the sum, a row for each app or domain, and the files under their apps.
 * @param rows - of databases, as `rowsLines` tells them; they come before the files.
 */
export function diffLines(diff: SnapshotDiff, rows: readonly string[] = []): string[] {
	const sum = (key: 'added' | 'removed' | 'changed'): number => diff.groups.reduce((total, group) => total + group[key], 0);
	const head = [
		vscode.l10n.t('App or domain'),
		vscode.l10n.t('Added'),
		vscode.l10n.t('Removed'),
		vscode.l10n.t('Changed'),
		vscode.l10n.t('Grew by'),
		vscode.l10n.t('Shrank by'),
	];
	const unnamed = diff.fileCount - diff.files.length;
	return [
		vscode.l10n.t(
			'{0} files differ: {1} added, {2} removed, {3} changed.',
			formatNumber(diff.fileCount),
			formatNumber(sum('added')),
			formatNumber(sum('removed')),
			formatNumber(sum('changed')),
		),
		'',
		...tableLines([head, ...diff.groups.map(groupRow)]),
		...rows,
		...filesByDomain(diff.files),
		...(unnamed === 0 ? [] : ['', vscode.l10n.t('… and {0} more files.', formatNumber(unnamed))]),
	];
}

function groupRow(group: DiffGroup): string[] {
	const count = (number: number): string => (number === 0 ? '–' : formatNumber(number));
	const bytes = (number: number): string => (number === 0 ? '–' : formatBytes(number));
	return [
		groupName(group.name),
		count(group.added),
		count(group.removed),
		count(group.changed),
		bytes(group.addedBytes),
		bytes(group.removedBytes),
	];
}

/** An app or a domain as people read it; what no manifest tells has no name. */
export function groupName(name: string): string {
	return name === '?'
		? vscode.l10n.t('(cannot be told without the password)')
		: name === 'backup'
			? vscode.l10n.t("(the backup's own files)")
			: inline(name, MAX_PATH);
}

function filesByDomain(files: readonly DiffFile[]): string[] {
	const byDomain = new Map<string, DiffFile[]>();
	for (const file of files) {
		const domain = file.domain ?? file.group;
		const known = byDomain.get(domain);
		if (known === undefined) {
			byDomain.set(domain, [file]);
		} else {
			known.push(file);
		}
	}
	const domains = [...byDomain.keys()].sort((a, b) => (a < b ? -1 : 1));
	return domains.flatMap((domain) => ['', groupName(domain), ...fileLines(byDomain.get(domain) ?? [])]);
}

function fileLines(files: readonly DiffFile[]): string[] {
	return [...files]
		.sort((a, b) => (a.path < b.path ? -1 : 1))
		.map((file) => `  ${signOf(file.change)} ${inline(file.path, MAX_PATH)}  (${sizesOf(file)})`);
}

/** As in a patch; what it means is said behind the path. */
function signOf(change: DiffFile['change']): string {
	return { added: '+', removed: '-', changed: '~' }[change];
}

function sizesOf({ change, beforeBytes = 0, afterBytes = 0 }: DiffFile): string {
	switch (change) {
		case 'added':
			return vscode.l10n.t('added, {0}', formatBytes(afterBytes));
		case 'removed':
			return vscode.l10n.t('removed, {0}', formatBytes(beforeBytes));
		case 'changed':
			return beforeBytes === afterBytes
				? vscode.l10n.t('changed, {0}', formatBytes(afterBytes))
				: vscode.l10n.t('changed, {0} → {1}', formatBytes(beforeBytes), formatBytes(afterBytes));
	}
}
