import * as vscode from 'vscode';
import { Disposable } from '../base/index.ts';
import { contextKeys, settingIds } from '../contributions.ts';
import type { EngineSource, EngineState, LabSource } from './labSource.ts';

type KeyValues = { readonly [K in keyof typeof contextKeys]?: string | boolean };

/** Keeps the context keys of menus and welcome views as the lab is. */
export class LabContext extends Disposable {
	readonly #lab: LabSource;
	readonly #engine: EngineSource;
	readonly #known = new Map<string, string | boolean>();

	constructor(lab: LabSource, engine: EngineSource) {
		super();
		this.#lab = lab;
		this.#engine = engine;
		this.register(lab.onDidChange(() => this.#set()));
		this.register(engine.onDidChangeState(() => this.#set()));
		this.#set();
	}

	#set(): void {
		const { devices, jobs, problems } = this.#lab;
		const values: KeyValues = {
			engine: engineWord(this.#engine.state, this.#lab.isReady),
			hasMuxer: devices.length > 0 || hasMuxer(problems),
			hasDevices: devices.length > 0,
			hasSnapshots: [...this.#lab.allSnapshots().values()].some((own) => own.length > 0),
			jobRuns: jobs.length > 0,
		};
		for (const [name, value] of Object.entries(values)) {
			const key = contextKeys[name as keyof typeof contextKeys];
			if (this.#known.get(key) !== value) {
				this.#known.set(key, value);
				void vscode.commands.executeCommand('setContext', key, value);
			}
		}
	}
}

function engineWord(state: EngineState, isReady: boolean): string {
	return state === 'failed' ? 'failed' : state === 'running' && isReady ? 'ready' : 'starting';
}

/** Whether at least one muxer answers: each that does not is a problem with its address. */
export function hasMuxer(problems: LabSource['problems']): boolean {
	const configured: unknown = vscode.workspace.getConfiguration().get(settingIds.muxers);
	const expected = Array.isArray(configured) ? Math.max(1, new Set(configured).size) : 1;
	const away = new Set(problems.filter(({ code }) => code === 'MUX_UNAVAILABLE').map(({ details }) => details['address'] ?? ''));
	return away.size < expected;
}
