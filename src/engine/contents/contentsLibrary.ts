import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { openBackup } from '../../backup/index.ts';
import { Disposable, isAbortError } from '../../base/index.ts';
import type {
	ContentsHealth,
	ContentsInfo,
	ContentsItem,
	ContentsListing,
	ContentsPlace,
	ContentsText,
	Coverage,
	DeviceInfo,
	ExtractOrder,
	ExtractResult,
	LabProblem,
	RowsDiff,
	SnapshotInfo,
	StorageReport,
} from '../../contract/index.ts';
import { refuseAppSnapshot } from '../apps/deviceOnly.ts';
import { EngineError, reportError } from '../errors.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import type { SnapshotLibrary } from '../store/library.ts';
import { translatedContents } from './contentsErrors.ts';
import type { FoundPlace, PlaceOrder } from './contentsPool.ts';
import type { RowsLimits } from './diffRows.ts';
import { ContentsWorkerHost } from './contentsWorkerHost.ts';

/** What most requests take. */
export interface ContentsRequest {
	readonly place: ContentsPlace;
	/** Of an encrypted backup; a secret. It is checked here, and what was derived from it is kept in memory for the session. */
	readonly password?: string | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** What the comparison of rows takes. */
export interface RowsRequest {
	readonly device: string;
	readonly before: string;
	readonly after: string;
	readonly password?: string | undefined;
	readonly beforePassword?: string | undefined;
	/** How much is looked into; the usual when absent. */
	readonly limits?: RowsLimits;
	readonly signal?: AbortSignal | undefined;
}

/** How many files a search names when nothing else is said. */
const USUAL_LIMIT = 10_000;

/** How many a person looks at who searches. */
const USUAL_FOUND = 200;

/** Snapshots that a history looks at when nothing else is said. */
const USUAL_POINTS = 10;

/**
 * What is in backups: snapshots of the store and plain folders alike, encrypted or not, on this computer alone. The work is done in a worker.
 *
 * Methods throw EngineError `PASSWORD_REQUIRED`, `WRONG_PASSWORD`, `NOT_A_BACKUP`, `BACKUP_UNFINISHED`, `BACKUP_DAMAGED`, `BACKUP_UNSUPPORTED`,
 * `FOLDER_UNUSABLE`, `SNAPSHOT_NOT_FOUND` and what the store throws; `WRONG_USE` for a file that is not there or a pattern that is none;
 * AbortError.
 */
export class ContentsLibrary extends Disposable {
	readonly #library: SnapshotLibrary;
	readonly #worker = this.register(new ContentsWorkerHost());

	constructor(library: SnapshotLibrary) {
		super();
		this.#library = library;
	}

	/** What can be told about a backup; opens it, so that whatever is asked next is quick. */
	async info(request: ContentsRequest): Promise<ContentsInfo> {
		return this.#worker.ask('info', await this.#order(request), request);
	}

	/** Whether a password opens a backup. Takes some seconds the first time. @throws EngineError `WRONG_USE` - it is not encrypted. */
	async checkPassword(request: ContentsRequest & { readonly password: string }): Promise<boolean> {
		return this.#worker.ask('checkPassword', await this.#order(request), request);
	}

