import * as l10n from '@vscode/l10n';
import type { FromTimeline, SnapshotInfo, TimelineAction, TimelineKey, TimelineState, ToTimeline } from '../../contract/index.ts';
import { Comparisons } from './comparisons.ts';
import { Coverages } from './coverages.ts';
import { Format } from './format.ts';
import { deviceObstacle } from './model/actions.ts';
import { activityOf, type Activity } from './model/activity.ts';
import { History } from './model/history.ts';
import { move } from './model/movement.ts';
import { buildRows, type KindFilter, type RowList } from './model/rows.ts';
import { parseSearch, type Search } from './model/search.ts';
import { FIRST_PLACE, readPlace, type Place, type SavedPlace } from './place.ts';

/** What the page needs of the editor. */
export interface ReaderHost {
	send(message: FromTimeline): void;
	savedPlace(): unknown;
	save(place: SavedPlace): void;
}

/** What a change asks of the page that shows it. */
export interface ReaderView {
	/** Something is to be seen anew. */
	draw(): void;
	/** Another device is shown: go to where its reader was. */
	restore(): void;
	/** Brings a row into sight, and the keyboard with it. */
	goTo(row: string): void;
	/** Brings the keyboard into the field for the search. */
	find(): void;
	/** Rows that fit on a page. */
	pageRows(): number;
}

const MINIMAP_BUCKETS = 160;

/** What is shown of a device's timeline, and where its reader is. Knows no document. */
export class Reader {
	readonly comparisons: Comparisons;
	readonly coverages: Coverages;
	readonly #host: ReaderHost;
	readonly #view: ReaderView;
	state: TimelineState | undefined;
	history = new History([]);
	activity: Activity | undefined;
	list: RowList | undefined;
	search: Search = parseSearch('');
	format = new Format('en');
	place: Place = FIRST_PLACE;
	/** The last thing that is worth hearing. */
	announced = '';

	constructor(host: ReaderHost, view: ReaderView) {
		this.#host = host;
		this.#view = view;
		this.comparisons = new Comparisons(host, () => view.draw());
		this.coverages = new Coverages(host, () => view.draw());
	}

	receive(message: ToTimeline): void {
		switch (message.type) {
			case 'state':
				this.#take(message.state);
				return;
			case 'snapshots':
				this.comparisons.forget();
				this.#setHistory(this.history.with(message.changed, message.removed));
				return;
			case 'jobs':
				this.#change({ jobs: message.jobs });
				return;
			case 'device':
				this.#change({ device: message.device });
				return;
			case 'events':
				this.#change({ events: message.events });
				return;
			case 'diff':
				this.comparisons.answer(message);
				return;
			case 'rows':
				this.comparisons.answerRows(message);
				return;
			case 'coverage':
				this.coverages.answer(message);
				return;
			case 'key':
				this.#press(message.key);
				return;
			case 'reveal':
				this.#reveal(message.snapshot, message.compareWith);
		}
	}

	/** Changes where the reader is. */
	go(part: Partial<Place>): void {
		this.place = { ...this.place, ...part };
		if (this.state !== undefined) {
			this.#host.save({ udid: this.state.device.udid, ...this.place });
		}
		this.#view.draw();
	}

	/** Moves to a row; the details follow where they are open. */
	activate(row: string): void {
		const snapshot = this.history.get(row);
		this.go({ active: row, ...(snapshot === undefined ? {} : { selected: snapshot.id, comparedWith: undefined }) });
		this.#view.goTo(row);
	}

	setQuery(query: string): void {
		this.search = parseSearch(query);
		this.go({ query });
		this.#rebuild();
	}

	setFilter(filter: KindFilter): void {
		this.go({ filter });
		this.#rebuild();
	}

	run(action: TimelineAction, snapshot: SnapshotInfo | undefined): void {
		if (snapshot !== undefined) {
			this.#host.send({ type: 'run', action, snapshots: [snapshot.id] });
		}
	}

	snapshotNow(): void {
		const obstacle = this.state === undefined ? undefined : deviceObstacle(this.state);
		if (obstacle === undefined) {
			this.#host.send({ type: 'run', action: 'snapshot', snapshots: [] });
		} else {
			this.announce(obstacle);
		}
	}

