import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { VirtualError } from '../errors.ts';
import { generatePairingKey, privateKeyPem, readPrivateKey } from '../lockdown/keys.ts';
import { isRecordName, type PairRecordStorage } from '../mux/pairRecords.ts';

/**
 * Where a lab keeps what is on its devices: the folder that was asked for, or a temporary one that goes with the lab.
 * Files are for their owner only: they hold keys. Each is replaced as a whole, so a lab that is killed leaves the old one or the new one.
 */
export class StateFolder {
	readonly path: string;
	/** Whether it outlives the lab. */
	readonly isKept: boolean;
	#writes: Promise<void> = Promise.resolve();

	private constructor(path: string, isKept: boolean) {
		this.path = path;
		this.isKept = isKept;
	}

	/** @throws VirtualError `STATE_UNUSABLE` - the folder cannot be made. */
	static async open(path: string | undefined): Promise<StateFolder> {
		try {
			if (path === undefined) {
				return new StateFolder(await mkdtemp(join(tmpdir(), 'devicelab-')), false);
			}
			await mkdir(path, { recursive: true, mode: 0o700 });
			return new StateFolder(path, true);
		} catch (error) {
			throw new VirtualError('STATE_UNUSABLE', `The state folder ${path ?? tmpdir()} cannot be used.`, { cause: error, details: { path } });
		}
	}

	/** The JSON value of a file; undefined when there is none. @throws VirtualError `STATE_UNUSABLE`. */
	async readJson(name: string): Promise<unknown> {
		const text = await this.#read(name);
		if (text === undefined) {
			return undefined;
		}
		try {
			return JSON.parse(text.toString('utf8')) as unknown;
		} catch (error) {
			throw new VirtualError('STATE_UNUSABLE', `${join(this.path, name)} cannot be read.`, { cause: error });
		}
	}

	/** Replaces a file by a JSON value. Values are written in the order of the calls; a bigint is written as text. */
	writeJson(name: string, value: unknown): Promise<void> {
		return this.#write(name, `${JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one), '\t')}\n`);
	}

	/** A key that is made when it is first asked for, and is the same from then on. */
	async key(name: string): Promise<KeyObject> {
		const file = join('keys', `${name}.pem`);
		const text = await this.#read(file);
		if (text !== undefined) {
			return readPrivateKey(text.toString('utf8'));
		}
		const key = await generatePairingKey();
		if (this.isKept) {
			await this.#write(file, privateKeyPem(key));
		}
		return key;
	}

	/** The muxer's pair records, one file each. */
	get pairRecords(): PairRecordStorage {
		const fileOf = (udid: string): string => join('pair-records', `${udid}.plist`);
		return {
			load: async () => {
				const records = new Map<string, Uint8Array>();
				for (const name of await readdir(join(this.path, 'pair-records')).catch(whenMissing<string[]>([]))) {
					const udid = name.replace(/\.plist$/, '');
					const bytes = isRecordName(udid) ? await this.#read(fileOf(udid)) : undefined;
					if (bytes !== undefined) {
						records.set(udid, bytes);
					}
				}
				return records;
			},
			store: (udid, record) =>
				!this.isKept ? Promise.resolve() : record === undefined ? this.#remove(fileOf(udid)) : this.#write(fileOf(udid), record),
		};
	}

	/** Waits for what is being written, and removes a temporary folder. */
	async close(): Promise<void> {
		await this.#writes;
		if (!this.isKept) {
			await rm(this.path, { recursive: true, force: true });
		}
	}

	async #read(name: string): Promise<Buffer | undefined> {
		return readFile(join(this.path, name)).catch(whenMissing<Buffer | undefined>(undefined));
	}

	#write(name: string, content: string | Uint8Array): Promise<void> {
		return this.#inTurn(async () => {
			const path = join(this.path, name);
			await mkdir(dirname(path), { recursive: true, mode: 0o700 });
			await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
			await rename(`${path}.new`, path);
		});
	}

	#remove(name: string): Promise<void> {
		return this.#inTurn(() => rm(join(this.path, name), { force: true }));
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const done = this.#writes.then(work);
		this.#writes = done.catch(() => {
			// Whoever asked for this write learns of its failure; the next one has its own.
		});
		return done;
	}
}

function whenMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
	return (error) => {
		if (error.code === 'ENOENT') {
			return value;
		}
		throw error;
	};
}
