import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { JobInfo, SnapshotInfo } from '../../../contract/index.ts';
import { eventText, jobText, phaseText, titleOf, triggerText, type Format } from '../format.ts';
import type { History } from '../model/history.ts';
import type { Row } from '../model/rows.ts';
import { icon } from './icon.ts';

/** What the text of a row depends on. */
export interface RowScene {
	readonly history: History;
	readonly format: Format;
	readonly nowMs: number;
	readonly active: string;
	readonly selected: string | undefined;
	readonly marked: string | undefined;
	cancel(job: JobInfo): void;
}

/** The row's own part; the place that it stands at is the caller's. `position` counts from 1. */
export function rowElement(row: Row, position: number, count: number, scene: RowScene): TemplateResult {
	const isActive = row.id === scene.active;
	const isSelected = row.id === scene.selected;
	const classes = [
		'row',
		row.kind,
		row.kind === 'snapshot' && !scene.history.leadsToNow(row.snapshot) ? 'muted' : '',
		row.id === scene.marked ? 'marked' : '',
	];
	return html`<div
		role="treeitem"
		id=${rowElementId(row.id)}
		class=${classes.filter((name) => name !== '').join(' ')}
		data-row=${row.id}
		tabindex=${isActive ? 0 : -1}
		aria-level="1"
		aria-setsize=${count}
		aria-posinset=${position}
		aria-selected=${isSelected}
		aria-current=${row.kind === 'now' ? 'location' : nothing}
	>
		<span class="visually-hidden">${rowLabel(row, scene)}</span>
		<span class="cells" aria-hidden="true">${rowContent(row, scene)}</span>
		${row.kind === 'job' ? cancelButton(row.job, scene) : nothing}
	</div>`;
}

/** Ids of snapshots are hexadecimal, but those of rows are not always; none of it may break out of an attribute or a selector. */
export function rowElementId(id: string): string {
	return `row-${id.replace(/[^A-Za-z0-9]/g, '_')}`;
}

function rowContent(row: Row, scene: RowScene): TemplateResult {
	switch (row.kind) {
		case 'now':
			return html`<span class="title">${l10n.t('Now')}</span><span class="facts"><span class="fact">${nowText(scene)}</span></span>`;
		case 'event':
			return html`<span class="title">${icon('info')}<bdi>${eventText(row.event)}</bdi></span>
				<span class="when" title=${scene.format.exactly(row.event.at)}>${scene.format.age(row.event.at, scene.nowMs)}</span>`;
		case 'job':
			return jobContent(row.job, scene);
		case 'snapshot':
			return snapshotContent(row.snapshot, scene);
	}
}

function jobContent(job: JobInfo, scene: RowScene): TemplateResult {
	const waits = job.waitsFor !== undefined;
	return html`<span class="title"
			>${icon(waits ? 'bell-dot' : 'sync', waits ? 'warning' : 'codicon-modifier-spin')}<bdi>${jobText(job)}</bdi></span
		>
		<span class="facts"><span class="fact ${waits ? 'warning' : ''}">${phaseText(job, scene.format)}</span></span>
		${waits ? nothing : html`<progress max="100" value=${job.percent ?? nothing}></progress>`}`;
}

function cancelButton(job: JobInfo, scene: RowScene): TemplateResult {
	return html`<button class="quiet" tabindex="-1" ?disabled=${job.cancelling} @click=${() => scene.cancel(job)}>
		${l10n.t('Cancel')}
	</button>`;
}

