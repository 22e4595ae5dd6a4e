import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
	BackupError,
	BackupKeybag,
	decryptManifestDb,
	openManifestDb,
	readManifestPlist,
	readStatusPlist,
	type ManifestDb,
	type ManifestPlist,
	type StatusPlist,
} from '../../backup/index.ts';
import { MiB, toDisposable, type IDisposable } from '../../base/index.ts';
import type { VirtualDevice } from '../device.ts';
import type { BaseFacts } from './decision.ts';
import { MemorySink, type DownloadSink, type HostFiles } from './hostFiles.ts';

/** Control files are small; Info.plist with the icons of hundreds of apps is the largest. */
export const MAX_CONTROL_FILE_BYTES = 64 * MiB;

/** Reads what an earlier backup left in the host's folder, as far as it matters: Manifest.plist only after a finished status. */
export async function readBase(device: VirtualDevice, host: HostFiles, folder: string, forceFull: boolean): Promise<BaseFacts> {
	const status: StatusPlist | 'missing' = readable(await fetchFile(host, `${folder}/Status.plist`), readStatusPlist) ?? 'missing';
	const none = { forceFull, status, isOurs: false, sameEncryption: false, strict: device.settings.strictManifest };
	if (status === 'missing' || status.snapshotState !== 'finished') {
		return { ...none, manifest: 'missing' };
	}
	const bytes = await fetchFile(host, `${folder}/Manifest.plist`);
	if (bytes === undefined || bytes.length === 0) {
		return { ...none, manifest: bytes === undefined ? 'missing' : 'empty' };
	}
	const manifest = readable(bytes, readManifestPlist) ?? 'unreadable';
	return {
		...none,
		manifest,
		isOurs: status.uuid !== undefined && device.files.knowsBackup(status.uuid),
		sameEncryption: manifest !== 'unreadable' && hasSameEncryption(device, manifest),
	};
}

/** A file of the host, or undefined when there is none or it is too long to be what it should be. */
export async function fetchFile(host: HostFiles, path: string): Promise<Uint8Array | undefined> {
	const sink = new MemorySink(MAX_CONTROL_FILE_BYTES);
	await host.download([path], () => sink);
	return sink.bytes;
}

/** The Manifest.db of a backup, fetched, decrypted when it must be, and open. Disposing it removes the copy. */
export class FetchedManifest implements IDisposable {
	readonly db: ManifestDb;
	readonly #release: IDisposable;

	private constructor(db: ManifestDb, release: IDisposable) {
		this.db = db;
		this.#release = release;
	}

	/**
	 * @param manifestDbKey - for encrypted backups.
	 * @returns undefined when the host has no such file, or none that can be read.
	 */
	static async fetch(
		device: VirtualDevice,
		host: HostFiles,
		folder: string,
		manifestDbKey: Uint8Array | undefined,
	): Promise<FetchedManifest | undefined> {
		const path = join(device.files.scratchFolder, `base-${randomUUID()}.db`);
		const plain = `${path}.plain`;
		const release = toDisposable(() => [path, plain].forEach((each) => rmSync(each, { force: true })));
		try {
			const sink = new FileSink(path);
			const status = await host.download([`${folder}/Manifest.db`], () => sink);
			if (status.code === 0 && sink.error === undefined) {
				if (manifestDbKey !== undefined) {
					await decryptManifestDb(path, plain, manifestDbKey);
				}
				return new FetchedManifest(await openManifestDb(manifestDbKey === undefined ? path : plain), release);
			}
		} catch (error) {
			if (!BackupError.is(error)) {
				release.dispose();
				throw error;
			}
			device.log.info(`Manifest.db of the host cannot be read: ${error.message}`);
		}
		release.dispose();
		return undefined;
	}

	dispose(): void {
		this.db.dispose();
		this.#release.dispose();
	}
}

/** Streams a downloaded file to the computer's disk. */
class FileSink implements DownloadSink {
	readonly #file: number;
	error: string | undefined;

	constructor(path: string) {
		this.#file = openSync(path, 'w', 0o600);
	}

	write(bytes: Uint8Array): void {
		for (let done = 0; done < bytes.length;) {
			done += writeSync(this.#file, bytes, done, bytes.length - done);
		}
	}

	end(error: string | undefined): void {
		this.error = error;
		closeSync(this.#file);
	}
}

function hasSameEncryption(device: VirtualDevice, manifest: ManifestPlist): boolean {
	const keybag = device.encryption.keybag;
	if (!manifest.isEncrypted || keybag === undefined) {
		return !manifest.isEncrypted && keybag === undefined;
	}
	return manifest.backupKeybag !== undefined && uuidOf(manifest.backupKeybag) === uuidOf(keybag.bytes);
}

function uuidOf(keybag: Uint8Array): string | undefined {
	return readable(keybag, (bytes) => Buffer.from(BackupKeybag.parse(bytes).uuid).toString('hex'));
}

/** What a reader makes of the bytes; undefined when it cannot. */
function readable<T>(bytes: Uint8Array | undefined, read: (bytes: Uint8Array) => T): T | undefined {
	if (bytes === undefined) {
		return undefined;
	}
	try {
		return read(bytes);
	} catch (error) {
		if (BackupError.is(error)) {
			return undefined;
		}
		throw error;
	}
}
