import {
	CodeActionKind,
	CodeLensRefreshRequest,
	TextDocuments,
	TextDocumentSyncKind,
	type CodeAction,
	type CodeLens,
	type CompletionList,
	type Connection,
	type Hover,
	type InitializeParams,
	type Position,
	type Range,
	type ServerCapabilities,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { delay, Disposable, errorText, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import { EDITOR_FACTS_CHANGED, labDocumentKind, siblingUri } from '../../contract/index.ts';
import { appsWantedAt, complete } from './completion/complete.ts';
import { problemsIn } from './diagnostics/problemsIn.ts';
import { encryptedSnapshots } from './diagnostics/snapshotProblems.ts';
import { wantedSnapshots } from './diagnostics/taskProblems.ts';
import { concernsLab, readDocument, type LabDocument } from './document/labDocument.ts';
import { labFileOf } from './document/labFileTree.ts';
import { tasksIn } from './document/tasksFile.ts';
import { treeOf } from './document/tree.ts';
import { EditorFacts } from './editorFacts.ts';
import { hover } from './hover.ts';
import { LabKnowledge, type LabSource } from './knowledge.ts';
import { lenses } from './lenses.ts';
import type { LabFacts } from './lookup/facts.ts';
import { toCodeActions, toCodeLens, toCompletionList, toDiagnostic, toHover, touches } from './protocol.ts';

/** Who types goes on typing; what changes in the lab changes in bursts. Diagnostics follow within two seconds of either. */
const LOOK_AFTER_MS = 250;

/** Who asks for a list waits no longer for devices that are still being looked at. */
const WAIT_FOR_LAB_MS = 1500;

/** A document with all that is known about it. */
interface Known {
	readonly text: TextDocument;
	readonly document: LabDocument;
	readonly facts: LabFacts;
}

/**
 * Language features for tasks.json, launch.json and the lab file on a connection: its documents, and when they are looked at. What is said of
 * them is made by pure functions.
 */
export class LanguageFeatures extends Disposable {
	readonly #connection: Connection;
	readonly #clock: Clock;
	readonly #log: Logger;
	readonly #documents = new TextDocuments(TextDocument);
	readonly #editor: EditorFacts;
	#knowledge: LabKnowledge | undefined;
	#locale = 'en';
	#refreshesLenses = false;
	#toldLenses = '';
	#timer: IDisposable | undefined;

	constructor(connection: Connection, clock: Clock, log: Logger) {
		super();
		this.#connection = connection;
		this.#clock = clock;
		this.#log = log;
		this.#editor = new EditorFacts(connection, log);
		this.register({ dispose: () => this.#timer?.dispose() });
		this.#documents.onDidChangeContent(() => this.#schedule());
		this.#documents.onDidClose(({ document: { uri } }) => {
			this.#editor.forgetFile(uri);
			this.#send(connection.sendDiagnostics({ uri, diagnostics: [] }));
			this.#schedule();
		});
		this.#documents.listen(connection);
		connection.onDidChangeWatchedFiles(({ changes }) => {
			changes.forEach(({ uri }) => this.#editor.forgetFile(uri));
			this.#schedule();
		});
		connection.onNotification(EDITOR_FACTS_CHANGED, () => {
			this.#editor.forgetAnswers();
			this.#schedule();
		});
		connection.onCompletion(({ textDocument, position }) => this.#complete(textDocument.uri, position));
		connection.onHover(({ textDocument, position }) => this.#hover(textDocument.uri, position));
		connection.onCodeAction(({ textDocument, range }) => this.#codeActions(textDocument.uri, range));
		connection.onCodeLens(({ textDocument }) => this.#codeLenses(textDocument.uri));
	}

	/** What the editor is told of them. */
	initialize({ locale, capabilities }: InitializeParams): ServerCapabilities {
		this.#locale = usableLocale(locale);
		this.#refreshesLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
		return {
			textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
			completionProvider: { triggerCharacters: ['"', ':', '$', '{'] },
			hoverProvider: true,
			codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
			codeLensProvider: {},
		};
	}

	/** The lab that they look into. Without one they know nothing and say nothing. */
	use(lab: LabSource): void {
		this.#knowledge = this.register(new LabKnowledge(lab, this.#clock, this.#log));
		this.register(this.#knowledge.onDidChange(() => this.#schedule()));
	}

	async #complete(uri: string, position: Position): Promise<CompletionList | undefined> {
		const known = await this.#known(uri, true);
		if (known === undefined) {
			return undefined;
		}
		const { text, document, facts } = known;
		const offset = text.offsetAt(position);
		const asked = appsWantedAt(document, offset, facts);
		if (asked.length > 0) {
			await Promise.race([this.#knowledge?.loadApps(asked), delay(this.#clock, WAIT_FOR_LAB_MS)]);
		}
		const offers = complete(document, offset, facts);
		return offers === undefined ? undefined : toCompletionList(text, offers);
	}

	async #hover(uri: string, position: Position): Promise<Hover | undefined> {
		const known = await this.#known(uri, true);
		const found = known === undefined ? undefined : hover(known.document, known.text.offsetAt(position), known.facts);
		return known === undefined || found === undefined ? undefined : toHover(known.text, found);
	}

	async #codeActions(uri: string, range: Range): Promise<CodeAction[]> {
		const known = await this.#known(uri, false);
		if (known === undefined) {
			return [];
		}
		const { text, document, facts } = known;
		return problemsIn(document, facts)
			.filter((problem) => touches(text, problem, range))
			.flatMap((problem) => toCodeActions(text, problem, facts.lab));
	}

	async #codeLenses(uri: string): Promise<CodeLens[]> {
		const known = await this.#known(uri, true);
		return known === undefined ? [] : lenses(known.document, known.facts).map((lens) => toCodeLens(known.text, lens));
	}

	/** Undefined for a document that has nothing to do with us. @param waits - for devices and snapshots that are not known yet, a while */
	async #known(uri: string, waits: boolean): Promise<Known | undefined> {
		const text = this.#documents.get(uri);
		const document = text === undefined ? undefined : readDocument(uri, text.getText());
		const knowledge = this.#knowledge;
		if (text === undefined || document === undefined || knowledge === undefined) {
			return undefined;
		}
		const tasks = document.kind === 'launch' ? tasksIn(rootOf(await this.#textOf(siblingUri(uri, 'tasks')))) : document.tasks;
		if (!concernsLab(document, tasks)) {
			return undefined;
		}
		knowledge.want();
		if (waits && !knowledge.isKnown) {
			await Promise.race([knowledge.known(), delay(this.#clock, WAIT_FOR_LAB_MS)]);
		}
		const labUri = siblingUri(uri, 'lab');
		const labText = document.kind === 'lab' ? document.text : await this.#textOf(labUri);
		const labRoot = document.kind === 'lab' ? document.root : rootOf(labText);
		const file = labFileOf(labRoot);
		const facts: LabFacts = {
			isKnown: knowledge.isKnown,
			devices: knowledge.devices,
			snapshots: knowledge.snapshots,
			apps: knowledge.apps,
			lab: { uri: labUri, text: labText, file },
			mapped: await this.#editor.mapped([...(file?.devices.keys() ?? [])]),
			remembered: this.#editor.remembered,
			tasks,
			nowMs: this.#clock.now(),
			locale: this.#locale,
		};
		await this.#editor.askRemembered(wantedSnapshots(document, facts).flatMap((wanted) => encryptedSnapshots(wanted, facts)));
		// What was asked meanwhile may be about another text.
		return this.#documents.get(uri)?.version === text.version ? { text, document, facts } : this.#known(uri, false);
	}

	/** A file as it is in the editor, else as it is saved. */
	async #textOf(uri: string): Promise<string | undefined> {
		return this.#documents.get(uri)?.getText() ?? this.#editor.file(uri);
	}

	/** Order matters: whoever waits already is not put off by what comes after. */
	#schedule(): void {
		this.#timer ??= this.#clock.after(LOOK_AFTER_MS, () => {
			this.#timer = undefined;
			this.#look().catch((error: unknown) => this.#log.error(`Documents could not be looked at: ${errorText(error)}`));
		});
	}

	async #look(): Promise<void> {
		const shown: unknown[] = [];
		for (const { uri } of this.#documents.all()) {
			if (labDocumentKind(uri) === undefined) {
				continue;
			}
			const known = await this.#known(uri, false);
			const problems = known === undefined ? [] : problemsIn(known.document, known.facts);
			const diagnostics = known === undefined ? [] : problems.map((problem) => toDiagnostic(known.text, problem));
			if (this.#documents.get(uri) !== undefined) {
				this.#send(this.#connection.sendDiagnostics({ uri, diagnostics, ...(known === undefined ? {} : { version: known.text.version }) }));
			}
			if (known !== undefined) {
				shown.push(lenses(known.document, known.facts).map(({ title, argument }) => [title, argument]));
			}
		}
		const told = JSON.stringify(shown);
		if (told !== this.#toldLenses && this.#refreshesLenses) {
			this.#toldLenses = told;
			this.#send(this.#connection.sendRequest(CodeLensRefreshRequest.type));
		}
	}

	#send(sent: Promise<void>): void {
		sent.catch((error: unknown) => this.#log.debug(`The editor could not be told: ${errorText(error)}`));
	}
}

function rootOf(text: string | undefined): ReturnType<typeof treeOf> {
	return text === undefined ? undefined : treeOf(text);
}

/** What the editor says is its language, unless nobody can count and date in it. */
function usableLocale(locale: string | undefined): string {
	try {
		return Intl.getCanonicalLocales(locale)[0] ?? 'en';
	} catch {
		return 'en';
	}
}
