import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { RowsDiff, SnapshotDiff, SnapshotInfo } from '../../../contract/index.ts';
import type { Asked } from '../answers.ts';
import { titleOf, type Format } from '../format.ts';
import { diffView } from './diff.ts';
import { icon } from './icon.ts';

export interface CompareScene {
	readonly before: SnapshotInfo;
	readonly after: SnapshotInfo;
	readonly state: Asked<SnapshotDiff>;
	/** Of databases; undefined where they are not compared. */
	readonly rows: Asked<RowsDiff> | undefined;
	/** The device stands at the later one, and may have moved on since: it can be backed up to know. */
	readonly withNow: { readonly obstacle: string | undefined } | undefined;
	compareWithNow(): void;
	readonly format: Format;
	readonly nowMs: number;
	openFile(diff: SnapshotDiff, domain: string, path: string): void;
	/** Shows all of it as a document. */
	openInEditor(): void;
	leave(): void;
}

/** Two snapshots side by side: by app and domain, down to files. */
export function compareView(scene: CompareScene): TemplateResult {
	const { before, after, format, nowMs } = scene;
	const [old, now] = [titleOf(before, format, nowMs), titleOf(after, format, nowMs)];
	return html`<section class="details" aria-label=${l10n.t('Comparison of {0} and {1}', old, now)}>
		<div class="heading">
			<h2><bdi>${old}</bdi> ${icon('arrow-right')} <bdi>${now}</bdi></h2>
			<button class="quiet" title=${l10n.t('Leave comparison')} aria-label=${l10n.t('Leave comparison')} @click=${() => scene.leave()}>
				${icon('close')}
			</button>
		</div>
		<div class="actions">
			<button @click=${() => scene.openInEditor()}>${icon('go-to-file')} ${l10n.t('Open as Document')}</button>
			${
				scene.withNow === undefined
					? nothing
					: html`<button
							aria-disabled=${scene.withNow.obstacle !== undefined}
							aria-description=${scene.withNow.obstacle ?? nothing}
							title=${scene.withNow.obstacle ?? l10n.t('The device may have changed since: a backup of it is taken, which stays.')}
							@click=${() => scene.withNow?.obstacle === undefined && scene.compareWithNow()}
						>
							${icon('record')} ${l10n.t('Back Up and Compare with Now')}
						</button>`
			}
		</div>
		${diffView(scene.state, format, (diff, domain, path) => scene.openFile(diff, domain, path), scene.rows)}
	</section>`;
}
