import { readCoverage, verifyBackupPassword, type BackupContents, type Coverage as BackupCoverage } from '../../backup/index.ts';
import { isAbortError } from '../../base/index.ts';
import type {
	AppStorage,
	ContentsHealth,
	ContentsInfo,
	ContentsItem,
	ContentsListing,
	ContentsText,
	Coverage,
	ExtractOrder,
	ExtractResult,
	RowsDiff,
} from '../../contract/index.ts';
import { reportError } from '../errors.ts';
import { systemClock } from '../systemClock.ts';
import { entryAt, findItems, itemOf, listDomains, listFolder, noSuchFile } from './browse.ts';
import { translatedContents } from './contentsErrors.ts';
import { ContentsPool, type PlaceOrder } from './contentsPool.ts';
import { diffRows, USUAL_LIMITS, type RowsLimits } from './diffRows.ts';
import { extract } from './extract.ts';
import { searchItems } from './search.ts';
import { judgeHealth, type HealthOrder } from './health.ts';
import { coverageOf, infoOf, storageOf, textOf } from './reports.ts';

/** A file or folder of an open backup. */
export interface ItemOrder extends PlaceOrder {
	readonly domain: string;
	readonly path: string;
}

/** What every request is given beside its order. */
export interface RequestContext {
	readonly signal: AbortSignal;
	readonly onProgress: (files: number, bytes: number) => void;
}

/**
 * All work on the contents of backups: plain data in and out, so that it runs in a worker. Reading Manifest.db and other databases holds the
 * thread that it runs on.
 *
 * Methods throw EngineError and AbortError.
 */
export class ContentsService {
	readonly #pool: ContentsPool;

	/** @param tempFolder - holds decrypted manifests and databases; `close` leaves it empty. */
	constructor(tempFolder: string) {
		this.#pool = new ContentsPool(tempFolder);
	}

	info(order: PlaceOrder, { signal }: RequestContext): Promise<ContentsInfo> {
		return this.#look(order, signal, (contents) => Promise.resolve(infoOf(contents)));
	}

	/** Whether a password opens a backup, without opening it. */
	checkPassword(order: PlaceOrder, { signal }: RequestContext): Promise<boolean> {
		return translatedContents(() =>
			this.#pool.useUnopened(order.place, (folder) => verifyBackupPassword(folder, order.password ?? '', signal, this.#pool.keys)),
		);
	}

