import type * as vscode from 'vscode';
import { Disposable, Emitter } from '../../base/index.ts';
import type { LocalBackupList } from '../../contract/index.ts';
import type { EngineSource, LabSource } from '../labSource.ts';

/** Backups that other programs keep on this computer: looked for when somebody wants to see them, and again after an adoption. */
export class LocalBackups extends Disposable {
	readonly #engine: EngineSource;
	readonly #log: vscode.LogOutputChannel;
	readonly #onDidChange = this.register(new Emitter<void>());
	readonly onDidChange = this.#onDidChange.event;
	#list: LocalBackupList | undefined;
	#looking: Promise<void> | undefined;

	constructor(lab: LabSource, engine: EngineSource, log: vscode.LogOutputChannel) {
		super();
		this.#engine = engine;
		this.#log = log;
		this.register(
			lab.onDidEndJob(({ job }) => {
				if (job.kind === 'import') {
					this.refresh();
				}
			}),
		);
	}

	/** Undefined before anybody looked. */
	get list(): LocalBackupList | undefined {
		return this.#list;
	}

	/** Looks unless that was done. Never rejects. */
	want(): Promise<void> {
		return this.#list === undefined ? (this.#looking ??= this.#look()) : Promise.resolve();
	}

	/** Looks again, if it was ever looked. */
	refresh(): void {
		if (this.#list !== undefined) {
			this.#looking ??= this.#look();
		}
	}

	async #look(): Promise<void> {
		try {
			this.#list = await this.#engine.request('backups/list', {});
		} catch (error) {
			this.#log.warn(`Backups of other programs cannot be listed: ${error instanceof Error ? error.message : String(error)}`);
			this.#list ??= { backups: [], places: [], problems: [] };
		} finally {
			this.#looking = undefined;
		}
		this.#onDidChange.fire();
	}
}
