import type { HostFileErrorCode } from '../../device/index.ts';
import type { RelativePath } from './hostFolder.ts';

/**
 * One step of a batch. A file is `begin`, any number of `data` (a range of the batch's bytes), then `finish` (with the time that it is to have,
 * in milliseconds, where that is not the present) or `abandon`; a file may span batches.
 */
export type HostStep =
	| readonly ['begin', RelativePath]
	| readonly ['data', number, number]
	| readonly ['finish', number?]
	| readonly ['abandon']
	| readonly ['folder', RelativePath]
	| readonly ['move', RelativePath, RelativePath]
	| readonly ['remove', RelativePath]
	| readonly ['copy', RelativePath, RelativePath];

/** A question that has an answer of its own. `own` is for the kind of folder that the worker serves: its type is known on both sides of it. */
export type HostQuestion =
	| { readonly ask: 'list'; readonly folder: RelativePath }
	| { readonly ask: 'open'; readonly file: RelativePath }
	| { readonly ask: 'more'; readonly handle: number }
	| { readonly ask: 'close'; readonly handle: number }
	| { readonly ask: 'own'; readonly question: unknown };

/** Bytes from the start or the middle of a file; `isLast` when the file ends with them, and its handle is closed then. */
export interface HostPortion {
	readonly handle: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly isLast: boolean;
}

export type ToHostWorker =
	| { readonly sequence: number; readonly steps: readonly HostStep[]; readonly bytes: Uint8Array<ArrayBuffer> | undefined }
	| { readonly sequence: number; readonly question: HostQuestion };

/** A failure as it crosses the border between the threads. `details` are plain data. */
export interface HostFailure {
	readonly code: HostFileErrorCode;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** Answers come in the order of what was sent. `bytes` is the buffer of a batch on its way back for another use. */
export interface FromHostWorker {
	readonly sequence: number;
	readonly failure?: HostFailure | undefined;
	readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
	readonly value?: unknown;
}
