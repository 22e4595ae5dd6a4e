import * as vscode from 'vscode';
import { Disposable, type Clock } from '../../base/index.ts';
import { Throttle } from '../throttle.ts';
import { treeItem, type RowItem } from './item.ts';
import type { LabRow } from './rows.ts';

/**
 * How often a tree changes at most. The editor gathers changes until 200 ms have passed without one, so that a tree which changes more often
 * than that is not drawn before it rests.
 */
const REFRESH_INTERVAL_MS = 300;

const ROOT = '';

/**
 * A tree of rows. It remembers what the editor was shown, and when the lab changes tells the editor of those rows only that look different
 * now. Rows are kept by id, so that the editor meets the same objects again.
 */
export abstract class RowProvider extends Disposable implements vscode.TreeDataProvider<LabRow> {
	readonly #rows = new Map<string, LabRow>();
	/** What the editor was shown: row → its look, as one string. */
	readonly #looks = new Map<string, string>();
	/** The rows that were shown below a row, or at the root. */
	readonly #childIds = new Map<string, readonly string[]>();
	readonly #parents = new Map<string, string>();
	readonly #onDidChange = this.register(new vscode.EventEmitter<LabRow | LabRow[] | undefined>());
	readonly #throttle: Throttle;
	/** Devices that changed since the last look at them. */
	readonly #touched = new Set<string>();
	#isAllTouched = false;
	protected readonly clock: Clock;

	readonly onDidChangeTreeData: vscode.Event<LabRow | LabRow[] | undefined> = this.#onDidChange.event;

	constructor(clock: Clock) {
		super();
		this.clock = clock;
		this.#throttle = this.register(new Throttle(clock, REFRESH_INTERVAL_MS, () => this.#update()));
	}

	/** The rows below one, or at the root; new objects each time. */
	protected abstract rowsBelow(row: LabRow | undefined): readonly LabRow[];
	/** What a row shows now; undefined when what it stands for is gone. */
	protected abstract itemOf(row: LabRow): RowItem | undefined;
	protected abstract tooltipOf(row: LabRow): vscode.MarkdownString | undefined;
	/** Called before the rows below one are shown: a chance to ask for what they need. */
	protected opened(_row: LabRow | undefined): Promise<void> | undefined {
		return undefined;
	}

	/** Something changed: what looks different is drawn again, soon. @param udid - of the only device that it concerns */
	protected changed(udid?: string): void {
		if (udid === undefined) {
			this.#isAllTouched = true;
		} else {
			this.#touched.add(udid);
		}
		this.#throttle.trigger();
	}

	getTreeItem(row: LabRow): vscode.TreeItem {
		const shown = this.itemOf(row);
		if (shown === undefined) {
			// It went between two steps of the editor's drawing; the next change takes it away.
			return treeItem(row.id, { label: '…', icon: { name: 'blank' }, words: [], spoken: '' });
		}
		this.#looks.set(row.id, lookOf(shown));
		return treeItem(row.id, shown);
	}

	resolveTreeItem(item: vscode.TreeItem, row: LabRow): vscode.TreeItem {
		item.tooltip = this.tooltipOf(row) ?? '';
		return item;
	}

	async getChildren(row?: LabRow): Promise<LabRow[]> {
		await this.opened(row);
		return this.#remember(row);
	}

	getParent(row: LabRow): LabRow | undefined {
		const parent = this.#parents.get(row.id);
		return parent === undefined ? undefined : this.#rows.get(parent);
	}

	/** The row that the editor knows under an id. */
	find(id: string): LabRow | undefined {
		return this.#rows.get(id);
	}

	#remember(row: LabRow | undefined): LabRow[] {
		const below = this.rowsBelow(row).map((each) => {
			const known = this.#rows.get(each.id) ?? each;
			this.#rows.set(each.id, known);
			this.#parents.set(each.id, row?.id ?? ROOT);
			return known;
		});
		this.#childIds.set(
			row?.id ?? ROOT,
			below.map(({ id }) => id),
		);
		return below;
	}

	#update(): void {
		const isTouched = this.#isAllTouched ? undefined : new Set(this.#touched);
		this.#isAllTouched = false;
		this.#touched.clear();
		if (!this.#childIds.has(ROOT)) {
			// The editor has not looked yet.
			return;
		}
		if (this.#hasOtherRowsBelow(undefined)) {
			this.#sweep();
			this.#onDidChange.fire(undefined);
			return;
		}
		const changed = [...this.#looks.keys()].flatMap((id) => {
			const row = this.#rows.get(id);
			const isConcerned = isTouched === undefined || row?.udid === undefined || isTouched.has(row.udid);
			return row !== undefined && isConcerned && this.#looksDifferent(row) ? [row] : [];
		});
		if (changed.length > 0) {
			this.#sweep();
			this.#onDidChange.fire(changed);
		}
	}

	/** Whether a row, or what is below it, is not as the editor was told last. The editor is told now, so that it need not be told again. */
	#looksDifferent(row: LabRow): boolean {
		const shown = this.itemOf(row);
		if (shown === undefined) {
			return false;
		}
		const look = lookOf(shown);
		const isOther = look !== this.#looks.get(row.id);
		this.#looks.set(row.id, look);
		return this.#hasOtherRowsBelow(row) || isOther;
	}

	#hasOtherRowsBelow(row: LabRow | undefined): boolean {
		const key = row?.id ?? ROOT;
		const told = this.#childIds.get(key);
		if (told === undefined) {
			return false;
		}
		const ids = this.rowsBelow(row).map(({ id }) => id);
		this.#childIds.set(key, ids);
		return ids.length !== told.length || ids.some((id, index) => id !== told[index]);
	}

	/** Forgets rows that stand for nothing any more. */
	#sweep(): void {
		for (const [id, row] of this.#rows) {
			if (this.itemOf(row) === undefined) {
				this.#rows.delete(id);
				this.#looks.delete(id);
				this.#childIds.delete(id);
				this.#parents.delete(id);
			}
		}
	}
}

function lookOf(shown: RowItem): string {
	return JSON.stringify(shown);
}