function snapshotContent(snapshot: SnapshotInfo, scene: RowScene): TemplateResult {
	const { format } = scene;
	// What may be cut is whole in its tooltip.
	return html`<span class="title ${snapshot.name === undefined ? '' : 'named'}" title=${snapshot.name ?? nothing}>
			${snapshot.kind === 'app' ? icon('package') : nothing}<bdi>${titleOf(snapshot, format, scene.nowMs)}</bdi>
		</span>
		<span class="facts">
			${scene.marked === snapshot.id ? html`<span class="fact mark">${icon('check')}${l10n.t('marked')}</span>` : nothing}
			${snapshot.damagedAt === undefined ? nothing : html`<span class="fact error">${icon('error')}${l10n.t('damaged')}</span>`}
			${snapshot.app === undefined ? nothing : html`<span class="fact"><bdi>${snapshot.app.name ?? snapshot.app.bundleId}</bdi></span>`}
			${snapshot.name === undefined ? nothing : html`<span class="fact">${format.when(snapshot.takenAt, scene.nowMs)}</span>`}
			<span class="fact">${triggerText(snapshot.trigger)}</span>
			${snapshot.git?.branch === undefined ? nothing : html`<span class="fact branch" title=${snapshot.git.branch}>${icon('git-branch')}<bdi>${snapshot.git.branch}</bdi></span>`}
			${snapshot.git?.commit === undefined ? nothing : html`<code class="fact">${snapshot.git.commit.slice(0, 7)}</code>`}
			${snapshot.note === undefined ? nothing : html`<span class="fact note" title=${snapshot.note}>${icon('note')}<bdi>${snapshot.note}</bdi></span>`}
		</span>
		<span class="marks">
			${snapshot.pinned ? icon('pinned') : nothing}${snapshot.encrypted ? icon('lock') : nothing}
			${snapshot.damagedAt === undefined && snapshot.verifiedAt !== undefined ? icon('verified') : nothing}
		</span>
		<span class="ios">${snapshot.iosVersion ?? ''}</span>
		<span class="size">${format.bytes(snapshot.addedBytes)}</span>
		<span class="when" title=${format.exactly(snapshot.takenAt)}>${format.age(snapshot.takenAt, scene.nowMs)}</span>`;
}

function nowText({ history, format, nowMs }: RowScene): string {
	return history.head === undefined
		? l10n.t('no snapshot yet')
		: l10n.t('from {0}', history.head.name ?? format.whenInside(history.head.takenAt, nowMs));
}

/** The row as a sentence, for those who hear it. */
function rowLabel(row: Row, scene: RowScene): string {
	const { format, nowMs } = scene;
	switch (row.kind) {
		case 'now':
			return `${l10n.t('Now')}, ${nowText(scene)}`;
		case 'event':
			return `${eventText(row.event)}, ${format.when(row.event.at, nowMs)}`;
		case 'job':
			return `${jobText(row.job)}, ${phaseText(row.job, format)}${row.job.percent === undefined ? '' : `, ${Math.floor(row.job.percent)} %`}`;
		case 'snapshot':
			return snapshotLabel(row.snapshot, scene);
	}
}

function snapshotLabel(snapshot: SnapshotInfo, { history, format, nowMs, marked }: RowScene): string {
	const parts = [
		titleOf(snapshot, format, nowMs),
		...(snapshot.name === undefined ? [] : [format.when(snapshot.takenAt, nowMs)]),
		snapshot.kind === 'app' ? l10n.t('app snapshot') : l10n.t('device snapshot'),
		triggerText(snapshot.trigger),
		...(snapshot.iosVersion === undefined ? [] : [`iOS ${snapshot.iosVersion}`]),
		...(snapshot.encrypted ? [l10n.t('encrypted')] : []),
		...(snapshot.pinned ? [l10n.t('pinned')] : []),
		...(snapshot.damagedAt !== undefined ? [l10n.t('damaged')] : snapshot.verifiedAt !== undefined ? [l10n.t('verified')] : []),
		...(snapshot.id === marked ? [l10n.t('marked')] : []),
		...(snapshot.isHead ? [l10n.t('the device stands here')] : history.leadsToNow(snapshot) ? [] : [l10n.t('on another branch')]),
		l10n.t('{0} of its own', format.bytes(snapshot.addedBytes)),
	];
	return parts.join(', ');
}
