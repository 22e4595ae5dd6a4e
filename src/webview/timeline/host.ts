import { isToTimeline, type FromTimeline, type ToTimeline } from '../../contract/index.ts';
import type { SavedPlace } from './place.ts';

/** What the editor gives a page, once. */
interface VsCodeApi {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The one door to the editor: messages both ways, and the place that is kept while the page is away. */
export class Host {
	readonly #api: VsCodeApi = acquireVsCodeApi();

	send(message: FromTimeline): void {
		this.#api.postMessage(message);
	}

	listen(listener: (message: ToTimeline) => void): void {
		window.addEventListener('message', (event: MessageEvent<unknown>) => {
			if (isToTimeline(event.data)) {
				listener(event.data);
			}
		});
	}

	/** As it was saved; whoever uses it must check it. */
	savedPlace(): unknown {
		return this.#api.getState();
	}

	/** What is saved here is also what the panel is opened with again after a restart, so it names the device. */
	save(place: SavedPlace): void {
		this.#api.setState(place);
	}
}