	/** The domains, or what lies directly in a folder of one. */
	async list(request: ContentsRequest & { readonly domain?: string; readonly folder?: string }): Promise<ContentsListing> {
		const { domain, folder } = request;
		return this.#worker.ask(
			'list',
			{ ...(await this.#order(request)), ...present('domain', domain), ...present('folder', folder) },
			request,
		);
	}

	/** One file, folder or link. */
	async item(request: ContentsRequest & { readonly domain: string; readonly path: string }): Promise<ContentsItem> {
		return this.#worker.ask('item', { ...(await this.#order(request)), domain: request.domain, path: request.path }, request);
	}

	/** Everything that globs over `Domain/path` mean. */
	async find(request: ContentsRequest & { readonly patterns: readonly string[]; readonly limit?: number }): Promise<ContentsListing> {
		const { patterns, limit } = request;
		return this.#worker.ask('find', { ...(await this.#order(request)), patterns, limit: limit ?? USUAL_LIMIT }, request);
	}

	/** What fits the words that a person types, whatever their case, the best first: names, parts of paths, or a glob. */
	async search(request: ContentsRequest & { readonly text: string; readonly limit?: number }): Promise<ContentsListing> {
		const { text, limit } = request;
		return this.#worker.ask('search', { ...(await this.#order(request)), text, limit: limit ?? USUAL_FOUND }, request);
	}

	/** The content of a file in the clear, in portions, decrypted as it is read. */
	async *read(request: ContentsRequest & { readonly domain: string; readonly path: string }): AsyncGenerator<Uint8Array> {
		const { domain, path: file } = request;
		yield* this.#worker.read({ ...(await this.#order(request)), domain, path: file }, request.signal);
	}

	/** A file as text for reading and comparing: property lists and databases as lines, text as it is, anything else as size and hash. */
	async readAsText(request: ContentsRequest & { readonly domain: string; readonly path: string }): Promise<ContentsText> {
		return this.#worker.ask('text', { ...(await this.#order(request)), domain: request.domain, path: request.path }, request);
	}

	/** What a backup holds and leaves out. A snapshot is compared with its parent unless that is declined. */
	async coverage(request: ContentsRequest & { readonly compare?: boolean }): Promise<Coverage> {
		const order = await this.#order(request);
		const parent = request.compare === false ? undefined : await this.#parentOf(request);
		const coverage = await this.#worker.ask(
			'coverage',
			{ ...order, ...(parent === undefined ? {} : { parent: { place: parent.place, password: request.password } }) },
			request,
		);
		return coverage.parent === undefined || parent === undefined
			? coverage
			: { ...coverage, parent: { ...coverage.parent, ...present('name', parent.info.name) } };
	}

	/** Each app's part of a backup with its groups and plug-ins; with `history`, how it moved over the device's newest snapshots. */
	async storage(request: ContentsRequest & { readonly history?: boolean | number }): Promise<StorageReport> {
		const { place, password, signal } = request;
		const first = await this.#find(place);
		const apps = await this.#worker.ask('storage', { place: first.place, ...present('password', password) }, request);
		const total = (of: readonly { sizeBytes: number }[]): number => of.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
		if (first.info === undefined || request.history === undefined || request.history === false) {
			return { apps, points: [{ ...pointOf(first.info), sizeBytes: total(apps) }], history: {}, problems: [] };
		}
		const count = request.history === true ? USUAL_POINTS : request.history;
		const { snapshots } = await this.#library.list(first.info.udid);
		const upTo = snapshots.filter(({ kind, takenAt }) => kind === 'device' && takenAt <= (first.info?.takenAt ?? ''));
		const points: StorageReport['points'][number][] = [];
		const parts: Map<string, number>[] = [];
		const problems: LabProblem[] = [];
		for (const info of upTo.slice(0, count).reverse()) {
			try {
				const found =
					info.id === first.info.id
						? apps
						: await this.#worker.ask('storage', { place: this.#placeOf(info), ...present('password', password) }, { signal });
				points.push({ ...pointOf(info), sizeBytes: total(found) });
				parts.push(new Map(found.map(({ id, sizeBytes }) => [id, sizeBytes])));
			} catch (error) {
				if (isAbortError(error)) {
					throw error;
				}
				const problem = reportError(error);
				problems.push({ ...problem, details: { ...problem.details, snapshot: info.id } });
			}
		}
		const ids = new Set(parts.flatMap((part) => [...part.keys()]));
		return { apps, points, history: Object.fromEntries([...ids].map((id) => [id, parts.map((part) => part.get(id) ?? 0)])), problems };
	}

	/** Copies files, or what people know, to a folder. What lies there stays as it is. */
	async extract(request: ContentsRequest & { readonly extract: ExtractOrder }, run: JobRun = {}): Promise<ExtractResult> {
		const order = { ...(await this.#order(request)), extract: { ...request.extract, to: path.resolve(request.extract.to) } };
		const signal = run.signal ?? request.signal;
		return this.#worker.ask('extract', order, {
			signal,
			onProgress: (files, bytes) => run.onProgress?.({ phase: 'transferring', transferredFiles: files, transferredBytes: bytes }),
		});
	}

