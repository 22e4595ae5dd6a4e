import type { HostDirectoryEntry, HostFileErrorCode } from '../../device/index.ts';
import type { RelativePath } from './overlay.ts';

/** What the worker starts with. */
export interface FolderWorkerData {
	readonly base: string | undefined;
	readonly tree: string;
}

/**
 * One step of a batch. A file is `begin`, any number of `data` (a range of the batch's bytes), then `finish` or `abandon`; a file may span
 * batches.
 */
export type FolderStep =
	| readonly ['begin', RelativePath]
	| readonly ['data', number, number]
	| readonly ['finish']
	| readonly ['abandon']
	| readonly ['folder', RelativePath]
	| readonly ['move', RelativePath, RelativePath]
	| readonly ['remove', RelativePath]
	| readonly ['copy', RelativePath, RelativePath];

/** A question that has an answer of its own. */
export type FolderQuestion =
	| { readonly ask: 'list'; readonly folder: RelativePath }
	| { readonly ask: 'open'; readonly file: RelativePath }
	| { readonly ask: 'more'; readonly handle: number }
	| { readonly ask: 'close'; readonly handle: number }
	| { readonly ask: 'removed' };

/** Bytes from the start or the middle of a file; `isLast` when the file ends with them, and its handle is closed then. */
export interface FolderPortion {
	readonly handle: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly isLast: boolean;
}

export type ToFolderWorker =
	| { readonly sequence: number; readonly steps: readonly FolderStep[]; readonly bytes: Uint8Array<ArrayBuffer> | undefined }
	| { readonly sequence: number; readonly question: FolderQuestion };

/** Answers come in the order of what was sent. `bytes` is the buffer of a batch on its way back for another use. */
export interface FromFolderWorker {
	readonly sequence: number;
	readonly failure?: { readonly code: HostFileErrorCode; readonly message: string };
	readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
	readonly value?: readonly HostDirectoryEntry[] | FolderPortion | readonly string[] | undefined;
}
