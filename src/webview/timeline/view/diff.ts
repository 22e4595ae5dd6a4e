import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { DiffFile, DiffGroup, SnapshotDiff } from '../../../contract/index.ts';
import type { Asked } from '../answers.ts';
import type { Format } from '../format.ts';

/** Files of one group that are listed at once; the editor's own view shows all. */
const MAX_FILES_SHOWN = 200;

/** What differs between two snapshots: apps and domains, each opens to its files. */
export function diffView(
	state: Asked<SnapshotDiff>,
	format: Format,
	openFile: (diff: SnapshotDiff, domain: string, path: string) => void,
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
	return html`<p class="quiet-text">${l10n.t('{0} files differ.', format.count(diff.fileCount))}</p>
		<div class="groups">${diff.groups.map((group) => groupView(diff, group, byGroup.get(group.name) ?? [], format, openFile))}</div>`;
}

function groupView(
	diff: SnapshotDiff,
	group: DiffGroup,
	files: readonly DiffFile[],
	format: Format,
	openFile: (diff: SnapshotDiff, domain: string, path: string) => void,
): TemplateResult {
	return html`<details class="group">
		<summary>
			<bdi class="name">${group.name === '?' ? l10n.t('encrypted content') : group.name}</bdi>
			<span class="counts">${counts(group, format)}</span>
		</summary>
		<ul>
			${files.slice(0, MAX_FILES_SHOWN).map((file) => fileView(diff, file, format, openFile))}
			${files.length > MAX_FILES_SHOWN ? html`<li class="quiet-text">${l10n.t('and {0} more', format.count(files.length - MAX_FILES_SHOWN))}</li>` : nothing}
		</ul>
	</details>`;
}

function fileView(
	diff: SnapshotDiff,
	file: DiffFile,
	format: Format,
	openFile: (diff: SnapshotDiff, domain: string, path: string) => void,
): TemplateResult {
	const { domain } = file;
	const change = changeMark(file);
	return html`<li>
		<span class="change ${file.change}" title=${change.text}
			><span aria-hidden="true">${change.sign}</span><span class="visually-hidden">${change.text}</span></span
		>
		${
			domain === undefined
				? html`<bdi>${file.path}</bdi>`
				: html`<button class="link" @click=${() => openFile(diff, domain, file.path)}><bdi>${file.path}</bdi></button>`
		}
		<span class="counts">${sizeText(file, format)}</span>
	</li>`;
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
