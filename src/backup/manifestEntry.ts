import type { MbFile } from './mbFile.ts';

/** What a row of Manifest.db describes. Only files have content in the backup. */
export type ManifestEntryKind = 'file' | 'folder' | 'symlink';

/** One row of Manifest.db. */
export interface ManifestEntry {
	/** 40 lower-case hex digits, checked: safe as part of a path. */
	readonly fileId: string;
	/** An opaque name such as `HomeDomain` or `AppDomain-com.example.app`, without slashes. */
	readonly domain: string;
	/** Without a leading slash; empty for the root of a domain. From the device: make it safe before using it as a path. */
	readonly relativePath: string;
	readonly kind: ManifestEntryKind;
	readonly file: MbFile;
}

/** Why a row was left out. The other rows are not affected. */
export interface ManifestRowProblem {
	/** The file ID as found, cut to 64 characters; undefined when it is no text. */
	readonly fileId: string | undefined;
	readonly domain: string | undefined;
	readonly reason: 'bad-file-id' | 'bad-domain' | 'bad-path' | 'bad-flags' | 'no-record' | 'bad-record';
}

/** The numbers of the `flags` column. */
export const FLAGS_OF_KIND: Readonly<Record<ManifestEntryKind, number>> = { file: 1, folder: 2, symlink: 4 };