	/** The domains, or what lies directly in a folder of one. */
	list(order: PlaceOrder & { readonly domain?: string; readonly folder?: string }, { signal }: RequestContext): Promise<ContentsListing> {
		return this.#look(order, signal, (contents) =>
			order.domain === undefined ? listDomains(contents) : listFolder(contents, order.domain, order.folder ?? ''),
		);
	}

	item(order: ItemOrder, { signal }: RequestContext): Promise<ContentsItem> {
		return this.#look(order, signal, async (contents) => {
			const { domain, path } = order;
			const entry = contents.find(domain, path);
			if (entry !== undefined) {
				return itemOf(contents, entry);
			}
			// A folder need not have a row of its own.
			const prefix = path === '' ? '' : `${path}/`;
			if (!contents.table.rowsOf(domain).some((row) => contents.table.pathAt(row).startsWith(prefix))) {
				throw noSuchFile(domain, path);
			}
			return { domain, path, kind: 'folder', mode: 0, protectionClass: 0 };
		});
	}

	find(
		order: PlaceOrder & { readonly patterns: readonly string[]; readonly limit: number },
		{ signal }: RequestContext,
	): Promise<ContentsListing> {
		return this.#look(order, signal, (contents) => findItems(contents, order.patterns, order.limit, signal));
	}

	/** What fits the words that a person types, the best first. */
	search(order: PlaceOrder & { readonly text: string; readonly limit: number }, { signal }: RequestContext): Promise<ContentsListing> {
		return this.#look(order, signal, (contents) => searchItems(contents, order.text, order.limit, signal));
	}

	/** The content of a file in portions. */
	async *read(order: ItemOrder, { signal }: RequestContext): AsyncGenerator<Uint8Array> {
		const portions = this.#readPortions(order, signal);
		try {
			for (;;) {
				const { done, value } = await translatedContents(() => portions.next());
				if (done === true) {
					return;
				}
				yield value;
			}
		} finally {
			await portions.return(undefined);
		}
	}

	text(order: ItemOrder, { signal }: RequestContext): Promise<ContentsText> {
		return this.#work(order, signal, (contents, tempFolder) => textOf(contents, order.domain, order.path, { tempFolder, signal }));
	}

	/** @param order.parent - the snapshot to compare with; what is wrong with it is told and ends nothing. */
	coverage(order: PlaceOrder & { readonly parent?: PlaceOrder }, context: RequestContext): Promise<Coverage> {
		const { signal } = context;
		return this.#work(order, signal, async (contents, tempFolder) => {
			let parent: BackupCoverage | undefined;
			let problem: Coverage['parentProblem'];
			if (order.parent !== undefined) {
				try {
					parent = await this.#work(order.parent, signal, (earlier, scratch) => readCoverage(earlier, { tempFolder: scratch, signal }));
				} catch (error) {
					if (isAbortError(error)) {
						throw error;
					}
					problem = reportError(error);
				}
			}
			const coverage = await coverageOf(contents, { tempFolder, signal }, parent);
			const { place } = order.parent ?? order;
			return {
				...coverage,
				...(parent === undefined || place.kind !== 'snapshot'
					? {}
					: { parent: { id: place.id, fileCount: parent.fileCount, sizeBytes: parent.sizeBytes } }),
				...(problem === undefined ? {} : { parentProblem: problem }),
			};
		});
	}

	storage(order: PlaceOrder, { signal }: RequestContext): Promise<AppStorage[]> {
		return this.#work(order, signal, (contents) => storageOf(contents, signal));
	}

	extract(order: PlaceOrder & { readonly extract: ExtractOrder }, { signal, onProgress }: RequestContext): Promise<ExtractResult> {
		return this.#work(order, signal, (contents, tempFolder) => extract(contents, order.extract, { tempFolder, signal }, onProgress));
	}

	health(order: HealthOrder, { signal }: RequestContext): Promise<ContentsHealth> {
		return translatedContents(() => judgeHealth(this.#pool, order, signal));
	}

	/** The rows that differ between two snapshots. @param order.limits - the usual ones when absent. */
	diffRows(
		order: { readonly before: PlaceOrder; readonly after: PlaceOrder; readonly limits?: RowsLimits },
		{ signal }: RequestContext,
	): Promise<Pick<RowsDiff, 'databases' | 'unreadable' | 'leftOut'>> {
		return this.#work(order.before, signal, (before) =>
			this.#work(order.after, signal, (after, tempFolder) => {
				const changed = this.#pool.changed(order.before.place, order.after.place);
				return diffRows(before, after, changed, { limits: order.limits ?? USUAL_LIMITS, clock: systemClock, tempFolder, signal });
			}),
		);
	}

	/** Ends: decrypted copies and keys are gone. */
	close(): Promise<void> {
		return this.#pool.close();
	}

	#look<T>(order: PlaceOrder, signal: AbortSignal, work: (contents: BackupContents) => Promise<T>): Promise<T> {
		return translatedContents(() => this.#pool.use(order, signal, work));
	}

	/** Work that reads much: the snapshot must stay until it is done. */
	#work<T>(order: PlaceOrder, signal: AbortSignal, work: (contents: BackupContents, scratch: string) => Promise<T>): Promise<T> {
		return translatedContents(async () => {
			const lease = await this.#pool.lease(order.place);
			try {
				return await this.#pool.use(order, signal, work);
			} finally {
				await lease?.release();
			}
		});
	}

	async *#readPortions(order: ItemOrder, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined, undefined> {
		const lease = await this.#pool.lease(order.place);
		try {
			const held = await this.#pool.hold(order, signal);
			try {
				yield* held.contents.open(entryAt(held.contents, order.domain, order.path), signal);
			} finally {
				await held.release();
			}
		} finally {
			await lease?.release();
		}
		return undefined;
	}
}
