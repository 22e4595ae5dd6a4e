import type { Connection } from 'vscode-languageserver/node';
import { errorText, type Logger } from '../../base/index.ts';
import type { EditorMethod, EditorRequests, SnapshotInfo } from '../../contract/index.ts';
import { passwordKey } from './lookup/facts.ts';

/** What the editor was asked, kept until it says that answers may be others now. An editor that does not answer says nothing. */
export class EditorFacts {
	readonly #connection: Pick<Connection, 'sendRequest'>;
	readonly #log: Logger;
	readonly #files = new Map<string, Promise<string | undefined>>();
	readonly #remembered = new Map<string, boolean>();
	readonly #mapped = new Map<string, string | undefined>();

	constructor(connection: Pick<Connection, 'sendRequest'>, log: Logger) {
		this.#connection = connection;
		this.#log = log;
	}

	/** By `passwordKey`. */
	get remembered(): ReadonlyMap<string, boolean> {
		return this.#remembered;
	}

	/** A file as it is saved; undefined when there is none. */
	file(uri: string): Promise<string | undefined> {
		const known = this.#files.get(uri) ?? this.#ask('language/readFile', { uri }).then((text) => text ?? undefined);
		this.#files.set(uri, known);
		return known;
	}

	/** The phones of this desk that stand for names of the lab file, by those names in lower case. */
	async mapped(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
		const due = names.map((name) => name.toLowerCase()).filter((name) => !this.#mapped.has(name));
		const answers = due.length === 0 ? [] : await this.#ask('language/mappedDevices', { names: due });
		due.forEach((name, index) => this.#mapped.set(name, answers?.[index] ?? undefined));
		return new Map([...this.#mapped].flatMap(([name, udid]) => (udid === undefined ? [] : [[name, udid]])));
	}

	/** Asks for those of the snapshots that it has not been asked for. */
	async askRemembered(snapshots: readonly SnapshotInfo[]): Promise<void> {
		const due = snapshots.filter((snapshot) => !this.#remembered.has(passwordKey(snapshot)));
		const answers =
			due.length === 0 ? [] : await this.#ask('language/remembered', { snapshots: due.map(({ udid, id }) => ({ udid, snapshot: id })) });
		due.forEach((snapshot, index) => {
			const answer = answers?.[index];
			if (answer !== undefined) {
				this.#remembered.set(passwordKey(snapshot), answer);
			}
		});
	}

	/** A file is another one now, or is gone. */
	forgetFile(uri: string): void {
		this.#files.delete(uri);
	}

	/** What a person decided may be another thing now. */
	forgetAnswers(): void {
		this.#mapped.clear();
		this.#remembered.clear();
	}

	async #ask<M extends EditorMethod>(method: M, params: EditorRequests[M]['params']): Promise<EditorRequests[M]['result'] | undefined> {
		try {
			return await this.#connection.sendRequest<EditorRequests[M]['result']>(method, params);
		} catch (error) {
			this.#log.debug(`The editor did not answer ${method}: ${errorText(error)}`);
			return undefined;
		}
	}
}