	/** Whether a backup can be restored, and if not, why; no device is asked. @param request.target - what is known of the one that it is for. */
	async health(
		request: ContentsRequest & {
			readonly depth?: 'presence' | 'lengths' | 'contents';
			readonly target?: Partial<Pick<DeviceInfo, 'iosVersion' | 'supervised'>>;
		},
	): Promise<ContentsHealth> {
		const { depth, target, place, password } = request;
		const found = await this.#find(place);
		const targetSupervised = target?.supervised === undefined || target.supervised === 'unknown' ? undefined : target.supervised === 'on';
		return this.#worker.ask(
			'health',
			{
				...{ place: found.place, depth: depth ?? 'lengths' },
				...present('password', password),
				...present('targetIosVersion', target?.iosVersion),
				...present('targetSupervised', targetSupervised),
				...present('supervised', found.info?.supervised),
			},
			request,
		);
	}

	/**
	 * The rows that differ between two snapshots of a device, in the databases that differ. Reads these databases of both, which can take a while;
	 * what would take too long is left out, and counted.
	 * @param request.beforePassword - of the earlier one, where it is another one; secrets, both.
	 * @throws EngineError `WRONG_USE` - one is a snapshot of an app.
	 */
	async diffRows(request: RowsRequest): Promise<RowsDiff> {
		const { device, password, signal, limits } = request;
		const [before, after] = await Promise.all([request.before, request.after].map((snapshot) => this.#library.find(device, snapshot)));
		if (before === undefined || after === undefined) {
			throw new EngineError('SNAPSHOT_NOT_FOUND', 'Two snapshots are compared.');
		}
		[before, after].forEach((found) => refuseAppSnapshot(found, 'its databases are compared as files'));
		const order = (info: SnapshotInfo, opens: string | undefined): PlaceOrder => ({
			place: this.#placeOf(info),
			...present('password', opens),
		});
		const found = await this.#worker.ask(
			'diffRows',
			{
				before: order(before.info, request.beforePassword ?? password),
				after: order(after.info, password),
				...present('limits', limits),
			},
			{ signal },
		);
		return { before: before.info.id, after: after.info.id, ...found };
	}

	async #order({ place, password }: ContentsRequest): Promise<PlaceOrder> {
		return { place: (await this.#find(place)).place, ...present('password', password) };
	}

	async #find(place: ContentsPlace): Promise<{ readonly place: FoundPlace; readonly info?: SnapshotInfo }> {
		if ('folder' in place) {
			return { place: { kind: 'folder', folder: await translatedContents(() => findBackupFolder(place.folder)) } };
		}
		const { info } = await this.#library.find(place.device, place.snapshot);
		return { place: this.#placeOf(info), info };
	}

	async #parentOf({ place }: ContentsRequest): Promise<{ readonly place: FoundPlace; readonly info: SnapshotInfo } | undefined> {
		const { info } = await this.#find(place);
		if (info?.parent === undefined) {
			return undefined;
		}
		const { snapshots } = await this.#library.list(info.udid);
		const parent = snapshots.find(({ id }) => id === info.parent);
		return parent === undefined ? undefined : { place: this.#placeOf(parent), info: parent };
	}

	#placeOf({ udid, id }: SnapshotInfo): FoundPlace {
		return { kind: 'snapshot', storeFolder: this.#library.folder, udid, id };
	}
}

function pointOf(info: SnapshotInfo | undefined): { snapshot?: string; name?: string; takenAt?: string } {
	return info === undefined ? {} : { snapshot: info.id, ...present('name', info.name), takenAt: info.takenAt };
}

/** People name the backup itself, or the folder that holds it. */
async function findBackupFolder(named: string): Promise<string> {
	const folder = path.resolve(named);
	if ((await openBackup(folder)).state !== 'not-a-backup') {
		return folder;
	}
	const inside = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
	const backups: string[] = [];
	for (const name of inside.slice(0, 1000)) {
		if ((await openBackup(path.join(folder, name))).state !== 'not-a-backup') {
			backups.push(name);
		}
	}
	if (backups.length !== 1) {
		throw new EngineError(
			'NOT_A_BACKUP',
			backups.length === 0 ? `There is no backup in ${folder}.` : `${folder} holds several backups: name one.`,
			{
				details: { folder, found: backups.slice(0, 20) },
			},
		);
	}
	return path.join(folder, backups[0] as string);
}
