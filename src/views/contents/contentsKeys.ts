import * as vscode from 'vscode';
import type { SnapshotInfo, SnapshotRef } from '../../contract/index.ts';
import type { LabSource } from '../labSource.ts';

/** What opens a snapshot, as each request takes it. */
export interface ContentsKey extends SnapshotRef {
	/** Of an encrypted snapshot; a secret. */
	readonly password?: string;
}

/** Asks for the password that opens an encrypted snapshot; a remembered one is tried first. @throws CancellationError - nobody gave one. */
export type AskPassword = (snapshot: SnapshotInfo, title: string) => Promise<string | undefined>;

/**
 * Passwords of the snapshots that are looked into, for as long as the editor runs. The editor asks for many files at once, and looks for files
 * that nobody asked for: a person is asked once for each snapshot, and not again after a refusal until they open it themselves.
 */
export class ContentsKeys {
	readonly #lab: LabSource;
	readonly #ask: AskPassword;
	readonly #keys = new Map<string, Promise<ContentsKey>>();

	constructor(lab: LabSource, ask: AskPassword) {
		this.#lab = lab;
		this.#ask = ask;
	}

	/** What opens a snapshot; undefined when it is not there. @throws CancellationError - the password was not given. */
	async of({ udid, snapshot }: SnapshotRef): Promise<ContentsKey | undefined> {
		await this.#lab.whenReady();
		const info = this.#lab.snapshot(udid, snapshot);
		if (info === undefined) {
			return undefined;
		}
		const known = this.#keys.get(nameOf(info));
		if (known !== undefined) {
			return known;
		}
		const asked = this.#ask(info, vscode.l10n.t('Open Snapshot')).then((password) => keyOf(info, password));
		this.#keys.set(nameOf(info), asked);
		// A refusal is remembered; what went wrong is tried again.
		asked.catch((error: unknown) => !(error instanceof vscode.CancellationError) && this.#keys.delete(nameOf(info)));
		return asked;
	}

	/** A person opened it: what they gave is used from now on. @param password - undefined for one that is not encrypted. */
	opened(snapshot: SnapshotInfo, password: string | undefined): void {
		this.#keys.set(nameOf(snapshot), Promise.resolve(keyOf(snapshot, password)));
	}

	/** A person asks again: a refusal from before no longer counts. */
	async forgetRefusal({ udid, snapshot }: SnapshotRef): Promise<void> {
		const name = `${udid}/${snapshot}`;
		try {
			await this.#keys.get(name);
		} catch {
			// It is asked for anew, and then says so itself.
			this.#keys.delete(name);
		}
	}
}

function keyOf({ udid, id }: SnapshotInfo, password: string | undefined): ContentsKey {
	return { udid, snapshot: id, ...(password === undefined ? {} : { password }) };
}

function nameOf({ udid, id }: SnapshotInfo): string {
	return `${udid}/${id}`;
}
