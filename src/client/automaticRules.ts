import { Disposable, errorText, isAbortError, type Logger } from '../base/index.ts';
import type { AutomaticRules } from '../contract/index.ts';
import type { LabClient } from './labClient.ts';

/** Keeps automatic backups as the settings have them: starts the engine for them, tells each one that runs, and starts none while they are off. */
export class AutomaticRulesLink extends Disposable {
	readonly #client: Pick<LabClient, 'state' | 'request' | 'onDidChangeState'>;
	readonly #readRules: () => AutomaticRules | undefined;
	readonly #log: Logger;
	/** What the engine that runs was told. */
	#told: string | undefined;

	/** @param readRules - as they are set now; undefined while automatic backups are off. */
	constructor(client: Pick<LabClient, 'state' | 'request' | 'onDidChangeState'>, readRules: () => AutomaticRules | undefined, log: Logger) {
		super();
		this.#client = client;
		this.#readRules = readRules;
		this.#log = log;
		this.register(
			client.onDidChangeState((state) => {
				this.#told = undefined;
				if (state === 'running') {
					this.apply();
				}
			}),
		);
	}

	/** The settings may have changed, or the editor has just started. */
	apply(): void {
		const rules = this.#readRules();
		const text = JSON.stringify(rules ?? null);
		// A new engine backs up nothing by itself.
		if (text === (this.#told ?? 'null')) {
			return;
		}
		const { state } = this.#client;
		if (state === 'failed' || (rules === undefined && state === 'stopped')) {
			return;
		}
		if (state !== 'running') {
			// Once it runs it is told.
			this.#client.request('jobs/list', {}).catch((error: unknown) => this.#failed(error));
			return;
		}
		this.#told = text;
		this.#client.request('automatic/set', rules === undefined ? {} : { rules }).catch((error: unknown) => this.#failed(error));
	}

	#failed(error: unknown): void {
		if (!isAbortError(error)) {
			this.#log.warn(`Automatic backups are not as they are set: ${errorText(error)}`);
		}
	}
}
