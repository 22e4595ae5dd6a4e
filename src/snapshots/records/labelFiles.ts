import type { Logger } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { inParallel } from '../inParallel.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import {
	decodeLabels,
	encodeLabels,
	isNewer,
	MAX_LABELS_BYTES,
	parseLabelsName,
	UNREADABLE_LABELS,
	type LabelsFile,
	type SnapshotLabels,
} from './labels.ts';
import { checkUdid, type SnapshotId } from './record.ts';

/** A change of labels: a field that is undefined is taken away, one that is absent stays. */
export type LabelsChange = { readonly [Field in keyof SnapshotLabels]?: SnapshotLabels[Field] | undefined };

/** How often names are listed again, because somebody changes labels at the same time. */
const LOOKS = 4;

/** The files in which the labels of snapshots lie. */
export class LabelFiles {
	readonly #storage: SnapshotStorage;
	readonly #log: Logger;

	constructor(storage: SnapshotStorage, log: Logger) {
		this.#storage = storage;
		this.#log = log;
	}

	/**
	 * Finds the file that counts for each snapshot.
	 * @param known - labels by the names of their files; what is not in it is read into it, but for what is damaged.
	 * @returns also how many were read.
	 */
	async readNewest(
		udid: string,
		known: Map<string, SnapshotLabels>,
	): Promise<{ files: ReadonlyMap<SnapshotId, LabelsFile>; read: number }> {
		let read = 0;
		for (let look = 1; ; look++) {
			const files = await this.#newest(udid);
			let isOutdated = false;
			const unread = [...files.values()].filter(({ name }) => !known.has(name));
			await inParallel(unread, async (file) => {
				const labels = await this.#read(udid, file);
				if (labels === 'gone') {
					// Another process has written newer ones: without a second look the snapshot would seem to have none.
					isOutdated = true;
				} else if (labels !== 'damaged') {
					known.set(file.name, labels);
					read++;
				}
			});
			if (!isOutdated || look === LOOKS) {
				return { files, read };
			}
		}
	}

	/** Writes labels with a change, and removes what was before. */
	async change(udid: string, id: SnapshotId, change: LabelsChange): Promise<void> {
		for (let look = 1; ; look++) {
			const files = await this.#filesOf(udid, id);
			const current = newestOf(files);
			const labels = current === undefined ? {} : await this.#read(udid, current);
			if (labels !== 'gone' || look === LOOKS) {
				return this.#replace(udid, id, files, { ...(typeof labels === 'string' ? UNREADABLE_LABELS : labels), ...change });
			}
		}
	}

	/** Removes all labels of a snapshot. */
	async remove(udid: string, id: string): Promise<void> {
		await this.#delete(udid, await this.#filesOf(udid, id));
	}

	/** Snapshots whose labels are damaged on the disk now, of `ids` or of all. */
	async unreadable(udid: string, ids?: ReadonlySet<string>): Promise<SnapshotId[]> {
		const found: SnapshotId[] = [];
		const files = [...(await this.#newest(udid)).values()].filter(({ snapshot }) => ids?.has(snapshot) !== false);
		await inParallel(files, async (file) => {
			if ((await this.#read(udid, file)) === 'damaged') {
				found.push(file.snapshot);
			}
		});
		return found.sort();
	}

	/**
	 * Writes damaged labels as they were read before; where nobody has read them, such that the snapshot stays.
	 * @param known - labels by the names of their files.
	 */
	async restore(udid: string, known: ReadonlyMap<string, SnapshotLabels>): Promise<{ restored: SnapshotId[]; lost: SnapshotId[] }> {
		const restored: SnapshotId[] = [];
		const lost: SnapshotId[] = [];
		for (const id of await this.unreadable(udid)) {
			const files = await this.#filesOf(udid, id);
			const before = known.get(newestOf(files)?.name ?? '');
			await this.#replace(udid, id, files, before ?? UNREADABLE_LABELS);
			(before === undefined ? lost : restored).push(id);
		}
		return { restored, lost };
	}

	async #replace(udid: string, id: SnapshotId, files: readonly LabelsFile[], labels: LabelsChange): Promise<void> {
		const number = (newestOf(files)?.number ?? 0) + 1;
		const { file, bytes } = encodeLabels(id, number, labels);
		// Order matters: only what is durable takes the place of what was.
		await this.#storage.putIfAbsent(keyOf(udid, file), bytes);
		await this.#delete(udid, files);
	}

	async #delete(udid: string, files: readonly LabelsFile[]): Promise<void> {
		for (const file of files) {
			await this.#storage.delete(keyOf(udid, file));
		}
	}

	async #read(udid: string, file: LabelsFile): Promise<SnapshotLabels | 'gone' | 'damaged'> {
		try {
			const bytes = await this.#storage.get(keyOf(udid, file), MAX_LABELS_BYTES);
			return bytes === undefined ? 'gone' : decodeLabels(bytes, file);
		} catch (error) {
			if (!StoreError.is(error, 'STORE_DAMAGED')) {
				throw error;
			}
			this.#log.warn(error.message);
			return 'damaged';
		}
	}

	async #names(udid: string): Promise<LabelsFile[]> {
		const names = await this.#storage.names(layout.labels(checkUdid(udid)));
		return names.map(parseLabelsName).filter((file) => file !== undefined);
	}

	async #filesOf(udid: string, id: string): Promise<LabelsFile[]> {
		return (await this.#names(udid)).filter(({ snapshot }) => snapshot === id);
	}

	async #newest(udid: string): Promise<Map<SnapshotId, LabelsFile>> {
		const newest = new Map<SnapshotId, LabelsFile>();
		for (const file of await this.#names(udid)) {
			const known = newest.get(file.snapshot);
			if (known === undefined || isNewer(file, known)) {
				newest.set(file.snapshot, file);
			}
		}
		return newest;
	}
}

function newestOf(files: readonly LabelsFile[]): LabelsFile | undefined {
	return files.reduce<LabelsFile | undefined>((best, file) => (best === undefined || isNewer(file, best) ? file : best), undefined);
}

function keyOf(udid: string, { name }: LabelsFile): string {
	return `${layout.labels(udid)}/${name}`;
}
