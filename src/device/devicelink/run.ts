import type { Logger } from '../../base/index.ts';
import { resolveDevicePath, type DeviceLinkHost } from './host.ts';
import {
	directoryListing,
	numberParameter,
	pathListParameter,
	pathPairsParameter,
	pathParameter,
	STATUS_GENERIC_FAILURE,
	STATUS_OK,
	type DeviceLinkMessage,
	type StatusAnswer,
} from './messages.ts';
import { asHostFailure } from './upload.ts';

/** How far a run has come, as the device and the bytes say. */
export interface DeviceLinkProgress {
	/** 0 to 100, valid when the present step ends; never falls. Undefined until the device gave one. */
	readonly percent: number | undefined;
	/** Bytes of files moved over the wire so far, both ways. */
	readonly transferredBytes: number;
	readonly transferredFiles: number;
	/** What the device said the present batch amounts to, 0 when it did not say. */
	readonly batchTotalBytes: number;
	readonly batchBytes: number;
	readonly step: DeviceLinkStep;
}

export type DeviceLinkStep = 'waiting' | 'receiving' | 'sending' | 'arranging';

/** What serving the device's commands needs. */
export interface ServeOptions {
	readonly host: DeviceLinkHost;
	/** Folders below the backup root that the device may name. */
	readonly roots: readonly string[];
	readonly signal?: AbortSignal | undefined;
	readonly log: Logger;
	onProgress?(progress: DeviceLinkProgress): void;
	/** The device could not read one of its own files, or we could not read one that it asked for. */
	onFileProblem?(path: string, text: string): void;
	/** The device asks for this much more space on the computer; it ends the backup itself when it stays short. */
	onSpaceWanted?(wantedBytes: number): void;
}

/** One run of `serve`: the commands that need no raw bytes, and the account of progress. */
export class ServedRun {
	readonly options: ServeOptions;
	#percent: number | undefined;
	/** The highest that was reported: a batch that fails half-way is not taken back. */
	#reportedPercent: number | undefined;
	#pendingPercent: number | undefined;
	#transferredBytes = 0;
	#transferredFiles = 0;
	#batchBytes = 0;
	#batchTotalBytes = 0;
	#batchFiles = 0;
	#batchTotalFiles = 0;
	#step: DeviceLinkStep = 'waiting';

	constructor(options: ServeOptions) {
		this.options = options;
	}

	async answer(message: DeviceLinkMessage): Promise<StatusAnswer> {
		const { host, roots, log } = this.options;
		const path = (text: string) => resolveDevicePath(text, roots);
		switch (message.name) {
			case 'DLMessageGetFreeDiskSpace':
				return { code: 0, value: await host.freeSpaceBytes() };
			case 'DLMessagePurgeDiskSpace':
				// The true answer is that nothing here can be purged; the device then decides by itself whether it goes on
				// (pymobiledevice3 issues 1879 and 1884).
				this.options.onSpaceWanted?.(numberParameter(message, 0) ?? 0);
				return { code: STATUS_GENERIC_FAILURE, text: 'Operation not supported' };
			case 'DLContentsOfDirectory':
			case 'DLMessageContentsOfDirectory':
				return { code: 0, value: directoryListing(await host.list(path(pathParameter(message, 0)))) };
			case 'DLMessageCreateDirectory':
				await host.createDirectory(path(pathParameter(message, 0)));
				return STATUS_OK;
			case 'DLMessageMoveFiles':
			case 'DLMessageMoveItems':
				this.begin('arranging', message, 2);
				for (const [from, to] of pathPairsParameter(message, 0)) {
					await host.move(path(from), path(to));
				}
				return this.#settled();
			case 'DLMessageRemoveFiles':
			case 'DLMessageRemoveItems':
				this.begin('arranging', message, 2);
				for (const item of pathListParameter(message, 0)) {
					await host.remove(path(item));
				}
				return this.#settled();
			case 'DLMessageCopyItem':
				await host.copy(path(pathParameter(message, 0)), path(pathParameter(message, 1)));
				return this.#settled();
			default:
				// Silence would make a device that expects an answer wait for ever.
				log.warn('The device sent a command that is not known here; it was told so.');
				return { code: STATUS_GENERIC_FAILURE, text: 'Operation not supported' };
		}
	}

	/** Begins a step whose end is worth the percentage at `percentIndex`. */
	begin(
		step: DeviceLinkStep,
		message: DeviceLinkMessage,
		percentIndex: number,
		total: { readonly bytes?: number | undefined; readonly files?: number } = {},
	): void {
		this.#pendingPercent = numberParameter(message, percentIndex);
		this.#batchBytes = 0;
		this.#batchTotalBytes = total.bytes ?? 0;
		this.#batchFiles = 0;
		this.#batchTotalFiles = total.files ?? 0;
		this.step(step);
	}

	finish(): void {
		this.#percent = this.#reached(1);
		this.#pendingPercent = undefined;
		this.#report();
	}

	step(step: DeviceLinkStep): void {
		this.#step = step;
		this.#report();
	}

	addBytes(count: number): void {
		this.#transferredBytes += count;
		this.#batchBytes += count;
		this.#report();
	}

	addFile(): void {
		this.#transferredFiles++;
		this.#batchFiles++;
	}

	async #settled(): Promise<StatusAnswer> {
		try {
			await this.options.host.settle();
		} catch (error) {
			throw asHostFailure(error);
		}
		this.finish();
		return STATUS_OK;
	}

	/** Devices may step back when they send files again; what is shown does not (libimobiledevice issue 251). */
	#reached(fraction: number): number | undefined {
		if (this.#pendingPercent === undefined || !Number.isFinite(this.#pendingPercent)) {
			return this.#percent;
		}
		const from = this.#percent ?? 0;
		return Math.min(100, Math.max(from, from + (this.#pendingPercent - from) * fraction));
	}

	/** How much of the batch is done: by bytes where the device said how many, else by files. */
	#batchFraction(): number {
		const [done, total] = this.#batchTotalBytes > 0 ? [this.#batchBytes, this.#batchTotalBytes] : [this.#batchFiles, this.#batchTotalFiles];
		return total > 0 ? Math.min(1, done / total) : 0;
	}

	#report(): void {
		const reached = this.#reached(this.#batchFraction());
		this.#reportedPercent = reached === undefined ? this.#reportedPercent : Math.max(this.#reportedPercent ?? 0, reached);
		this.options.onProgress?.({
			percent: this.#reportedPercent,
			transferredBytes: this.#transferredBytes,
			transferredFiles: this.#transferredFiles,
			batchTotalBytes: this.#batchTotalBytes,
			batchBytes: this.#batchBytes,
			step: this.#step,
		});
	}
}