	announce(text: string): void {
		this.announced = text;
		this.#view.draw();
	}

	#take(state: TimelineState): void {
		const isOther = this.state?.device.udid !== state.device.udid;
		l10n.config({ contents: { ...state.texts } });
		this.state = state;
		this.format = new Format(state.locale);
		if (isOther) {
			this.place = readPlace(this.#host.savedPlace(), state.device.udid);
			this.search = parseSearch(this.place.query);
			this.comparisons.forget();
			this.coverages.forget();
		}
		this.#setHistory(new History(state.snapshots));
		if (isOther) {
			this.#view.restore();
		}
	}

	#setHistory(history: History): void {
		this.history = history;
		this.activity = activityOf(history.snapshots, MINIMAP_BUCKETS);
		this.#rebuild();
	}

	#change(part: Partial<TimelineState>): void {
		if (this.state !== undefined) {
			this.state = { ...this.state, ...part };
			this.#rebuild();
		}
	}

	#rebuild(): void {
		const { state, search } = this;
		if (state === undefined) {
			return;
		}
		const jobs = state.jobs.filter((job) => job.udid === undefined || job.udid === state.device.udid);
		const matches = search.isEmpty ? undefined : (snapshot: SnapshotInfo): boolean => search.matches(snapshot);
		this.list = buildRows(this.history, { jobs, events: state.events, filter: this.place.filter, matches }, this.list);
		if (!this.list.indexOf.has(this.place.active)) {
			this.place = { ...this.place, active: this.list.rows[0]?.id ?? 'now' };
		}
		this.#view.draw();
	}

	#press(key: TimelineKey): void {
		const { list, history, place } = this;
		if (list === undefined) {
			return;
		}
		const target = move(key, { list, history, active: place.active, pageRows: this.#view.pageRows() });
		if (target !== undefined) {
			this.activate(target);
			return;
		}
		const snapshot = history.get(place.active);
		switch (key) {
			case 'details':
				this.#toggleDetails(snapshot);
				return;
			case 'mark':
				this.#toggleMark(snapshot);
				return;
			case 'compare':
				// What is known of Now is the snapshot that the device stands at.
				this.#compare(place.active === 'now' ? history.head : snapshot);
				return;
			case 'find':
				this.#view.find();
				return;
			case 'snapshot':
				this.snapshotNow();
				return;
			case 'pin':
				this.run(snapshot?.pinned === true ? 'unpin' : 'pin', snapshot);
				return;
			case 'rename':
				this.run('name', snapshot);
				return;
			case 'rollBack':
				this.run('rollBack', snapshot);
				return;
			case 'delete':
				this.run('delete', snapshot);
				return;
			default:
			// A move that leads nowhere.
		}
	}

	#toggleDetails(snapshot: SnapshotInfo | undefined): void {
		if (snapshot !== undefined) {
			const isShown = this.place.detailsOpen && this.place.selected === snapshot.id && this.place.comparedWith === undefined;
			this.go({ selected: snapshot.id, comparedWith: undefined, detailsOpen: !isShown });
		}
	}

	#toggleMark(snapshot: SnapshotInfo | undefined): void {
		if (snapshot === undefined) {
			return;
		}
		const isMarked = this.place.marked === snapshot.id;
		this.go({ marked: isMarked ? undefined : snapshot.id });
		this.announce(isMarked ? l10n.t('Mark removed') : l10n.t('Marked. Go to another snapshot and press C to compare.'));
	}

	/** With the marked one; without a mark, with the snapshot that the device stands at. */
	#compare(snapshot: SnapshotInfo | undefined): void {
		const other = this.history.get(this.place.marked) ?? this.history.head;
		if (snapshot === undefined || other === undefined || snapshot.id === other.id) {
			this.announce(l10n.t('Mark another snapshot first, with Space.'));
			return;
		}
		this.go({ marked: other.id, comparedWith: snapshot.id, detailsOpen: true });
	}

	#reveal(snapshot: string, compareWith: string | undefined): void {
		this.search = parseSearch('');
		this.place = { ...this.place, query: '', filter: 'all' };
		this.#rebuild();
		this.activate(snapshot);
		this.go({ detailsOpen: true, ...(compareWith === undefined ? {} : { marked: compareWith, comparedWith: snapshot }) });
	}
}
