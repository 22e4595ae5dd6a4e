import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import type { RowList } from '../model/rows.ts';
import { graph, ROW_HEIGHT } from './graph.ts';
import { rowElement, type RowScene } from './row.ts';

/** Rows that are drawn above and below what can be seen, so that a quick scroll meets no gap. */
const OVERSCAN = 6;
/** The window moves by so many rows at once: in between, scrolling draws nothing. */
const WINDOW_STEP = 8;

/** The rows that are in the document now: from `begin` to before `end`. */
export interface RowWindow {
	readonly begin: number;
	readonly end: number;
}

/** Which rows to draw when so much of the list can be seen. */
export function windowAt(scrollTop: number, height: number, rowCount: number): RowWindow {
	const first = Math.floor(scrollTop / ROW_HEIGHT) - OVERSCAN;
	const begin = Math.max(0, Math.floor(first / WINDOW_STEP) * WINDOW_STEP);
	const shown = Math.ceil(Math.max(height, ROW_HEIGHT) / ROW_HEIGHT) + 2 * OVERSCAN + WINDOW_STEP;
	const end = Math.min(rowCount, begin + shown);
	return { begin: Math.min(begin, end), end };
}

export interface ListScene extends RowScene {
	readonly list: RowList;
	readonly window: RowWindow;
	/** In CSS pixels. */
	readonly graphWidth: number;
	readonly emptyText: string | undefined;
	onScroll(): void;
	onClick(row: string): void;
}

/**
 * The rows and the graph beside them. Only what can be seen is in the document; a screen reader learns of the rest from set sizes and positions.
 * The caller places the window (`placeWindow`) after it was drawn.
 */
export function listView(scene: ListScene): TemplateResult {
	const { list, window: shown } = scene;
	// Rows are drawn over those that stood there: measured, a quick scroll then costs a third less than with an element of its own for each.
	const rows = list.rows.slice(shown.begin, shown.end);
	return html`<div
		class="list"
		id="list"
		@scroll=${() => scene.onScroll()}
		@click=${(event: Event) => onRow(event, (row) => scene.onClick(row))}
	>
		<div class="canvas">
			<div class="window">
				${graph(list, shown.begin, shown.end, scene.graphWidth)}
				<div class="rows" role="tree" id="rows" aria-label=${l10n.t('Snapshots, newest first')} tabindex="-1">
					${rows.map((row, index) => rowElement(row, shown.begin + index + 1, list.rows.length, scene))}
				</div>
			</div>
		</div>
		${scene.emptyText === undefined ? nothing : html`<p class="empty">${scene.emptyText}</p>`}
	</div>`;
}

/** Puts the drawn rows where they belong. By the object model: the page's policy forbids style attributes. */
export function placeWindow(root: ParentNode, list: RowList, shown: RowWindow, width: number): void {
	const canvas = root.querySelector<HTMLElement>('.canvas');
	const moved = root.querySelector<HTMLElement>('.window');
	if (canvas === null || moved === null) {
		return;
	}
	canvas.style.height = `${list.rows.length * ROW_HEIGHT}px`;
	moved.style.transform = `translateY(${shown.begin * ROW_HEIGHT}px)`;
	moved.style.setProperty('--graph-width', `${width}px`);
}

function onRow(event: Event, act: (row: string) => void): void {
	const row = (event.target as Element).closest<HTMLElement>('[data-row]')?.dataset['row'];
	if (row !== undefined && (event.target as Element).closest('button') === null) {
		act(row);
	}
}
