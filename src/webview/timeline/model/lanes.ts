/** A snapshot as the layout sees it. */
export interface LaneNode {
	readonly id: string;
	readonly parent?: string | undefined;
}

/** Where a snapshot stands: its position in time, its lane, and the position of its parent when that is in the layout. */
export interface Placement {
	readonly id: string;
	/** Oldest is 0. */
	readonly index: number;
	readonly lane: number;
	readonly parentIndex?: number;
}

/**
 * Lanes of a history, like those of a git graph. A snapshot's line runs in its own lane from itself down to its parent, where it bends over;
 * no two lines share a piece of a lane.
 *
 * Snapshots come oldest first, and a new one never moves those that are there, so that a timeline stays still while a device is worked with.
 */
export class LaneLayout {
	readonly #placed: Placement[] = [];
	readonly #byId = new Map<string, Placement>();
	/** The highest position that each lane is used at. */
	readonly #lastUse: number[] = [];
	/** Lanes whose newest snapshot is still to be continued, by that snapshot. */
	readonly #reserved = new Map<number, string>();

	/** Lays out a whole history at once: a lane is not given away while a later snapshot of the history continues it. */
	static of(nodes: readonly LaneNode[]): LaneLayout {
		const layout = new LaneLayout();
		const continued = new Set(nodes.map((node) => node.parent));
		for (const node of nodes) {
			const { lane } = layout.append(node);
			if (continued.has(node.id)) {
				layout.#reserved.set(lane, node.id);
			}
		}
		layout.#reserved.clear();
		return layout;
	}

	/** Oldest first. */
	get placements(): readonly Placement[] {
		return this.#placed;
	}

	get laneCount(): number {
		return this.#lastUse.length;
	}

	placementOf(id: string): Placement | undefined {
		return this.#byId.get(id);
	}

	/** Adds a snapshot that is newer than all others. */
	append(node: LaneNode): Placement {
		const placement = this.next(node);
		this.#reserved.delete(placement.lane);
		this.#lastUse[placement.lane] = placement.index;
		this.#placed.push(placement);
		this.#byId.set(node.id, placement);
		return placement;
	}

	/** Where a newer one would stand. */
	next(node: LaneNode): Placement {
		const index = this.#placed.length;
		const parent = node.parent === undefined ? undefined : this.#byId.get(node.parent);
		return { id: node.id, index, lane: this.#freeLane(parent, index), ...(parent === undefined ? {} : { parentIndex: parent.index }) };
	}

	/** Whether this lays out the same snapshots with the same parents, and perhaps misses some of the newest. */
	isBeginningOf(nodes: readonly LaneNode[]): boolean {
		return (
			this.#placed.length <= nodes.length &&
			this.#placed.every(({ id, parentIndex }, index) => {
				const node = nodes[index];
				return node?.id === id && (parentIndex === undefined ? undefined : this.#placed[parentIndex]?.id) === this.#known(node.parent);
			})
		);
	}

	#known(id: string | undefined): string | undefined {
		return id !== undefined && this.#byId.has(id) ? id : undefined;
	}

	/** The parent's own lane if nothing stands in the way, else the first that is free all the way down to the parent. */
	#freeLane(parent: Placement | undefined, index: number): number {
		const from = parent?.index ?? index - 1;
		if (parent !== undefined && this.#lastUse[parent.lane] === parent.index) {
			return parent.lane;
		}
		const free = this.#lastUse.findIndex((last, lane) => last <= from && !this.#reserved.has(lane));
		return free === -1 ? this.#lastUse.length : free;
	}
}
