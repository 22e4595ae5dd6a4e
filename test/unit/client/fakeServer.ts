import type * as vscode from 'vscode';
import { LabClient, LabFailure, type LaunchOptions, type ServerLink } from '../../../src/client/index.ts';
import type { ServerOptions } from '../../../src/contract/index.ts';

/** A question that waits for a test's answer. */
export interface Asked {
	readonly method: string;
	readonly params: unknown;
	answer(value: unknown): void;
	fail(error: Error): void;
}

/** Stands in for the engine's process. */
export class FakeServer implements ServerLink {
	readonly asked: Asked[] = [];
	readonly launch: LaunchOptions;
	readonly ended: Promise<string>;
	isStopped = false;
	/** Ends it as a crash does. */
	end!: (cause: string) => void;

	constructor(launch: LaunchOptions) {
		this.launch = launch;
		this.ended = new Promise((resolve) => (this.end = resolve));
	}

	request(method: string, params: unknown): Promise<unknown> {
		return new Promise((answer, fail) => this.asked.push({ method, params, answer, fail }));
	}

	async stop(): Promise<void> {
		this.isStopped = true;
		this.end('it was stopped.');
	}

	/** Takes the oldest question of a method out of those that wait. */
	take(method: string): Asked {
		const index = this.asked.findIndex((asked) => asked.method === method);
		const [asked] = index < 0 ? [] : this.asked.splice(index, 1);
		if (asked === undefined) {
			throw new Error(`nobody asked ${method}, but ${this.asked.map((each) => each.method).join(', ')}`);
		}
		return asked;
	}
}

/** A client over fake servers, and what it logged. */
export function fakeClient(options: { readonly failsToLaunch?: () => boolean } = {}) {
	const servers: FakeServer[] = [];
	const lines: string[] = [];
	const write = (line: string): void => void lines.push(line);
	const state = { now: 0, options: { storeFolder: 'a', muxers: [] } as ServerOptions };
	const client = new LabClient({
		serverFile: 'server.js',
		log: { debug: write, info: write, warn: write, error: write } as unknown as vscode.LogOutputChannel,
		readOptions: () => state.options,
		now: () => state.now,
		launch: async (launch) => {
			if (options.failsToLaunch?.() === true) {
				throw new LabFailure({ code: 'ENGINE_STOPPED', message: 'It did not start.', details: {} });
			}
			const server = new FakeServer(launch);
			servers.push(server);
			return server;
		},
	});
	return { client, servers, lines, state };
}
