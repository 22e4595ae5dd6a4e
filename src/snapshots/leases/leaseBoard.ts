import * as crypto from 'node:crypto';
import { delay, errorText, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import { isReadOnly, StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import { canonicalJson } from '../records/canonicalJson.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { conflict, holderFrom, type LeaseHolder, type LeaseProgram, type LeaseRequest } from './lease.ts';
import type { ProcessFacts } from './processes.ts';

/** How often a holder renews its file. */
const HEARTBEAT_MS = 20_000;

/** A holder on another host is taken for dead after this much silence: a laptop may sleep, a share may be away for some minutes. */
const DEAD_AFTER_MS = 30 * 60_000;

/** A lease this young may be about to be withdrawn: both holders may have seen one another. */
const CLAIMING_MS = 3000;
const ATTEMPTS = 6;

const MAX_LEASE_BYTES = 16 * 1024;

/** A lease that is held. */
export interface Lease {
	readonly holder: LeaseHolder;
	/** @throws StoreError `LEASE_LOST` - others may have taken this holder for dead: nothing more may be written under it. */
	check(): void;
	release(): Promise<void>;
}

/**
 * Who is at work in a store: one file for each holder. To acquire is to write the file first and then to look for others, so of two that
 * come at once at least one sees the other. Ages are taken from the times that the keeper of the files gave them, compared with that of a
 * file written just now: clocks of hosts need not agree.
 */
export class LeaseBoard {
	readonly #storage: SnapshotStorage;
	readonly #clock: Clock;
	readonly #facts: ProcessFacts;
	readonly #log: Logger;
	readonly #program: LeaseProgram | undefined;

	/** @param program - what others see at work. */
	constructor(storage: SnapshotStorage, clock: Clock, facts: ProcessFacts, log: Logger, program?: LeaseProgram) {
		this.#storage = storage;
		this.#clock = clock;
		this.#facts = facts;
		this.#log = log;
		this.#program = program;
	}

	/**
	 * Where nothing can be written, a lease for reading is given all the same: it only keeps others from deleting what is read.
	 * @throws StoreError `LEASE_HELD` - details.holder says by whom.
	 */
	async acquire(request: LeaseRequest): Promise<Lease> {
		try {
			return await this.#acquire(request);
		} catch (error) {
			if (request.kind !== 'read' || !isReadOnly(error)) {
				throw error;
			}
			this.#log.info('The store can only be read: others are not told that it is.');
			const holder = { ...this.#self(), ...request, id: crypto.randomBytes(12).toString('hex') };
			return { holder, check: () => undefined, release: () => Promise.resolve() };
		}
	}

	async #acquire(request: LeaseRequest): Promise<Lease> {
		for (let attempt = 1; ; attempt++) {
			const id = crypto.randomBytes(12).toString('hex');
			const holder: LeaseHolder = { ...request, ...this.#self(), id };
			await this.#write(holder);
			let others: { holder: LeaseHolder; ageMs: number }[];
			try {
				others = (await this.#live(id)).live.filter((other) => conflict(request, other.holder));
			} catch (error) {
				await this.#storage.delete(keyOf(id));
				throw error;
			}
			const other = others[0];
			if (other === undefined) {
				return new HeldLease(this.#storage, this.#clock, this.#log, holder, () => this.#write(holder));
			}
			await this.#storage.delete(keyOf(id));
			if (attempt === ATTEMPTS || others.every(({ ageMs }) => ageMs > CLAIMING_MS)) {
				throw new StoreError('LEASE_HELD', `Process ${other.holder.process} on ${other.holder.host} is at work there.`, {
					details: { holder: other.holder },
				});
			}
			await delay(this.#clock, 20 + crypto.randomInt(30 * attempt));
		}
	}

	/** All that are alive; files of dead holders are removed. `nowMs` is the time by the keeper of the files. */
	async holders(): Promise<{ holders: LeaseHolder[]; nowMs: number }> {
		const probe: LeaseHolder = { ...this.#self(), kind: 'read', id: crypto.randomBytes(12).toString('hex') };
		try {
			await this.#write(probe);
		} catch (error) {
			if (!isReadOnly(error)) {
				throw error;
			}
			// Without a file of its own only this computer's clock is left, which is good enough to show who is at work.
			return this.#look();
		}
		try {
			const { live, nowMs } = await this.#live(probe.id);
			return { holders: live.map(({ holder }) => holder), nowMs };
		} finally {
			await this.#storage.delete(keyOf(probe.id));
		}
	}

	/** @param ownId - of a lease that was written just now: its time is the keeper's. */
	async #live(ownId: string): Promise<{ live: { holder: LeaseHolder; ageMs: number }[]; nowMs: number }> {
		const files = await this.#storage.list(layout.leases);
		const nowMs = files.find(({ key }) => key === keyOf(ownId))?.modifiedAtMs;
		if (nowMs === undefined) {
			throw new StoreError('LEASE_LOST', 'The own lease is gone.');
		}
		const live: { holder: LeaseHolder; ageMs: number }[] = [];
		for (const { key, modifiedAtMs } of files) {
			const id = leaseIdOf(key);
			if (id === undefined || id === ownId) {
				continue;
			}
			const holder = await this.#read(key, id);
			const ageMs = nowMs - modifiedAtMs;
			if (holder === undefined || this.#isDead(holder, ageMs)) {
				this.#log.info(`The lease of a process that is gone is removed: ${holder?.kind ?? 'unknown'}.`);
				await this.#storage.delete(key);
			} else {
				live.push({ holder, ageMs });
			}
		}
		return { live, nowMs };
	}

	/** The same without writing or removing anything. */
	async #look(): Promise<{ holders: LeaseHolder[]; nowMs: number }> {
		const nowMs = this.#clock.now();
		const holders: LeaseHolder[] = [];
		for (const { key, modifiedAtMs } of await this.#storage.list(layout.leases)) {
			const id = leaseIdOf(key);
			const holder = id === undefined ? undefined : await this.#read(key, id);
			if (holder !== undefined && !this.#isDead(holder, nowMs - modifiedAtMs)) {
				holders.push(holder);
			}
		}
		return { holders, nowMs };
	}

	#isDead(holder: LeaseHolder, ageMs: number): boolean {
		return holder.host === this.#facts.host ? !this.#facts.isAlive(holder.process, holder.processStart) : ageMs > DEAD_AFTER_MS;
	}

	async #read(key: string, id: string): Promise<LeaseHolder | undefined> {
		const bytes = await this.#storage.get(key, MAX_LEASE_BYTES);
		try {
			return bytes === undefined ? undefined : holderFrom(JSON.parse(Buffer.from(bytes).toString()), id);
		} catch {
			// Files appear whole; what is no JSON was never a lease.
			return undefined;
		}
	}

	#write(holder: LeaseHolder): Promise<void> {
		return this.#storage.replace(keyOf(holder.id), Buffer.from(canonicalJson({ schemaVersion: 1, ...holder })));
	}

	#self(): Omit<LeaseHolder, 'id' | keyof LeaseRequest> {
		const { host, process, processStart } = this.#facts;
		const program = this.#program === undefined ? {} : { program: this.#program };
		return { host, process, processStart, ...program, startedAtMs: this.#clock.now() };
	}
}

class HeldLease implements Lease {
	readonly holder: LeaseHolder;
	readonly #storage: SnapshotStorage;
	readonly #clock: Clock;
	readonly #log: Logger;
	readonly #renew: () => Promise<void>;
	#timer: IDisposable | undefined;
	#renewedAtMs: number;
	#renewing: Promise<void> = Promise.resolve();
	#isReleased = false;

	constructor(storage: SnapshotStorage, clock: Clock, log: Logger, holder: LeaseHolder, renew: () => Promise<void>) {
		this.#storage = storage;
		this.#clock = clock;
		this.#log = log;
		this.holder = holder;
		this.#renew = renew;
		this.#renewedAtMs = clock.now();
		this.#schedule();
	}

	check(): void {
		if (this.#isReleased || this.#clock.now() - this.#renewedAtMs > DEAD_AFTER_MS / 2) {
			throw new StoreError('LEASE_LOST', 'The store could not be reached for so long that others may have gone on.');
		}
	}

	async release(): Promise<void> {
		this.#isReleased = true;
		this.#timer?.dispose();
		await this.#renewing;
		await this.#storage.delete(keyOf(this.holder.id));
	}

	#schedule(): void {
		this.#timer = this.#clock.after(HEARTBEAT_MS, () => {
			this.#renewing = this.#beat();
		});
	}

	async #beat(): Promise<void> {
		const startedAtMs = this.#clock.now();
		try {
			await this.#renew();
			this.#renewedAtMs = startedAtMs;
		} catch (error) {
			// The share may be back at the next beat; `check` says when it is too late.
			this.#log.warn(`A lease could not be renewed: ${errorText(error)}`);
		}
		if (!this.#isReleased) {
			this.#schedule();
		}
	}
}

function leaseIdOf(key: string): string | undefined {
	return /^leases\/([0-9a-f]{24})$/.exec(key)?.[1];
}

function keyOf(id: string): string {
	return `${layout.leases}/${id}`;
}
