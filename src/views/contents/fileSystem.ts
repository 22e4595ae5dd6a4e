import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import type { ContentsItem } from '../../contract/index.ts';
import { reportOf } from '../failures.ts';
import { sentenceOf } from '../errorMessages.ts';
import type { EngineSource } from '../labSource.ts';
import type { ContentsKey, ContentsKeys } from './contentsKeys.ts';
import { domainName, placeOf, safeName } from './places.ts';

/** Folders whose listing is kept: the editor asks for each of their files by itself. Snapshots never change. */
const MAX_KEPT_FOLDERS = 200;

/** An item under the name that it is shown with. */
type Listing = ReadonlyMap<string, ContentsItem>;

/**
 * Snapshots as folders to read: domains, apps under their names, and what is in them. Each folder is asked for when it is opened. Nothing is
 * written, and nothing changes while it is looked at.
 */
export class ContentsFileSystem extends Disposable implements vscode.FileSystemProvider {
	readonly #client: Pick<EngineSource, 'request'>;
	readonly #keys: ContentsKeys;
	readonly #folders = new Map<string, Promise<Listing>>();
	readonly #changes = this.register(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
	readonly onDidChangeFile = this.#changes.event;

	constructor(client: Pick<EngineSource, 'request'>, keys: ContentsKeys) {
		super();
		this.#client = client;
		this.#keys = keys;
	}

	watch(): vscode.Disposable {
		return new vscode.Disposable(() => {});
	}

	async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
		return this.#told(uri, async () => {
			const found = await this.#find(uri);
			return found.item === undefined ? FOLDER_STAT : statOf(found.item);
		});
	}

	async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
		return this.#told(uri, async () => {
			const { key, item } = await this.#find(uri);
			if (item !== undefined && item.kind !== 'folder') {
				throw vscode.FileSystemError.FileNotADirectory(uri);
			}
			const listing = await this.#listing(key, item);
			return [...listing].map(([name, each]) => [name, typeOf(each)]);
		});
	}

	async readFile(uri: vscode.Uri): Promise<Uint8Array> {
		return this.#told(uri, async () => {
			const { key, item } = await this.#find(uri);
			if (item === undefined || item.kind === 'folder') {
				throw vscode.FileSystemError.FileIsADirectory(uri);
			}
			if (item.kind === 'link') {
				return new TextEncoder().encode(item.target ?? '');
			}
			const { domain, path } = item;
			return Buffer.from((await this.#client.request('contents/readBytes', { ...key, domain, path })).base64, 'base64');
		});
	}

	createDirectory(uri: vscode.Uri): never {
		throw readOnly(uri);
	}

	writeFile(uri: vscode.Uri): never {
		throw readOnly(uri);
	}

	delete(uri: vscode.Uri): never {
		throw readOnly(uri);
	}

	rename(uri: vscode.Uri): never {
		throw readOnly(uri);
	}

	/** The item at an address; none for the snapshot itself. @throws FileSystemError `FileNotFound`. */
	async #find(uri: vscode.Uri): Promise<{ readonly key: ContentsKey; readonly item?: ContentsItem }> {
		const place = placeOf(uri);
		const key = place === undefined ? undefined : await this.#keys.of(place);
		if (place === undefined || key === undefined) {
			throw vscode.FileSystemError.FileNotFound(uri);
		}
		if (place.domainName === undefined) {
			return { key };
		}
		const domain = (await this.#listing(key, undefined)).get(place.domainName);
		const item = domain === undefined || place.path === '' ? domain : await this.#itemIn(key, domain, place.path);
		if (item === undefined) {
			throw vscode.FileSystemError.FileNotFound(uri);
		}
		return { key, item };
	}

	/** Looked up in its folder's listing, which has folders without a row of their own as well. */
	async #itemIn(key: ContentsKey, { domain }: ContentsItem, path: string): Promise<ContentsItem | undefined> {
		const slash = path.lastIndexOf('/');
		const folder: Pick<ContentsItem, 'domain' | 'path'> = { domain, path: slash < 0 ? '' : path.slice(0, slash) };
		return (await this.#listing(key, folder)).get(safeName(path.slice(slash + 1)));
	}

	#listing(key: ContentsKey, folder: Pick<ContentsItem, 'domain' | 'path'> | undefined): Promise<Listing> {
		const name = [key.udid, key.snapshot, folder?.domain ?? '', folder?.path ?? ''].join('\0');
		const known = this.#folders.get(name);
		if (known !== undefined) {
			return known;
		}
		const oldest = this.#folders.keys().next();
		if (this.#folders.size >= MAX_KEPT_FOLDERS && oldest.done !== true) {
			this.#folders.delete(oldest.value);
		}
		const asked = this.#ask(key, folder);
		this.#folders.set(name, asked);
		// A failure is asked for again.
		asked.catch(() => this.#folders.delete(name));
		return asked;
	}

	async #ask(key: ContentsKey, folder: Pick<ContentsItem, 'domain' | 'path'> | undefined): Promise<Listing> {
		const params = folder === undefined ? key : { ...key, domain: folder.domain, folder: folder.path };
		const { items } = await this.#client.request('contents/list', params);
		return new Map(
			items.map((item) => [folder === undefined ? domainName(item) : safeName(item.path.slice(item.path.lastIndexOf('/') + 1)), item]),
		);
	}

	/** Every failure as one that the editor knows, with a sentence for people. */
	async #told<T>(uri: vscode.Uri, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			throw fileError(error, uri);
		}
	}
}

const FOLDER_STAT: vscode.FileStat = {
	type: vscode.FileType.Directory,
	ctime: 0,
	mtime: 0,
	size: 0,
	permissions: vscode.FilePermission.Readonly,
};

function statOf(item: ContentsItem): vscode.FileStat {
	const mtime = item.modifiedAt === undefined ? 0 : new Date(item.modifiedAt).getTime();
	const size = item.kind === 'link' ? new TextEncoder().encode(item.target ?? '').length : (item.sizeBytes ?? 0);
	return { ...FOLDER_STAT, type: typeOf(item), mtime: Number.isNaN(mtime) ? 0 : mtime, size };
}

/** A link leads to a place on the device, so it is a file that says where. */
function typeOf({ kind }: ContentsItem): vscode.FileType {
	return kind === 'folder' ? vscode.FileType.Directory : vscode.FileType.File;
}

function readOnly(uri: vscode.Uri): vscode.FileSystemError {
	return vscode.FileSystemError.NoPermissions(uri);
}

function fileError(error: unknown, uri: vscode.Uri): vscode.FileSystemError {
	if (error instanceof vscode.FileSystemError) {
		return error;
	}
	if (error instanceof vscode.CancellationError) {
		return vscode.FileSystemError.NoPermissions(
			vscode.l10n.t('This snapshot is encrypted. Choose Browse Files… on it to enter its password.'),
		);
	}
	const report = reportOf(error);
	if (report.code === 'SNAPSHOT_NOT_FOUND' || isMissingFile(error)) {
		return vscode.FileSystemError.FileNotFound(uri);
	}
	const { message, next } = sentenceOf(report);
	const text = next === undefined ? message : `${message} ${next}`;
	return report.code === 'PASSWORD_REQUIRED' || report.code === 'WRONG_PASSWORD'
		? vscode.FileSystemError.NoPermissions(text)
		: vscode.FileSystemError.Unavailable(text);
}

/** Whether a request failed because the snapshot has nothing at the place. */
export function isMissingFile(error: unknown): boolean {
	return reportOf(error).details['backupCode'] === 'NO_SUCH_FILE';
}
