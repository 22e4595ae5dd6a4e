import type * as vscode from 'vscode';
import { Disposable } from '../base/index.ts';
import { labDocumentKind, MAX_LAB_DOCUMENT_LENGTH, mentionsLab, siblingUri } from '../contract/index.ts';
import type { Lab } from './lab.ts';
import type { LabClient } from './labClient.ts';
import { readLabDocument, type EditorFiles } from './languageSide.ts';

/** What is used of `vscode.workspace`. */
type EditorDocuments = EditorFiles & Pick<typeof vscode.workspace, 'textDocuments' | 'onDidOpenTextDocument' | 'onDidChangeTextDocument'>;

/**
 * Starts the engine when a document is open that its language features have something to say about: a lab file, or a tasks.json or launch.json
 * that mentions us or stands beside a tasks.json that does. Of all other documents it looks at the name only.
 */
export class LanguageStart extends Disposable {
	readonly #client: Pick<LabClient, 'state'>;
	readonly #lab: Pick<Lab, 'whenReady'>;
	readonly #workspace: EditorDocuments;

	constructor(client: Pick<LabClient, 'state'>, lab: Pick<Lab, 'whenReady'>, workspace: EditorDocuments) {
		super();
		this.#client = client;
		this.#lab = lab;
		this.#workspace = workspace;
		this.register(workspace.onDidOpenTextDocument((document) => void this.#opened(document)));
		this.register(workspace.onDidChangeTextDocument(({ document }) => this.#changed(document)));
		workspace.textDocuments.forEach((document) => void this.#opened(document));
	}

	async #opened(document: vscode.TextDocument): Promise<void> {
		if (!this.#changed(document) && this.#isWanted(document) && labDocumentKind(document.uri.path) === 'launch') {
			const tasks = await readLabDocument(this.#workspace, document.uri.with({ path: siblingUri(document.uri.path, 'tasks') }));
			if (tasks !== undefined && mentionsLab(tasks)) {
				this.#start();
			}
		}
	}

	/** @returns whether the engine was started. */
	#changed(document: vscode.TextDocument): boolean {
		if (!this.#isWanted(document)) {
			return false;
		}
		const kind = labDocumentKind(document.uri.path);
		const text = kind === undefined || kind === 'lab' ? '' : document.getText();
		const concerns = kind === 'lab' || (text.length <= MAX_LAB_DOCUMENT_LENGTH && mentionsLab(text));
		if (concerns) {
			this.#start();
		}
		return concerns;
	}

	/** Once the engine runs it is told of documents by itself. Who turned it off, or has none that runs, is not disturbed. */
	#isWanted({ uri }: vscode.TextDocument): boolean {
		return this.#client.state === 'stopped' && labDocumentKind(uri.path) !== undefined;
	}

	#start(): void {
		void this.#lab.whenReady();
	}
}
