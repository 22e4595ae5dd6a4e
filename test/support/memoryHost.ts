import {
	HostFileError,
	type DeviceLinkHost,
	type DevicePath,
	type HostDirectoryEntry,
	type HostFileErrorCode,
	type HostFileReader,
	type HostFileWriter,
} from '../../src/device/devicelink/host.ts';

/** A backup folder in memory, with a log of what was done and failures on request. */
export class MemoryHost implements DeviceLinkHost {
	readonly files = new Map<string, Buffer>();
	readonly folders = new Set<string>();
	readonly log: string[] = [];
	/** Operations that fail, such as `write U/a`; each as often as it is asked for. */
	readonly failures = new Map<string, HostFileErrorCode>();
	/** A failure that only `settle` tells. */
	lateFailure: HostFileErrorCode | undefined;
	freeBytes = 5_000_000_000;
	openReaders = 0;
	openWriters = 0;
	/** Holds back each write until the promise is resolved. */
	slowness: Promise<void> | undefined;

	#note(operation: string): void {
		this.log.push(operation);
		const code = this.failures.get(operation);
		if (code !== undefined) {
			throw new HostFileError(code, `secret local text of ${operation}`);
		}
	}

	async freeSpaceBytes(): Promise<number> {
		return this.freeBytes;
	}

	async list(path: DevicePath): Promise<readonly HostDirectoryEntry[]> {
		this.#note(`list ${path}`);
		const modifiedAt = new Date(Date.UTC(2026, 0, 2));
		const below = (name: string): boolean => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/');
		return [
			...[...this.folders]
				.filter(below)
				.map((name) => ({ name: name.slice(path.length + 1), kind: 'directory' as const, sizeBytes: 0, modifiedAt })),
			...[...this.files]
				.filter(([name]) => below(name))
				.map(([name, data]) => ({ name: name.slice(path.length + 1), kind: 'file' as const, sizeBytes: data.length, modifiedAt })),
		];
	}

	async createDirectory(path: DevicePath): Promise<void> {
		this.#note(`folder ${path}`);
		this.folders.add(path);
	}

	async move(from: DevicePath, to: DevicePath): Promise<void> {
		this.#note(`move ${from} ${to}`);
		const data = this.files.get(from);
		if (data === undefined) {
			throw new HostFileError('NOT_FOUND', from);
		}
		this.files.delete(from);
		this.files.set(to, data);
	}

	async remove(path: DevicePath): Promise<void> {
		this.#note(`remove ${path}`);
		for (const name of [...this.files.keys()]) {
			if (name === path || name.startsWith(`${path}/`)) {
				this.files.delete(name);
			}
		}
	}

	async copy(from: DevicePath, to: DevicePath): Promise<void> {
		this.#note(`copy ${from} ${to}`);
		this.files.set(to, this.files.get(from) ?? Buffer.alloc(0));
	}

	async openRead(path: DevicePath): Promise<HostFileReader> {
		this.#note(`open ${path}`);
		const data = this.files.get(path);
		if (data === undefined) {
			throw new HostFileError('NOT_FOUND', `/local/${path}`);
		}
		this.openReaders++;
		let offset = 0;
		return {
			read: async (maxBytes) => {
				this.#note(`read ${path} ${offset}`);
				const portion = data.subarray(offset, offset + maxBytes);
				offset += portion.length;
				return portion.length === 0 ? undefined : portion;
			},
			close: async () => {
				this.openReaders--;
			},
		};
	}

	openWrite(path: DevicePath): HostFileWriter {
		this.#note(`create ${path}`);
		this.openWriters++;
		const chunks: Buffer[] = [];
		return {
			write: (chunk) => {
				this.#note(`write ${path}`);
				chunks.push(Buffer.from(chunk));
				return this.slowness;
			},
			finish: () => {
				this.openWriters--;
				this.#note(`finish ${path}`);
				this.files.set(path, Buffer.concat(chunks));
				return undefined;
			},
			abandon: () => {
				this.openWriters--;
				this.#note(`abandon ${path}`);
				return undefined;
			},
		};
	}

	async settle(): Promise<void> {
		const late = this.lateFailure;
		this.lateFailure = undefined;
		if (late !== undefined) {
			throw new HostFileError(late, 'secret local text');
		}
	}
}
