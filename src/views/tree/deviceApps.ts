import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import type { AppInfo, JobKind } from '../../contract/index.ts';
import type { EngineSource, LabSource } from '../labSource.ts';

/** The apps of a device, as far as it was asked. */
export interface AppsFact {
	/** Largest first where sizes are known, else by name; absent while it was not asked, or did not answer. */
	readonly apps?: readonly AppInfo[];
	readonly state: 'unasked' | 'asking' | 'listed' | 'failed';
}

const UNASKED: AppsFact = { state: 'unasked' };

/** After these the apps, or what they take, are others than before. */
const CHANGING: ReadonlySet<JobKind> = new Set(['install', 'uninstall', 'rollback', 'app-rollback', 'state']);

/**
 * Asks devices for their apps when their folder is opened: first for their names, which takes a moment, then for their sizes, which the device
 * adds up. Asked again when a job changed what is there.
 */
export class DeviceApps extends Disposable {
	readonly #lab: LabSource;
	readonly #engine: EngineSource;
	readonly #log: vscode.LogOutputChannel;
	readonly #facts = new Map<string, AppsFact>();
	/** Devices that were asked: by the answer's time they may be gone, or asked anew. */
	readonly #asked = new Map<string, Promise<void>>();
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
			lab.onDidEndJob(({ job, outcome }) => {
				if (job.udid !== undefined && CHANGING.has(job.kind) && outcome !== 'cancelled') {
					this.#askAgain(job.udid);
				}
			}),
		);
	}

	/** What is known now. */
	of(udid: string): AppsFact {
		return this.#facts.get(udid) ?? UNASKED;
	}

	/** Asks unless it was asked already. Resolves when names are known, or cannot be had. */
	want(udid: string): Promise<void> {
		if (this.#lab.device(udid)?.trust !== 'paired') {
			return Promise.resolve();
		}
		const asked = this.#asked.get(udid);
		if (asked !== undefined) {
			return asked;
		}
		const known = this.#facts.get(udid)?.apps;
		const names = this.#engine.request('apps/list', { udid });
		const question: Promise<void> = names.then(
			(apps) => this.#tell(udid, question, { apps: withSizes(apps, known), state: 'listed' }),
			(error: unknown) => {
				this.#log.debug(`A device did not list its apps: ${error instanceof Error ? error.message : String(error)}`);
				this.#tell(udid, question, { ...(known === undefined ? {} : { apps: known }), state: 'failed' });
			},
		);
		this.#asked.set(udid, question);
		this.#facts.set(udid, { ...(known === undefined ? {} : { apps: known }), state: 'asking' });
		void names.then(() => this.#askSizes(udid, question)).catch(() => undefined); // Why there are no names is logged above.
		return question;
	}

	/** Forgets all answers, so that folders that are open ask again. */
	refresh(): void {
		for (const udid of [...this.#asked.keys()]) {
			this.#askAgain(udid);
		}
	}

	async #askSizes(udid: string, question: Promise<void>): Promise<void> {
		try {
			const apps = await this.#engine.request('apps/list', { udid, sizes: true });
			this.#tell(udid, question, { apps: [...apps].sort(bySize), state: 'listed' });
		} catch (error) {
			// Names without sizes are what is shown then.
			this.#log.debug(`A device did not add up its apps: ${error instanceof Error ? error.message : String(error)}`);
		}
	}

	#tell(udid: string, question: Promise<void>, fact: AppsFact): void {
		if (!this.isDisposed && this.#asked.get(udid) === question) {
			this.#facts.set(udid, fact);
			this.#onDidChange.fire(udid);
		}
	}

	#askAgain(udid: string): void {
		if (this.#asked.delete(udid)) {
			// What was known stays in sight until there is something newer.
			void this.want(udid);
			this.#onDidChange.fire(udid);
		}
	}

	#forgetDetached(): void {
		for (const udid of [...this.#asked.keys()]) {
			if (this.#lab.device(udid) === undefined && this.#lab.jobOf(udid) === undefined) {
				this.#asked.delete(udid);
				this.#facts.delete(udid);
			}
		}
	}
}

/** The app and its data together; undefined where the device does not say. */
export function appSize({ appBytes, dataBytes }: AppInfo): number | undefined {
	return appBytes === undefined && dataBytes === undefined ? undefined : (appBytes ?? 0) + (dataBytes ?? 0);
}

/** Names come first; until the sizes do, those from before stand beside them. */
function withSizes(apps: readonly AppInfo[], known: readonly AppInfo[] = []): AppInfo[] {
	const before = new Map(known.map((app) => [app.bundleId, app]));
	return apps
		.map((app) => {
			const { appBytes, dataBytes } = before.get(app.bundleId) ?? {};
			return { ...app, ...(appBytes === undefined ? {} : { appBytes }), ...(dataBytes === undefined ? {} : { dataBytes }) };
		})
		.sort(bySize);
}

function bySize(a: AppInfo, b: AppInfo): number {
	return (appSize(b) ?? -1) - (appSize(a) ?? -1);
}
