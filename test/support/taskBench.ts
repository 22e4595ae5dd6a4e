import { editor } from './fakeVscode.ts';
import type * as vscode from 'vscode';
import { Emitter } from '../../src/base/index.ts';
import type { LabFileDevice, LabHook, SnapshotInfo } from '../../src/contract/index.ts';
import type { KeptFailure, TaskWorld } from '../../src/tasks/world.ts';
import { LabFailure } from '../../src/client/labFailure.ts';
import { RecentDevices } from '../../src/views/recent.ts';
import { NOW_MS, ScriptedEngine } from './commandBench.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeLab } from './fakeLab.ts';

/** What a task was told to write, and the lab that it works on. */
export class TaskBench {
	readonly lab = new FakeLab();
	readonly engine = new ScriptedEngine();
	readonly clock = new FakeClock(NOW_MS);
	readonly recent = new RecentDevices();
	readonly lines: string[] = [];
	readonly progress: (string | undefined)[] = [];
	safety = true;
	password: string | undefined;
	readonly #cancelled = new Emitter<void>();
	readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event } as vscode.CancellationToken;
	/** The lab file, and what stands for its names here. */
	readonly labDevices = new Map<string, LabFileDevice>();
	readonly mapping = new Map<string, string>();
	baselines: readonly string[] = [];
	readonly hooks = new Map<LabHook, string>();
	/** How other tasks end, by their label; those that are not here do not exist. */
	readonly otherTasks = new Map<string, number | undefined>();
	/** What was offered to debug from. */
	readonly offers: KeptFailure[] = [];
	readonly held = new Map<string, SnapshotInfo>();
	readonly world: TaskWorld = {
		names: {
			device: async (name) => this.labDevices.get(name),
			baselines: async () => this.baselines,
			hook: async (when) => this.hooks.get(when),
			mapped: (name) => this.mapping.get(name),
			map: async (name, udid) => void this.mapping.set(name, udid),
		},
		lab: this.lab,
		client: { request: (method, params, token) => this.#request(method, params, token) },
		clock: this.clock,
		recent: this.recent,
		snapshotPassword: async () => this.password,
		takesSafetySnapshot: () => this.safety,
		runTask: async (label) => {
			if (!this.otherTasks.has(label)) {
				throw new LabFailure({ code: 'WRONG_USE', message: `no task ${label}`, details: {} });
			}
			return { exitCode: this.otherTasks.get(label) };
		},
		debugging: { heldAt: (udid) => this.held.get(udid), offer: (failure) => void this.offers.push(failure) },
	};
	readonly output = {
		line: (text: string) => void this.lines.push(text),
		progress: (text: string | undefined) => void this.progress.push(text),
		of: (device: string) => ({
			line: (text: string) => void this.lines.push(`${device}: ${text}`),
			progress: (text: string | undefined) => void this.progress.push(text),
		}),
	};
	/** Called when a request is cancelled. */
	onCancel: (method: string) => void = () => {};

	constructor() {
		editor.reset();
	}

	cancel(): void {
		Object.assign(this.token, { isCancellationRequested: true });
		this.#cancelled.fire();
	}

	readonly #request: TaskWorld['client']['request'] = (method, params, token) => {
		token?.onCancellationRequested(() => this.onCancel(method));
		return this.engine.request(method, params);
	};
}
