import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { DiffFile, DiffGroup, RowsDiff, SnapshotDiff } from '../../../contract/index.ts';
import type { Asked } from '../answers.ts';
import type { Format } from '../format.ts';

/** Files of one group that are listed at once; the editor's own view shows all. */
const MAX_FILES_SHOWN = 200;

/** Tables that are named of a group or file. */
const MAX_TABLES_SHOWN = 3;
/** A table's name comes from a device. */
const MAX_TABLE_NAME = 100;

/** What differs between two snapshots: apps and domains, each opens to its files. */
export function diffView(
	state: Asked<SnapshotDiff>,
	format: Format,
	openFile: (diff: SnapshotDiff, domain: string, path: string) => void,
	rows?: Asked<RowsDiff>,
): TemplateResult {
	if (state.state === 'loading') {
		return html`<p class="quiet-text" role="status">${l10n.t('Comparing…')}</p>`;
	}
	if (state.state === 'failed') {
		return html`<p class="damage" role="status"><bdi>${state.message}</bdi></p>`;
	}
	const { value: diff } = state;
	if (diff.groups.length === 0) {
		return html`<p class="quiet-text">${l10n.t('Nothing differs.')}</p>`;
	}
	const byGroup = Map.groupBy(diff.files, ({ group }) => group);
	const known = rows?.state === 'done' ? rows.value : undefined;
	return html`<p class="quiet-text">${l10n.t('{0} files differ.', format.count(diff.fileCount))} ${rowsState(rows, format)}</p>
		<div class="groups">
			${diff.groups.map((group) => groupView({ diff, group, files: byGroup.get(group.name) ?? [], rows: known, format, openFile }))}
		</div>`;
}

/** How far the rows of databases are known, which takes longer than the rest. */
function rowsState(rows: Asked<RowsDiff> | undefined, format: Format): string {
	switch (rows?.state) {
		case 'loading':
			return l10n.t('Counting rows in databases…');
		case 'failed':
			return l10n.t('The rows of databases cannot be told.');
		case 'done':
			return rows.value.leftOut === 0 ? '' : l10n.t('{0} databases were not looked into.', format.count(rows.value.leftOut));
		case undefined:
			return '';
	}
}

interface GroupScene {
	readonly diff: SnapshotDiff;
	readonly group: DiffGroup;
	readonly files: readonly DiffFile[];
	readonly rows: RowsDiff | undefined;
	readonly format: Format;
	openFile(diff: SnapshotDiff, domain: string, path: string): void;
}

function groupView(scene: GroupScene): TemplateResult {
	const { group, files, rows, format } = scene;
	const own = rows?.databases.filter((database) => database.group === group.name) ?? [];
	return html`<details class="group">
		<summary>
			<bdi class="name">${group.name === '?' ? l10n.t('encrypted content') : group.name}</bdi>
			<span class="counts amount">${counts(group, format)}</span>
			${own.length === 0 ? nothing : html`<bdi class="counts rows-changed">${rowsText(own, format)}</bdi>`}
		</summary>
		<ul>
			${files.slice(0, MAX_FILES_SHOWN).map((file) => fileView(scene, file))}
			${files.length > MAX_FILES_SHOWN ? html`<li class="quiet-text">${l10n.t('and {0} more', format.count(files.length - MAX_FILES_SHOWN))}</li>` : nothing}
		</ul>
	</details>`;
}

function fileView(scene: GroupScene, file: DiffFile): TemplateResult {
	const { diff, rows, format } = scene;
	const { domain, path } = file;
	const change = changeMark(file);
	const own = rows?.databases.filter((database) => database.domain === domain && database.path === path) ?? [];
	return html`<li class="line">
		<span class="change ${file.change}" title=${change.text}
			><span aria-hidden="true">${change.sign}</span><span class="visually-hidden">${change.text}</span></span
		>
		${
			domain === undefined
				? html`<bdi class="name">${path}</bdi>`
				: html`<button class="link name" @click=${() => scene.openFile(diff, domain, path)}><bdi>${path}</bdi></button>`
		}
		<span class="counts amount">${sizeText(file, format)}</span>
		${own.length === 0 ? nothing : html`<bdi class="counts rows-changed">${rowsText(own, format)}</bdi>`}
	</li>`;
}

/** ``2 rows in `sessions`, 1 in `users` ``: the tables with the most differences first. */
function rowsText(databases: RowsDiff['databases'], format: Format): string {
	const byTable = new Map<string, number>();
	for (const { table, added, removed, changed } of databases.flatMap(({ tables }) => tables)) {
		byTable.set(table, (byTable.get(table) ?? 0) + added + removed + changed);
	}
	const counted = [...byTable].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
	const named = counted.slice(0, MAX_TABLES_SHOWN).map(([table, count], index) => {
		const name = `\`${table.slice(0, MAX_TABLE_NAME)}\``;
		return index > 0
			? l10n.t('{0} in {1}', format.count(count), name)
			: count === 1
				? l10n.t('1 row in {0}', name)
				: l10n.t('{0} rows in {1}', format.count(count), name);
	});
	const rest = counted.slice(MAX_TABLES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
	return [...named, ...(rest === 0 ? [] : [l10n.t('{0} in other tables', format.count(rest))])].join(', ');
}

function changeMark({ change }: DiffFile): { readonly sign: string; readonly text: string } {
	switch (change) {
		case 'added':
			return { sign: '+', text: l10n.t('added') };
		case 'removed':
			return { sign: '−', text: l10n.t('removed') };
		case 'changed':
			return { sign: '~', text: l10n.t('changed') };
	}
}

function sizeText({ beforeBytes, afterBytes }: DiffFile, format: Format): string {
	if (beforeBytes === undefined || afterBytes === undefined) {
		const bytes = beforeBytes ?? afterBytes;
		return bytes === undefined ? '' : format.bytes(bytes);
	}
	return beforeBytes === afterBytes ? format.bytes(afterBytes) : format.change(afterBytes - beforeBytes);
}

function counts(group: DiffGroup, format: Format): string {
	const parts = [
		...(group.added > 0 ? [`+${format.count(group.added)}`] : []),
		...(group.changed > 0 ? [`~${format.count(group.changed)}`] : []),
		...(group.removed > 0 ? [`−${format.count(group.removed)}`] : []),
	];
	const bytes = group.addedBytes - group.removedBytes;
	return bytes === 0 ? parts.join(' ') : `${parts.join(' ')}, ${format.change(bytes)}`;
}
