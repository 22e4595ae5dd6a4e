import * as fs from 'node:fs';
import * as path from 'node:path';
import { HostFileError, type HostDirectoryEntry } from '../../device/index.ts';
import type { HostFolder, HostFolderSink, HostFolderSource, RelativePath } from '../host/hostFolder.ts';

/**
 * A backup folder as the device sees it while it works: the last good backup (`base`) with what this run changed (`tree`) laid over it.
 * Nothing below `base` is ever changed here.
 */
export class OverlayFolder implements HostFolder {
	readonly #base: string | undefined;
	readonly #tree: string;
	/** Paths of the base that this run removed or moved away; a folder stands for all below it. */
	readonly #removed = new Set<RelativePath>();
	readonly #madeFolders = new Set<RelativePath>();
	/** First components of all paths in the base: spares a look at the disk for each file of a folder that only this run has. */
	readonly #baseNames: ReadonlySet<string>;

	/** @param base - undefined when the run starts from nothing. Both folders must exist. */
	constructor(base: string | undefined, tree: string) {
		this.#base = base;
		this.#tree = tree;
		this.#baseNames = new Set(base === undefined ? [] : readNames(base));
	}

	/** What is to be taken out of the base when this run becomes the backup. */
	get removedFromBase(): readonly RelativePath[] {
		return [...this.#removed];
	}

	list(folder: RelativePath): HostDirectoryEntry[] {
		const entries = new Map<string, HostDirectoryEntry>();
		const base = this.#inBase(folder);
		if (base !== undefined) {
			for (const entry of readFolder(base)) {
				if (!this.#removed.has(join(folder, entry.name))) {
					entries.set(entry.name, entry);
				}
			}
		}
		for (const entry of readFolder(path.join(this.#tree, folder))) {
			entries.set(entry.name, entry);
		}
		return [...entries.values()];
	}

	createDirectory(folder: RelativePath): void {
		this.#makeFolder(folder);
	}

	create(file: RelativePath): HostFolderSink {
		return new FileSink(this.placeForWriting(file));
	}

	open(file: RelativePath): HostFolderSource {
		return new FileSource(this.placeForReading(file));
	}

	/** The place on disk of a new file, its folder made. */
	placeForWriting(file: RelativePath): string {
		this.#makeFolder(parentOf(file));
		return path.join(this.#tree, file);
	}

	/** The place on disk of a file that is there. @throws HostFileError `NOT_FOUND`. */
	placeForReading(file: RelativePath): string {
		const own = path.join(this.#tree, file);
		if (isPresent(own)) {
			return own;
		}
		const base = this.#inBase(file);
		if (base === undefined || !isPresent(base)) {
			throw new HostFileError('NOT_FOUND', `${file} is not in the backup.`);
		}
		return base;
	}

	move(from: RelativePath, to: RelativePath): void {
		this.#bringOver(from);
		const source = path.join(this.#tree, from);
		const target = this.placeForWriting(to);
		try {
			fs.renameSync(source, target);
		} catch (error) {
			const code = (error as NodeJS.ErrnoException).code;
			if (code === 'ENOENT' && !isPresent(source)) {
				throw new HostFileError('NOT_FOUND', `${from} is not in the backup.`, { cause: error });
			}
			// A folder, or a file on systems that do not rename onto an existing one, has to make way first.
			fs.rmSync(target, { recursive: true, force: true });
			fs.renameSync(source, target);
		}
		this.#forgetFolders(from);
		this.#markRemoved(from);
	}

	remove(item: RelativePath): void {
		fs.rmSync(path.join(this.#tree, item), { recursive: true, force: true });
		this.#forgetFolders(item);
		this.#markRemoved(item);
	}

	copy(from: RelativePath, to: RelativePath): void {
		const source = this.placeForReading(from);
		const target = this.placeForWriting(to);
		fs.rmSync(target, { recursive: true, force: true });
		if (fs.lstatSync(source).isDirectory()) {
			fs.mkdirSync(target);
			for (const { name } of this.list(from)) {
				this.copy(join(from, name), join(to, name));
			}
		} else {
			fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE);
		}
	}

	/** Makes sure that all of an item that is to be moved lies in this run's own tree. Devices move only what they have just sent. */
	#bringOver(item: RelativePath): void {
		const base = this.#inBase(item);
		if (base === undefined || !isPresent(base)) {
			return;
		}
		if (fs.lstatSync(base).isDirectory()) {
			this.#makeFolder(item);
			for (const { name } of readFolder(base)) {
				if (!this.#removed.has(join(item, name))) {
					this.#bringOver(join(item, name));
				}
			}
		} else if (!isPresent(path.join(this.#tree, item))) {
			fs.copyFileSync(base, this.placeForWriting(item), fs.constants.COPYFILE_FICLONE);
		}
	}

	#inBase(item: RelativePath): string | undefined {
		const top = item.split('/', 1)[0] ?? '';
		if (this.#base === undefined || (top !== '' && !this.#baseNames.has(top))) {
			return undefined;
		}
		for (let ancestor = item; ancestor !== ''; ancestor = parentOf(ancestor)) {
			if (this.#removed.has(ancestor)) {
				return undefined;
			}
		}
		return path.join(this.#base, item);
	}

	#markRemoved(item: RelativePath): void {
		const base = this.#inBase(item);
		if (base !== undefined && isPresent(base)) {
			this.#removed.add(item);
		}
	}

	#makeFolder(folder: RelativePath): void {
		if (folder !== '' && !this.#madeFolders.has(folder)) {
			fs.mkdirSync(path.join(this.#tree, folder), { recursive: true });
			for (let made = folder; made !== ''; made = parentOf(made)) {
				this.#madeFolders.add(made);
			}
		}
	}

	#forgetFolders(item: RelativePath): void {
		if (!this.#madeFolders.has(item)) {
			return;
		}
		for (const folder of this.#madeFolders) {
			if (folder === item || folder.startsWith(`${item}/`)) {
				this.#madeFolders.delete(folder);
			}
		}
	}
}

class FileSink implements HostFolderSink {
	readonly #place: string;
	readonly #descriptor: number;

	constructor(place: string) {
		this.#place = place;
		this.#descriptor = fs.openSync(place, 'w', 0o600);
	}

	write(bytes: Uint8Array): void {
		// A disk that fills up takes a part and says so only at the next call.
		for (let offset = 0; offset < bytes.length;) {
			offset += fs.writeSync(this.#descriptor, bytes, offset, bytes.length - offset);
		}
	}

	finish(modifiedAtMs?: number): void {
		try {
			if (modifiedAtMs !== undefined) {
				fs.futimesSync(this.#descriptor, modifiedAtMs / 1000, modifiedAtMs / 1000);
			}
		} finally {
			fs.closeSync(this.#descriptor);
		}
	}

	abandon(): void {
		fs.closeSync(this.#descriptor);
		fs.rmSync(this.#place, { force: true });
	}
}

class FileSource implements HostFolderSource {
	readonly #descriptor: number;
	#position = 0;

	constructor(place: string) {
		this.#descriptor = fs.openSync(place, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
	}

	read(maxBytes: number): { bytes: Uint8Array<ArrayBuffer>; isLast: boolean } {
		const { size } = fs.fstatSync(this.#descriptor);
		const bytes = new Uint8Array(Math.min(maxBytes, Math.max(0, size - this.#position)));
		const count = fs.readSync(this.#descriptor, bytes, 0, bytes.length, this.#position);
		this.#position += count;
		return { bytes: bytes.subarray(0, count), isLast: count === 0 || this.#position >= size };
	}

	close(): void {
		fs.closeSync(this.#descriptor);
	}
}

/** The entries of a folder with what the device wants to know of them; none for a folder that is not there. */
function readFolder(folder: string): HostDirectoryEntry[] {
	let names: fs.Dirent[];
	try {
		names = fs.readdirSync(folder, { withFileTypes: true });
	} catch (error) {
		if (isAbsence(error)) {
			return [];
		}
		throw error;
	}
	return names.map((entry) => {
		const stat = fs.lstatSync(path.join(folder, entry.name));
		const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
		return { name: entry.name, kind, sizeBytes: stat.size, modifiedAt: stat.mtime };
	});
}

/** Names directly in the base; links are left out, so that nothing behind them is ever read. */
function readNames(folder: string): string[] {
	return fs
		.readdirSync(folder, { withFileTypes: true })
		.filter((entry) => !entry.isSymbolicLink())
		.map((entry) => entry.name);
}

/** Links are not followed: whoever put one there does not get to point the device elsewhere. */
function isPresent(place: string): boolean {
	const stat = fs.lstatSync(place, { throwIfNoEntry: false });
	return stat !== undefined && !stat.isSymbolicLink();
}

function isAbsence(error: unknown): boolean {
	const code = (error as NodeJS.ErrnoException).code;
	return code === 'ENOENT' || code === 'ENOTDIR';
}

function parentOf(item: RelativePath): RelativePath {
	const slash = item.lastIndexOf('/');
	return slash < 0 ? '' : item.slice(0, slash);
}

function join(folder: RelativePath, name: string): RelativePath {
	return folder === '' ? name : `${folder}/${name}`;
}
