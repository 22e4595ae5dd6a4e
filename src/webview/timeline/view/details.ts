import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { Coverage, SnapshotDiff, SnapshotInfo, TimelineAction, TimelineDevice } from '../../../contract/index.ts';
import type { Asked } from '../answers.ts';
import { titleOf, triggerText, type Format } from '../format.ts';
import { actionsOf, shellCommand, type ActionItem, type ActionScene } from '../model/actions.ts';
import type { History } from '../model/history.ts';
import { coverageView } from './coverage.ts';
import { diffView } from './diff.ts';
import { icon } from './icon.ts';

/** Digits of a commit or an ID that are shown. */
const IDENTIFIER_LENGTH = 12;

export interface DetailsScene extends ActionScene {
	readonly snapshot: SnapshotInfo;
	readonly device: TimelineDevice;
	readonly history: History;
	readonly format: Format;
	readonly nowMs: number;
	/** What changed since the parent; undefined while there is nothing to compare with. */
	readonly changes: Asked<SnapshotDiff> | undefined;
	/** What it holds; undefined until the reader opens it. */
	readonly coverage: Asked<Coverage> | undefined;
	showCoverage(isOpen: boolean): void;
	run(action: TimelineAction, snapshot: SnapshotInfo): void;
	copy(text: string): void;
	show(snapshot: SnapshotInfo): void;
	openFile(diff: SnapshotDiff, domain: string, path: string): void;
	close(): void;
}

/** Everything about one snapshot, and what can be done with it. */
export function details(scene: DetailsScene): TemplateResult {
	const { snapshot, format, nowMs, history, device } = scene;
	const parent = history.parentOf(snapshot);
	const command = shellCommand(device, snapshot);
	return html`<section class="details" aria-label=${l10n.t('Details of {0}', titleOf(snapshot, format, nowMs))}>
		<div class="heading">
			<h2><bdi>${titleOf(snapshot, format, nowMs)}</bdi></h2>
			<button class="quiet" title=${l10n.t('Close details')} aria-label=${l10n.t('Close details')} @click=${() => scene.close()}>
				${icon('close')}
			</button>
		</div>
		${snapshot.damagedAt === undefined ? nothing : damageNote(snapshot, format)} ${actionsView(scene)}
		<dl>
			${fact(l10n.t('Taken'), format.exactly(snapshot.takenAt))} ${fact(l10n.t('Why'), triggerText(snapshot.trigger))}
			${fact(l10n.t('Note'), snapshot.note)} ${fact(l10n.t('Covers'), coverageText(snapshot))} ${fact(l10n.t('iOS'), snapshot.iosVersion)}
			${fact(l10n.t('Encrypted'), encryptionText(snapshot))}
			${fact(l10n.t('Files'), l10n.t('{0} files, {1}', format.count(snapshot.fileCount), format.bytes(snapshot.sizeBytes)))}
			${fact(l10n.t('In the store'), storageText(snapshot, format))}
			${
				snapshot.git?.commit === undefined
					? nothing
					: identifier(l10n.t('Commit'), snapshot.git.commit, l10n.t('Copy commit'), () => scene.copy(snapshot.git?.commit ?? ''))
			}
			${fact(l10n.t('Branch'), branchText(snapshot))} ${fact(l10n.t('Build'), snapshot.git?.build)}
			${fact(l10n.t('Integrity'), integrityText(snapshot, format, nowMs))}
			<dt>${l10n.t('Came from')}</dt>
			<dd>
				${
					parent === undefined
						? snapshot.parent === undefined
							? l10n.t('nothing: the first of its line')
							: l10n.t('a snapshot that was deleted')
						: html`<button class="link" @click=${() => scene.show(parent)}><bdi>${titleOf(parent, format, nowMs)}</bdi></button>`
				}
			</dd>
			${identifier(l10n.t('ID'), snapshot.id, l10n.t('Copy Snapshot ID'), () => scene.run('copyId', snapshot))}
		</dl>
		${snapshot.kind === 'app' ? nothing : coverageView(scene.coverage, format, (isOpen) => scene.showCoverage(isOpen))}
		<h3>${l10n.t('Changed since the one before')}</h3>
		${
			scene.changes === undefined
				? html`<p class="quiet-text">${l10n.t('There is nothing to compare with.')}</p>`
				: diffView(scene.changes, format, (diff, domain, path) => scene.openFile(diff, domain, path))
		}
		<h3>${l10n.t('Show command')}</h3>
		<div class="command">
			<code>${command}</code>
			<button class="quiet" title=${l10n.t('Copy command')} aria-label=${l10n.t('Copy command')} @click=${() => scene.copy(command)}>
				${icon('copy')}
			</button>
		</div>
		<p><button class="link" @click=${() => scene.run('showLog', snapshot)}>${l10n.t('Show Log')}</button></p>
	</section>`;
}

