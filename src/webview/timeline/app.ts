import * as l10n from '@vscode/l10n';
import { html, nothing, render, type TemplateResult } from 'lit';
import type { JobInfo, SnapshotDiff, TimelineState, ToTimeline } from '../../contract/index.ts';
import { titleOf } from './format.ts';
import { deviceObstacle } from './model/actions.ts';
import { positionAt, shareOf, type Activity } from './model/activity.ts';
import type { RowList } from './model/rows.ts';
import { Reader, type ReaderHost, type ReaderView } from './reader.ts';
import { compareView } from './view/compare.ts';
import { details } from './view/details.ts';
import { graphWidth, ROW_HEIGHT } from './view/graph.ts';
import { header } from './view/header.ts';
import { listView, placeWindow, windowAt, type RowWindow } from './view/list.ts';
import { minimap } from './view/minimap.ts';
import { rowElementId } from './view/row.ts';

/** Times are written relative to today, so they are written anew now and then. */
const CLOCK_EVERY_MS = 60_000;
/** A list that did not scroll for so long rests. */
const REST_AFTER_MS = 120;

/** Draws the timeline of one device, and takes what people do in the page. */
export class App implements ReaderView {
	readonly #root: HTMLElement;
	readonly #host: ReaderHost;
	readonly #reader: Reader;
	#window: RowWindow = { begin: 0, end: 0 };
	#frame: number | undefined;
	#resting: number | undefined;
	/** The keyboard is in the rows, so the active row takes it when it is drawn anew. */
	#rowsHaveFocus = false;

