import type * as vscode from 'vscode';
import type { LabEvent, LabNotifications, ServerOptions } from '../contract/index.ts';
import type { LanguageSide } from './languageSide.ts';

/** What is needed to start the engine's process. */
export interface LaunchOptions {
	/** `dist/server.js`. */
	readonly serverFile: string;
	readonly log: vscode.LogOutputChannel;
	readonly options: ServerOptions;
	/** What language features ask of the editor; without it there are none. */
	readonly language?: LanguageSide | undefined;
	/** Called for each notification; the value is as the engine of the same release sends it. */
	onNotification<E extends LabEvent>(event: E, value: LabNotifications[E]): void;
}

/** The engine's process, as the client uses it. One link is one process: when it has ended, another one is launched. */
export interface ServerLink {
	/** Resolves with a sentence about the cause when the process is gone, however it came to that. Never rejects. */
	readonly ended: Promise<string>;
	/** Rejects with an error that has a `report`, or with `vscode.CancellationError`. Stays open when the process ends: `ended` says so. */
	request(method: string, params: unknown, token?: vscode.CancellationToken): Promise<unknown>;
	/** Lets the engine end its jobs in order, and ends it. Resolves when nothing more comes of it. Never rejects. */
	stop(): Promise<void>;
}

/** Starts the engine's process; resolves when it answers. Rejects with an error that has a `report`. */
export type LaunchServer = (options: LaunchOptions) => Promise<ServerLink>;
