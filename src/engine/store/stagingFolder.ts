import type { HostDirectoryEntry } from '../../device/index.ts';
import type { StagingArea } from '../../snapshots/index.ts';
import type { HostFolder, HostFolderPortion, HostFolderSink, HostFolderSource, RelativePath } from '../host/hostFolder.ts';

/** A backup in the store as the folder that a worker serves: new content goes straight into packs, the base comes out of them. */
export class StagingFolder implements HostFolder {
	readonly #area: StagingArea;

	constructor(area: StagingArea) {
		this.#area = area;
	}

	list(folder: RelativePath): HostDirectoryEntry[] {
		return this.#area.list(folder).map(({ name, kind, sizeBytes, modifiedAtMs }) => ({
			name,
			kind: kind === 'folder' ? 'directory' : 'file',
			sizeBytes,
			modifiedAt: new Date(modifiedAtMs),
		}));
	}

	createDirectory(folder: RelativePath): void {
		// The backup's own folder is always there.
		if (folder !== '') {
			this.#area.createFolder(folder);
		}
	}

	create(file: RelativePath): HostFolderSink {
		return this.#area.beginFile(file);
	}

	open(file: RelativePath): HostFolderSource {
		return new ContentSource(this.#area.read(file));
	}

	move(from: RelativePath, to: RelativePath): void {
		this.#area.move(from, to);
	}

	remove(item: RelativePath): void {
		this.#area.remove(item);
	}

	copy(from: RelativePath, to: RelativePath): void {
		this.#area.copy(from, to);
	}
}

/** Hands out a stream of checked portions in those of another size. */
class ContentSource implements HostFolderSource {
	readonly #portions: AsyncGenerator<Uint8Array>;
	#rest: Uint8Array | undefined;

	constructor(portions: AsyncGenerator<Uint8Array>) {
		this.#portions = portions;
	}

	async read(maxBytes: number): Promise<HostFolderPortion> {
		const bytes = new Uint8Array(maxBytes);
		let filled = 0;
		while (filled < maxBytes) {
			const rest = this.#rest ?? (await this.#next());
			if (rest === undefined) {
				break;
			}
			const part = rest.subarray(0, maxBytes - filled);
			bytes.set(part, filled);
			filled += part.length;
			this.#rest = part.length < rest.length ? rest.subarray(part.length) : undefined;
		}
		// Looking ahead tells the end together with the last bytes, which spares a question for each small file.
		this.#rest ??= await this.#next();
		return { bytes: filled === maxBytes ? bytes : bytes.slice(0, filled), isLast: this.#rest === undefined };
	}

	close(): void {
		void this.#portions.return(undefined);
	}

	async #next(): Promise<Uint8Array | undefined> {
		const result = await this.#portions.next();
		return result.done === true ? undefined : result.value;
	}
}
