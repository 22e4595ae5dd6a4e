/** The devices that commands were used on in this window, last used first. */
export class RecentDevices {
	#udids: readonly string[] = [];

	used(udid: string): void {
		this.#udids = [udid, ...this.#udids.filter((each) => each !== udid)];
	}

	/** The device that was used last; undefined before the first. */
	get last(): string | undefined {
		return this.#udids[0];
	}

	/** Whether a device is the one that was used last. */
	isLast(udid: string): boolean {
		return this.#udids[0] === udid;
	}

	/** Sorts by last use; what was not used yet keeps its order behind. */
	sorted<T extends { readonly udid: string }>(items: readonly T[]): T[] {
		const rank = ({ udid }: T): number => {
			const index = this.#udids.indexOf(udid);
			return index === -1 ? this.#udids.length : index;
		};
		return [...items].sort((a, b) => rank(a) - rank(b));
	}
}
