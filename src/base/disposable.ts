/** Something that holds a resource until `dispose` is called. */
export interface IDisposable {
	dispose(): void;
}

/** Wraps a function as a disposable that runs it at most once. */
export function toDisposable(release: () => void): IDisposable {
	let released = false;
	return {
		dispose(): void {
			if (!released) {
				released = true;
				release();
			}
		},
	};
}

/** Base of every class with resources: they are registered on the line that creates them and released in reverse order. */
export abstract class Disposable implements IDisposable {
	readonly #held: IDisposable[] = [];
	#disposed = false;

	get isDisposed(): boolean {
		return this.#disposed;
	}

	dispose(): void {
		if (this.#disposed) {
			return;
		}
		this.#disposed = true;
		for (const held of this.#held.splice(0).reverse()) {
			held.dispose();
		}
	}

	/** Takes ownership of `resource`; it is released at once when this object is already disposed. */
	protected register<T extends IDisposable>(resource: T): T {
		if (this.#disposed) {
			resource.dispose();
		} else {
			this.#held.push(resource);
		}
		return resource;
	}
}
