/** What is used of the package `yauzl`, which brings no types of its own. */
declare module 'yauzl' {
	import type { Readable } from 'node:stream';

	interface Entry {
		readonly fileName: string;
		readonly uncompressedSize: number;
		readonly externalFileAttributes: number;
		isEncrypted(): boolean;
	}

	interface ZipFile {
		readonly entryCount: number;
		/** In the order of the directory; a name that leads out of the archive ends it with an error. */
		eachEntry(): AsyncIterable<Entry>;
		/** The member's content; sizes and checksum that are not as announced end it with an error. */
		openReadStreamPromise(entry: Entry): Promise<Readable>;
		close(): void;
	}

	function openPromise(
		path: string,
		options: { readonly autoClose: boolean; readonly strictFileNames: boolean; readonly validateEntrySizes: boolean },
	): Promise<ZipFile>;
}
