import { createHash } from 'node:crypto';
import { AgentFailure, MB_ERROR } from './errors.ts';
import { FileIdList } from './fileIdList.ts';
import type { DownloadSink, HostFiles } from './hostFiles.ts';
import type { UploadSource } from './uploadWriter.ts';

/** Entries of one MoveItems or RemoveItems. Source: docs/protocol.md#move-remove-copy (128 were seen). */
const ITEMS_PER_COMMAND = 128;

/** A control file as it was sent, for the check at the end. */
export interface SentFile {
	readonly name: string;
	readonly sha1: string;
}

/** The folder of a backup on the host: everything arrives below `Snapshot`, and moves out when it is complete. */
export class SnapshotFolder {
	readonly #host: HostFiles;
	readonly #folder: string;
	readonly #prefixes = new Set<string>();
	readonly #arrived = new FileIdList();
	readonly #control: string[] = [];

	constructor(host: HostFiles, folder: string) {
		this.#host = host;
		this.#folder = folder;
	}

	/** Creates the folder and `Snapshot` in it. */
	async open(): Promise<void> {
		await this.#create(this.#folder);
		await this.#create(`${this.#folder}/Snapshot`);
	}

	/** Creates the folders for files that are about to be sent. Order matters: hosts do not create parents while they receive. */
	async prepare(fileIds: readonly string[]): Promise<void> {
		for (const fileId of fileIds) {
			const prefix = fileId.slice(0, 2);
			if (!this.#prefixes.has(prefix)) {
				this.#prefixes.add(prefix);
				await this.#create(`${this.#folder}/Snapshot/${prefix}`);
			}
		}
	}

	/** Where the content of a file goes first. */
	pathOf(fileId: string): string {
		return `${this.#folder}/Snapshot/${fileId.slice(0, 2)}/${fileId}`;
	}

	/** Notes that this content is in `Snapshot`. */
	arrived(fileId: string): void {
		this.#arrived.push(fileId);
	}

	/** Sends one file by itself. */
	async put(devicePath: string, path: string, totalBytes: number, source: UploadSource): Promise<void> {
		const status = await this.#host.upload(totalBytes, (writer) => writer.file(devicePath, path, source));
		requireSuccess(status.code, MB_ERROR.multipleUploadErrors, `Error uploading file at path "${path}"`);
	}

	/** Sends a control file into `Snapshot`; it moves with the rest. */
	async putControl(name: string, totalBytes: number, source: UploadSource): Promise<void> {
		await this.put(`/var/tmp/${name}`, `${this.#folder}/Snapshot/${name}`, totalBytes, source);
		this.#control.push(name);
	}

	/** Moves everything to its place. @param existing - hash folders that are there already. */
	async moveInPlace(existing: ReadonlySet<string>): Promise<void> {
		for (const prefix of this.#prefixes) {
			if (!existing.has(prefix)) {
				await this.#create(`${this.#folder}/${prefix}`);
			}
		}
		for (const group of this.#arrived.groups(ITEMS_PER_COMMAND)) {
			const items = group.map((fileId): [string, string] => [this.pathOf(fileId), `${this.#folder}/${fileId.slice(0, 2)}/${fileId}`]);
			await this.#move(new Map(items));
		}
		const control = this.#control.map((name): [string, string] => [`${this.#folder}/Snapshot/${name}`, `${this.#folder}/${name}`]);
		await this.#move(new Map(control));
	}

	/** Deletes contents that no row names any more, then `Snapshot` with whatever is in it. */
	async removeObsolete(obsolete: FileIdList): Promise<void> {
		for (const group of obsolete.groups(ITEMS_PER_COMMAND)) {
			await this.remove(group.map((fileId) => `${this.#folder}/${fileId.slice(0, 2)}/${fileId}`));
		}
		await this.remove([`${this.#folder}/Snapshot`]);
	}

	async remove(paths: readonly string[]): Promise<void> {
		const status = await this.#host.remove(paths);
		requireSuccess(status.code, MB_ERROR.multipleUploadErrors, 'Error removing snapshot directory');
	}

	/** Fetches the control files back and compares them with what was sent. */
	async check(sent: readonly SentFile[]): Promise<void> {
		const received = new Map<string, string | undefined>();
		const paths = ['Status.plist', ...sent.map((file) => file.name)].map((name) => `${this.#folder}/${name}`);
		await this.#host.download(paths, (path) => new HashSink((sha1) => received.set(path, sha1)));
		const isWhole = sent.every((file) => received.get(`${this.#folder}/${file.name}`) === file.sha1);
		if (!isWhole || received.get(`${this.#folder}/Status.plist`) === undefined) {
			throw new AgentFailure(MB_ERROR.invalidBackup, 'Error verifying the manifest on the host');
		}
	}

	async #create(path: string): Promise<void> {
		const status = await this.#host.createFolder(path);
		requireSuccess(status.code, MB_ERROR.io, `Error creating directory at path "${path}"`);
	}

	async #move(items: ReadonlyMap<string, string>): Promise<void> {
		const status = await this.#host.move(items);
		requireSuccess(status.code, MB_ERROR.multipleUploadErrors, 'Error moving snapshot items');
	}
}

/** DeviceLink's code for a full disk on the host. */
const HOST_DISK_FULL = -15;

function requireSuccess(code: number, errorCode: number, text: string): void {
	if (code === HOST_DISK_FULL) {
		throw new AgentFailure(MB_ERROR.insufficientSpace, 'Insufficient free disk space on drive to back up');
	}
	if (code !== 0) {
		throw new AgentFailure(errorCode, `${text}: the host answered ${code}`);
	}
}

class HashSink implements DownloadSink {
	readonly #hash = createHash('sha1');
	readonly #onEnd: (sha1: string | undefined) => void;

	constructor(onEnd: (sha1: string | undefined) => void) {
		this.#onEnd = onEnd;
	}

	write(bytes: Uint8Array): void {
		this.#hash.update(bytes);
	}

	end(error: string | undefined): void {
		this.#onEnd(error === undefined ? this.#hash.digest('hex') : undefined);
	}
}
