import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import type { CloudBackupStatus, EncryptionStatus } from '../../contract/index.ts';
import type { EngineSource, LabSource } from '../labSource.ts';

/** What a device says only when it is asked. Fields are absent while it was not, or gave no answer. */
export interface DeviceFact {
	readonly cloud?: CloudBackupStatus;
	readonly encryption?: EncryptionStatus;
}

const NOTHING: DeviceFact = {};

/** Asks devices, once each while they are attached and paired, when their row is opened; and again when a job changed the answer. */
export class DeviceFacts extends Disposable {
	readonly #lab: LabSource;
	readonly #engine: EngineSource;
	readonly #log: vscode.LogOutputChannel;
	readonly #facts = new Map<string, DeviceFact>();
	/** Devices that were asked: by the answer's time they may be gone, or asked anew. */
	readonly #asked = new Map<string, object>();
	readonly #onDidChange = this.register(new vscode.EventEmitter<string>());
	/** With the UDID. */
	readonly onDidChange = this.#onDidChange.event;

	constructor(lab: LabSource, engine: EngineSource, log: vscode.LogOutputChannel) {
		super();
		this.#lab = lab;
		this.#engine = engine;
		this.#log = log;
		this.register(lab.onDidChange(() => this.#forgetDetached()));
		this.register(
			lab.onDidEndJob(({ job }) => {
				if (job.udid !== undefined && (job.kind === 'cloud-backup' || job.kind === 'encryption' || job.kind === 'rollback')) {
					this.#askAgain(job.udid);
				}
			}),
		);
	}

	/** What is known now. */
	of(udid: string): DeviceFact {
		return this.#facts.get(udid) ?? NOTHING;
	}

	/** Asks unless it was asked already. A device that is busy is asked when it is free: it has better things to do. */
	want(udid: string): void {
		const device = this.#lab.device(udid);
		if (device?.trust !== 'paired' || this.#asked.has(udid) || this.#lab.jobOf(udid) !== undefined) {
			return;
		}
		const question = {};
		this.#asked.set(udid, question);
		void this.#ask(udid, question);
	}

	/** Forgets all answers, so that rows that are open ask again. */
	refresh(): void {
		for (const udid of [...this.#asked.keys()]) {
			this.#askAgain(udid);
		}
	}

	#askAgain(udid: string): void {
		if (this.#asked.delete(udid)) {
			this.#onDidChange.fire(udid);
		}
	}

	#forgetDetached(): void {
		for (const udid of [...this.#asked.keys()]) {
			if (this.#lab.device(udid) === undefined) {
				this.#asked.delete(udid);
				this.#facts.delete(udid);
			}
		}
	}

	async #ask(udid: string, question: object): Promise<void> {
		const answer = async <T>(request: Promise<T>): Promise<T | undefined> => {
			try {
				return await request;
			} catch (error) {
				// The row says that it is unknown, which is what it is.
				this.#log.debug(`A device did not say how its backups are set: ${error instanceof Error ? error.message : String(error)}`);
				return undefined;
			}
		};
		const [cloud, encryption] = await Promise.all([
			answer(this.#engine.request('cloudBackup/status', { udid })),
			answer(this.#engine.request('encryption/status', { udid })),
		]);
		if (this.isDisposed || this.#asked.get(udid) !== question) {
			return;
		}
		this.#facts.set(udid, { ...(cloud === undefined ? {} : { cloud }), ...(encryption === undefined ? {} : { encryption }) });
		this.#onDidChange.fire(udid);
	}
}