function damageNote(snapshot: SnapshotInfo, format: Format): TemplateResult {
	return html`<p class="damage">
		${icon('error')}
		${l10n.t('Damage was found on {0}. It cannot be rolled back to. Other snapshots are not touched by it.', format.exactly(snapshot.damagedAt ?? ''))}
	</p>`;
}

/** In equal columns, so that they stay a block at every width. */
function actionsView(scene: DetailsScene): TemplateResult {
	const { snapshot } = scene;
	const items = actionsOf(snapshot, scene);
	return html`<div class="actions grid" role="group" aria-label=${l10n.t('Actions')}>
			${items.map(
				({ action, label, icon: name, obstacle }) =>
					html`<button
						class=${buttonClass(action)}
						aria-disabled=${obstacle !== undefined}
						title=${obstacle ?? nothing}
						aria-description=${obstacle ?? nothing}
						@click=${() => (obstacle === undefined ? scene.run(action, snapshot) : undefined)}
					>
						${icon(name)} <span>${label}</span>
					</button>`,
			)}
		</div>
		${obstacles(items)}`;
}

/** The two that change a device have a line of their own where there is little room. */
function buttonClass(action: TimelineAction): string {
	return action === 'rollBack' ? 'primary wide' : action === 'restoreOntoOther' ? 'wide' : '';
}

/**
 * Each reason once, as text, with what it keeps from being done: a tooltip alone would be out of reach for the keyboard and on a touch screen.
 */
function obstacles(items: readonly ActionItem[]): TemplateResult | typeof nothing {
	const reasons = Map.groupBy(
		items.filter(({ obstacle }) => obstacle !== undefined),
		({ obstacle }) => obstacle,
	);
	return reasons.size === 0
		? nothing
		: html`<ul class="reasons">
				${[...reasons].map(
					([reason, hindered]) =>
						html`<li><b>${hindered.map(({ label }) => label.replace(/…$/u, '')).join(', ')}</b>: <bdi>${reason}</bdi></li>`,
				)}
			</ul>`;
}

/** Its beginning, which is enough to tell it from others; all of it as a tooltip, and to be copied. */
function identifier(name: string, value: string, copyLabel: string, copy: () => void): TemplateResult {
	return html`<dt>${name}</dt>
		<dd class="identifier">
			<code title=${value}>${value.slice(0, IDENTIFIER_LENGTH)}</code>
			<button class="quiet" title=${copyLabel} aria-label=${copyLabel} @click=${copy}>${icon('copy')}</button>
		</dd>`;
}

function fact(name: string, value: string | undefined): TemplateResult | typeof nothing {
	return value === undefined || value === ''
		? nothing
		: html`<dt>${name}</dt>
				<dd><bdi>${value}</bdi></dd>`;
}

function coverageText(snapshot: SnapshotInfo): string {
	return snapshot.kind === 'app'
		? l10n.t('the data of {0}; not its keychain items and permissions', snapshot.app?.bundleId ?? l10n.t('one app'))
		: l10n.t('the whole device, as a computer backup holds it; not the apps themselves, nor what is in iCloud');
}

function encryptionText(snapshot: SnapshotInfo): string {
	return snapshot.encrypted
		? l10n.t('yes, with saved passwords and Health')
		: snapshot.kind === 'app'
			? l10n.t('no')
			: l10n.t('no; saved passwords, Health, call history and website history are left out');
}

function storageText(snapshot: SnapshotInfo, format: Format): string {
	const shared = Math.max(0, snapshot.sizeBytes - snapshot.addedBytes);
	return l10n.t('{0} of its own, about {1} shared with others', format.bytes(snapshot.addedBytes), format.bytes(shared));
}

function branchText({ git }: SnapshotInfo): string | undefined {
	return git?.branch === undefined ? undefined : git.dirty === true ? l10n.t('{0}, with changes not committed', git.branch) : git.branch;
}

function integrityText(snapshot: SnapshotInfo, format: Format, nowMs: number): string {
	if (snapshot.damagedAt !== undefined) {
		return l10n.t('damaged, found {0}', format.whenInside(snapshot.damagedAt, nowMs));
	}
	return snapshot.verifiedAt === undefined
		? l10n.t('not verified yet')
		: l10n.t('verified {0}', format.whenInside(snapshot.verifiedAt, nowMs));
}
