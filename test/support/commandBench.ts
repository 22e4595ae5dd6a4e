import { editor } from './fakeVscode.ts';
import type * as vscode from 'vscode';
import type { CommandDeps } from '../../src/commands/index.ts';
import { commandIds, type CommandTarget } from '../../src/contributions.ts';
import { FakeEngine, FakeLab } from './fakeLab.ts';

/** A lab and an engine that are not made up. */
export type CommandWorld = Pick<CommandDeps, 'lab' | 'client'>;

/** `2026-01-02T04:00:00Z`: two hours after the snapshot of `fakeLab.ts`. */
export const NOW_MS = Date.UTC(2026, 0, 2, 4);

/** What a password is remembered for, as one word. */
export function subject(udid: string, snapshot = ''): string {
	return `${udid}/${snapshot}`;
}

/** The passwords that the editor remembers, in memory. */
export class FakePasswords {
	readonly kept = new Map<string, string>();

	async get({
		udid,
		snapshot,
	}: {
		udid: string;
		snapshot?: string;
	}): Promise<{ password: string; where: 'snapshot' | 'device' } | undefined> {
		const own = snapshot === undefined ? undefined : this.kept.get(subject(udid, snapshot));
		const device = this.kept.get(subject(udid));
		return own !== undefined
			? { password: own, where: 'snapshot' }
			: device === undefined
				? undefined
				: { password: device, where: 'device' };
	}

	async set({ udid, snapshot }: { udid: string; snapshot?: string }, password: string): Promise<void> {
		this.kept.set(subject(udid, snapshot), password);
	}

	async forget({ udid, snapshot }: { udid: string; snapshot?: string }): Promise<void> {
		this.kept.delete(subject(udid, snapshot));
	}
}

/** An engine whose answers may be made from what is asked. A failure is an answer that throws. */
export class ScriptedEngine extends FakeEngine {
	restarts = 0;

	/** What a method answers from now on. */
	on(method: string, answer: (params: never) => unknown): this {
		Object.defineProperty(this.answers, method, { configurable: true, enumerable: true, value: answer });
		return this;
	}

	/** The parameters of each time that a method was asked. */
	params(method: string): unknown[] {
		return this.asked.flatMap(([asked, params]) => (asked === method ? [params] : []));
	}

	override readonly request: FakeEngine['request'] = async (method, params) => {
		this.asked.push([method, params]);
		const answer = this.answers[method];
		if (typeof answer !== 'function') {
			throw new Error(`no answer to ${method}`);
		}
		return (await (answer as (params: unknown) => unknown)(params)) as never;
	};

	async restart(): Promise<void> {
		this.restarts++;
	}
}

/** Commands over a lab that a test sets up, run as the editor runs them. */
export class CommandBench {
	readonly lab = Object.assign(new FakeLab(), { refresh: async () => {} });
	readonly engine = new ScriptedEngine();
	readonly passwords = new FakePasswords();
	readonly logged: string[] = [];
	/** Snapshots that were opened, and with which password. */
	readonly opened: (readonly [id: string, password: string | undefined])[] = [];
	/** Files that were opened as text. */
	readonly readAsText: string[] = [];
	refreshed = 0;
	/** Why the virtual lab does not start. */
	virtualLabFailure: string | undefined;
	readonly #registered: vscode.Disposable;

	/**
	 * @param registerCommands - loaded by the test, after the stand-in of the editor.
	 * @param world - what is used instead of `lab` and `engine`.
	 */
	constructor(registerCommands: (deps: CommandDeps) => vscode.Disposable, world?: CommandWorld) {
		editor.reset();
		const write = (text: unknown): void => void this.logged.push(String(text));
		this.#registered = registerCommands({
			lab: world?.lab ?? this.lab,
			client: world?.client ?? this.engine,
			passwords: this.passwords,
			virtualLab: {
				lab: undefined,
				start: async () => {
					if (this.virtualLabFailure !== undefined) {
						throw new Error(this.virtualLabFailure);
					}
					return { address: '127.0.0.1:1', devices: [{ udid: 'a', name: 'A' }] };
				},
				stop: async () => {},
			},
			log: { error: write, warn: write, info: write, debug: write, show: () => write('shown') } as unknown as vscode.LogOutputChannel,
			contents: {
				opened: ({ id }, password) => void this.opened.push([id, password]),
				openText: async ({ domain, path }) => void this.readAsText.push(`${domain}/${path}`),
			},
			refreshViews: () => void this.refreshed++,
			now: world === undefined ? () => NOW_MS : Date.now,
		});
	}

	/** Runs a command to its end, as a menu, a key binding or the palette does. */
	async run(name: keyof typeof commandIds, target?: CommandTarget, selected?: readonly CommandTarget[]): Promise<void> {
		await editor.commands.get(commandIds[name])?.(target, selected);
		// Messages are shown by nobody who waits for them.
		await new Promise(setImmediate);
	}

	/** The texts of all messages so far. */
	get messages(): readonly string[] {
		return editor.messages.map(({ text }) => text);
	}

	dispose(): void {
		this.#registered.dispose();
	}
}
