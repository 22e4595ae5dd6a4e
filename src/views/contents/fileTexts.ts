import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import type { ContentsText, SnapshotRef } from '../../contract/index.ts';
import { formatBytes } from '../format.ts';
import type { EngineSource } from '../labSource.ts';
import type { ContentsKeys } from './contentsKeys.ts';
import { isMissingFile } from './fileSystem.ts';
import { safeName } from './places.ts';

/** The scheme of files in snapshots as readable text, for comparisons. */
export const TEXT_SCHEME = 'devicelab-text';

/** A file in a snapshot. */
export interface FileRef extends SnapshotRef {
	readonly domain: string;
	readonly path: string;
}

/**
 * Files of snapshots as text: property lists and databases as lines, what is no text as size and hash; one that is not there is empty. A text is
 * kept until its document is closed, and read again for a document that the editor brings back after a restart.
 */
export class FileTexts extends Disposable implements vscode.TextDocumentContentProvider {
	readonly #client: Pick<EngineSource, 'request'>;
	readonly #keys: ContentsKeys;
	readonly #texts = new Map<string, string>();

	constructor(client: Pick<EngineSource, 'request'>, keys: ContentsKeys) {
		super();
		this.#client = client;
		this.#keys = keys;
		this.register(vscode.workspace.registerTextDocumentContentProvider(TEXT_SCHEME, this));
		this.register(vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.#texts.delete(uri.toString())));
	}

	async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
		const known = this.#texts.get(uri.toString());
		const file = fileOf(uri);
		return known ?? (file === undefined ? '' : textOf(await this.read(file)));
	}

	/** The file as text; undefined when the snapshot has none there. @throws LabFailure; CancellationError - no password was given. */
	async read(file: FileRef): Promise<ContentsText | undefined> {
		const key = await this.#keys.of(file);
		if (key === undefined) {
			return undefined;
		}
		try {
			return await this.#client.request('contents/readText', { ...key, domain: file.domain, path: file.path });
		} catch (error) {
			if (isMissingFile(error)) {
				return undefined;
			}
			throw error;
		}
	}

	/**
	 * The address of a file whose text is known. @param isPlain - it is text as it stands. What was made readable is called `.txt`, or another
	 * extension's viewer for its kind would open and find no such file.
	 */
	keep(file: FileRef, text: ContentsText | undefined, isPlain: boolean): vscode.Uri {
		const name = safeName(file.path.slice(file.path.lastIndexOf('/') + 1));
		const query = JSON.stringify([file.udid, file.snapshot, file.domain, file.path]);
		const uri = vscode.Uri.from({ scheme: TEXT_SCHEME, path: `/${name}${isPlain ? '' : '.txt'}`, query });
		this.#texts.set(uri.toString(), textOf(text));
		return uri;
	}
}

function textOf(text: ContentsText | undefined): string {
	if (text === undefined) {
		return '';
	}
	return text.cut
		? `${text.text}\n${vscode.l10n.t('… This is the beginning. The whole file has {0}.', formatBytes(text.sizeBytes))}\n`
		: text.text;
}

/** Addresses come back from the editor's own state. */
function fileOf({ query }: vscode.Uri): FileRef | undefined {
	try {
		const [udid, snapshot, domain, path] = JSON.parse(query) as unknown[];
		return [udid, snapshot, domain, path].every((part) => typeof part === 'string')
			? ({ udid, snapshot, domain, path } as FileRef)
			: undefined;
	} catch {
		// Not written by us: it is shown empty.
		return undefined;
	}
}
