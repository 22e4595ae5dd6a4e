import type { ContentsService } from './contentsService.ts';

/** What the worker can be asked for: every method of the service that takes an order. */
export type ContentsMethod = Exclude<keyof ContentsService, 'close' | 'read'>;

/** To the worker. `more` asks for the next portion of a file that is being read. */
export type ToContentsWorker =
	| { readonly ask: ContentsMethod | 'read'; readonly id: number; readonly order: unknown }
	| { readonly ask: 'more'; readonly id: number }
	| { readonly ask: 'cancel'; readonly id: number }
	| { readonly ask: 'end' };

/** From the worker. */
export type FromContentsWorker =
	| { readonly id: number; readonly tell: 'result'; readonly result: unknown }
	| { readonly id: number; readonly tell: 'portion'; readonly bytes: Uint8Array }
	| { readonly id: number; readonly tell: 'progress'; readonly files: number; readonly bytes: number }
	| { readonly id: number; readonly tell: 'failure'; readonly failure: WorkerFailure };

/** An error as it crosses from the worker. */
export interface WorkerFailure {
	readonly code: string;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}