	constructor(root: HTMLElement, host: ReaderHost) {
		this.#root = root;
		this.#host = host;
		this.#reader = new Reader(host, this);
		root.addEventListener('focusin', (event) => this.#noteFocus(event.target as Element));
		// The row stays the page's active element while the keyboard is elsewhere in the editor: its keys are not ours then.
		window.addEventListener('blur', () => this.#host.send({ type: 'focus', place: 'other' }));
		window.addEventListener('focus', () => this.#noteFocus(document.activeElement ?? document.body));
		root.addEventListener('keydown', (event) => keepFromScrolling(event));
		new ResizeObserver(() => this.draw()).observe(root);
		setInterval(() => this.draw(), CLOCK_EVERY_MS);
	}

	receive(message: ToTimeline): void {
		this.#reader.receive(message);
	}

	/** Drawn once before the next frame, however often it is asked for. */
	draw(): void {
		this.#frame ??= requestAnimationFrame(() => this.#drawNow());
	}

	restore(): void {
		document.documentElement.lang = this.#reader.state?.locale ?? 'en';
		// Scrolling needs the rows to be there.
		this.#drawNow();
		this.#listElement()?.scrollTo({ top: this.#reader.place.scrollTop });
		this.#focusRow();
	}

	goTo(row: string): void {
		this.#rowsHaveFocus = true;
		const [element, index] = [this.#listElement(), this.#reader.list?.indexOf.get(row)];
		if (element === null || index === undefined) {
			return;
		}
		const top = index * ROW_HEIGHT;
		if (top < element.scrollTop) {
			element.scrollTop = top;
		} else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
			element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
		}
		// Saved at once and not when the list has come to rest: the page may be gone by then.
		this.#reader.go({ scrollTop: element.scrollTop });
		this.#drawNow();
	}

	find(): void {
		this.#root.querySelector<HTMLInputElement>('#search')?.select();
	}

	pageRows(): number {
		return Math.max(1, Math.floor((this.#listElement()?.clientHeight ?? 0) / ROW_HEIGHT));
	}

	#drawNow(): void {
		if (this.#frame !== undefined) {
			cancelAnimationFrame(this.#frame);
			this.#frame = undefined;
		}
		const { state, list, place } = this.#reader;
		if (state === undefined || list === undefined) {
			return;
		}
		const element = this.#listElement();
		this.#window = windowAt(element?.scrollTop ?? place.scrollTop, element?.clientHeight ?? window.innerHeight, list.rows.length);
		render(this.#page(state, list), this.#root);
		placeWindow(this.#root, list, this.#window, this.#graphWidth(list));
		if (this.#rowsHaveFocus) {
			this.#focusRow();
		}
	}

	#page(state: TimelineState, list: RowList): TemplateResult {
		const reader = this.#reader;
		const nowMs = Date.now();
		const { history, format, place, activity } = reader;
		const shownCount = list.layout.placements.length;
		const side = place.detailsOpen ? this.#side(state, nowMs) : undefined;
		return html`
			${header({
				device: state.device,
				devices: state.devices,
				query: place.query,
				search: reader.search,
				filter: place.filter,
				shownCount,
				totalCount: history.snapshots.length,
				obstacle: deviceObstacle(state),
				switchTo: (udid) => this.#host.send({ type: 'switchDevice', udid }),
				setQuery: (text) => reader.setQuery(text),
				leaveSearch: () => this.#focusRow(true),
				setFilter: (kind) => reader.setFilter(kind),
				snapshotNow: () => reader.snapshotNow(),
			})}
			${
				activity === undefined || history.snapshots.length < 2
					? nothing
					: html`<nav aria-label=${l10n.t('Time')}>
							${minimap({ activity, format, shown: this.#shownTimes(list, activity), jump: (share) => this.#jump(share) })}
						</nav>`
			}
			<main class=${side === undefined ? '' : 'with-side'}>
				${listView({
					history,
					format,
					nowMs,
					active: place.active,
					selected: place.detailsOpen ? place.selected : undefined,
					marked: place.marked,
					list,
					window: this.#window,
					graphWidth: this.#graphWidth(list),
					emptyText: shownCount === 0 ? emptyText(state, history.snapshots.length) : undefined,
					onScroll: () => this.#scrolled(),
					onClick: (row) => this.#click(row),
					cancel: (job: JobInfo) => this.#host.send({ type: 'run', action: 'cancelJob', snapshots: [], job: job.id }),
				})}
				${side ?? nothing}
			</main>
			<p class="visually-hidden" role="status">${reader.announced}</p>
		`;
	}

	#side(state: TimelineState, nowMs: number): TemplateResult | undefined {
		const reader = this.#reader;
		const { history, format, place, comparisons } = reader;
		const selected = history.get(place.selected);
		const [marked, compared] = [history.get(place.marked), history.get(place.comparedWith)];
		const openFile = (diff: SnapshotDiff, domain: string, path: string): void =>
			this.#host.send({ type: 'openFile', before: diff.before, after: diff.after, domain, path });
		if (marked !== undefined && compared !== undefined && marked.id !== compared.id) {
			// The older of two is always the one before.
			const [before, after] = marked.takenAt <= compared.takenAt ? [marked, compared] : [compared, marked];
			return compareView({
				before,
				after,
				format,
				nowMs,
				state: comparisons.between(before.id, after.id),
				rows: after.kind === 'app' ? undefined : comparisons.rowsBetween(before.id, after.id),
				withNow: history.head?.id === after.id && after.kind === 'device' ? { obstacle: deviceObstacle(state) } : undefined,
				compareWithNow: () => this.#host.send({ type: 'run', action: 'compareWithNow', snapshots: [before.id] }),
				openFile,
				leave: () => reader.go({ comparedWith: undefined }),
				openInEditor: () => this.#host.send({ type: 'run', action: 'compare', snapshots: [before.id, after.id] }),
			});
		}
		if (selected === undefined) {
			return undefined;
		}
		const parent = history.parentOf(selected);
		return details({
			snapshot: selected,
			device: state.device,
			jobs: state.jobs,
			history,
			format,
			nowMs,
			changes: parent === undefined ? undefined : comparisons.between(parent.id, selected.id),
			coverage: reader.coverages.of(selected.id),
			showCoverage: (isOpen) => reader.coverages.show(selected.id, isOpen),
			openFile,
			close: () => reader.go({ detailsOpen: false, comparedWith: undefined }),
			run: (action, snapshot) => reader.run(action, snapshot),
			copy: (text) => this.#host.send({ type: 'run', action: 'copyCommand', snapshots: [], text }),
			show: (snapshot) => reader.activate(snapshot.id),
		});
	}

	/** Draws when other rows are to be seen; the minimap and the saved place follow when the list has come to rest. */
	#scrolled(): void {
		const [element, list] = [this.#listElement(), this.#reader.list];
		if (element === null || list === undefined) {
			return;
		}
		const next = windowAt(element.scrollTop, element.clientHeight, list.rows.length);
		if (next.begin !== this.#window.begin || next.end !== this.#window.end) {
			this.draw();
		}
		clearTimeout(this.#resting);
		this.#resting = setTimeout(() => this.#reader.go({ scrollTop: element.scrollTop }), REST_AFTER_MS);
	}

	#click(row: string): void {
		const snapshot = this.#reader.history.get(row);
		this.#rowsHaveFocus = true;
		this.#reader.go({
			active: row,
			...(snapshot === undefined ? {} : { selected: snapshot.id, comparedWith: undefined, detailsOpen: true }),
		});
	}

	/** The stretch of time that can be seen in the list. */
	#shownTimes(list: RowList, activity: Activity): { readonly from: number; readonly to: number } {
		const first = Math.floor((this.#listElement()?.scrollTop ?? 0) / ROW_HEIGHT);
		const times = list.rows.slice(first, first + this.pageRows()).flatMap((row) => (row.kind === 'snapshot' ? row.snapshot.takenAt : []));
		const [newest, oldest] = [times[0], times.at(-1)];
		return newest === undefined || oldest === undefined
			? { from: 1, to: 1 }
			: { from: shareOf(activity, oldest), to: shareOf(activity, newest) };
	}

	#jump(share: number): void {
		const { activity, list, format } = this.#reader;
		if (activity === undefined || list === undefined) {
			return;
		}
		const time = activity.beginMs + share * (activity.endMs - activity.beginMs);
		const shown = list.rows.flatMap((row) => (row.kind === 'snapshot' ? row.snapshot : []));
		const target = shown[positionAt(shown, time)];
		if (target !== undefined) {
			const row = list.indexOf.get(target.id) ?? 0;
			this.#listElement()?.scrollTo({ top: (row - this.pageRows() / 2) * ROW_HEIGHT });
			this.#reader.announce(titleOf(target, format, Date.now()));
		}
	}

	/** A row that is scrolled out of sight is not in the document; the list itself then keeps the keyboard until it is back. */
	#focusRow(evenFromElsewhere = false): void {
		const target = document.getElementById(rowElementId(this.#reader.place.active)) ?? document.getElementById('rows');
		const { activeElement } = document;
		const isFree = activeElement === null || activeElement === document.body || activeElement.closest('#rows') !== null;
		if (target !== activeElement && (evenFromElsewhere || isFree)) {
			target?.focus({ preventScroll: true });
		}
	}

	#noteFocus(target: Element): void {
		const place = target.closest('#rows') !== null ? 'rows' : target.matches('input') ? 'text' : 'other';
		this.#rowsHaveFocus = place === 'rows';
		this.#host.send({ type: 'focus', place });
	}

	#graphWidth(list: RowList): number {
		return graphWidth(list.laneCount, this.#listElement()?.clientWidth ?? window.innerWidth);
	}

	#listElement(): HTMLElement | null {
		return this.#root.querySelector<HTMLElement>('#list');
	}
}

/** The editor carries these keys out; the page must not scroll for them as well. */
function keepFromScrolling(event: KeyboardEvent): void {
	const isInRows = (event.target as Element).closest('#rows') !== null;
	if (isInRows && ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', ' '].includes(event.key)) {
		event.preventDefault();
	}
}

function emptyText({ device }: TimelineState, snapshotCount: number): string {
	if (snapshotCount > 0) {
		return l10n.t('No snapshot fits the search.');
	}
	return device.ready
		? l10n.t('No snapshots yet. Take the first one before you change anything: you can then come back to this moment.')
		: l10n.t('No snapshots yet. Attach the device to take the first one.');
}
