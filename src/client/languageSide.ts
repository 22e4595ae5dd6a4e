import type * as vscode from 'vscode';
import { Disposable, Emitter, type Event } from '../base/index.ts';
import { labDocumentKind, MAX_LAB_DOCUMENT_LENGTH, type EditorMethod, type EditorRequests } from '../contract/index.ts';
import type { PasswordStore } from './passwordStore.ts';

/** What answers each question of the engine's language features. */
type EditorAnswers = { readonly [M in EditorMethod]: (params: EditorRequests[M]['params']) => Promise<EditorRequests[M]['result']> };

/** What the engine's language features ask of the editor. */
export interface LanguageSide {
	readonly answers: EditorAnswers;
	/** Answers may be others now. */
	readonly onDidChange: Event<void>;
}

/** What the answers are made from. */
export interface EditorLanguageOptions {
	readonly passwords: Pick<PasswordStore, 'where'>;
	/** Where the passwords are kept. */
	readonly secrets: Pick<vscode.SecretStorage, 'onDidChange'>;
	/** The phone that stands for a name of the lab file here; undefined where nobody has said. */
	readonly names: { mapped(friendlyName: string): string | undefined };
	readonly workspace: EditorFiles;
	readonly parseUri: (uri: string) => vscode.Uri;
}

/** What is used of `vscode.workspace` to read a file. */
export type EditorFiles = Pick<typeof vscode.workspace, 'fs'>;

/** Answers from what this window knows: files of its folders, remembered passwords (never the passwords), and which phone has which name. */
export class EditorLanguageSide extends Disposable implements LanguageSide {
	readonly #changes = this.register(new Emitter<void>());
	readonly onDidChange: Event<void> = this.#changes.event;
	readonly answers: EditorAnswers;

	constructor({ passwords, secrets, names, workspace, parseUri }: EditorLanguageOptions) {
		super();
		this.register(secrets.onDidChange(() => this.changed()));
		this.answers = {
			'language/readFile': async ({ uri }) => (await readLabDocument(workspace, parseUri(uri))) ?? null,
			'language/mappedDevices': async ({ names: asked }) => asked.map((name) => names.mapped(name) ?? null),
			'language/remembered': ({ snapshots }) =>
				Promise.all(snapshots.map(async (subject) => (await passwords.where(subject)) !== undefined)),
		};
	}

	/** Answers may be others now. */
	changed(): void {
		this.#changes.fire();
	}
}

/** One of the files in which people name devices, as it is saved; undefined when there is none, or it is too large for one. */
export async function readLabDocument({ fs }: EditorFiles, uri: vscode.Uri): Promise<string | undefined> {
	if (labDocumentKind(uri.path) === undefined) {
		return undefined;
	}
	try {
		const { size } = await fs.stat(uri);
		return size > MAX_LAB_DOCUMENT_LENGTH ? undefined : new TextDecoder().decode(await fs.readFile(uri));
	} catch {
		// Most folders have none; whatever hides one, for us there is none.
		return undefined;
	}
}
