/**
 * As much of the editor's API as the rooms of the editor side use, for unit tests. It keeps what it is told in `editor`; what the real one does
 * with it is tested in test/editor.
 */
import {
	editor,
	type FakePanel,
	type FakeQuickPick,
	type FakeStatusItem,
	type FakeTreeView,
	type ShownInput,
	type ShownMessage,
} from './vscodeState.ts';

interface Held {
	dispose(): void;
}

function held(release: () => void = () => {}): Held {
	editor.held++;
	let isHeld = true;
	return {
		dispose: () => {
			if (isHeld) {
				isHeld = false;
				editor.held--;
				release();
			}
		},
	};
}

export class Disposable {
	static from(...all: readonly Held[]): Held {
		return { dispose: () => all.forEach((each) => each.dispose()) };
	}
}

export class EventEmitter<T> {
	readonly #listeners = new Set<(value: T) => void>();
	readonly #own = held();
	readonly event = (listener: (value: T) => void): Held => {
		this.#listeners.add(listener);
		return { dispose: () => this.#listeners.delete(listener) };
	};
	fire(value: T): void {
		[...this.#listeners].forEach((listener) => listener(value));
	}
	dispose(): void {
		this.#own.dispose();
		this.#listeners.clear();
	}
}

export class CancellationError extends Error {}

export class CancellationTokenSource {
	readonly #emitter = new EventEmitter<void>();
	readonly token = { isCancellationRequested: false, onCancellationRequested: this.#emitter.event };
	cancel(): void {
		if (!this.token.isCancellationRequested) {
			this.token.isCancellationRequested = true;
			this.#emitter.fire();
		}
	}
	dispose(): void {
		this.#emitter.dispose();
	}
}

export class ThemeIcon {
	readonly id: string;
	readonly color: ThemeColor | undefined;
	constructor(id: string, color?: ThemeColor) {
		this.id = id;
		this.color = color;
	}
}

export class ThemeColor {
	readonly id: string;
	constructor(id: string) {
		this.id = id;
	}
}

export class MarkdownString {
	value: string;
	isTrusted: boolean | undefined;
	supportHtml: boolean | undefined;
	supportThemeIcons: boolean | undefined;
	constructor(value = '', supportThemeIcons = false) {
		this.value = value;
		this.supportThemeIcons = supportThemeIcons;
	}
}

export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;
export const FilePermission = { Readonly: 1 } as const;

export class FileSystemError extends Error {
	readonly code: string;
	constructor(code: string, about: string | Uri) {
		super(String(about));
		this.code = code;
	}
	static readonly FileNotFound = (about: string | Uri): FileSystemError => new FileSystemError('FileNotFound', about);
	static readonly FileIsADirectory = (about: string | Uri): FileSystemError => new FileSystemError('FileIsADirectory', about);
	static readonly FileNotADirectory = (about: string | Uri): FileSystemError => new FileSystemError('FileNotADirectory', about);
	static readonly NoPermissions = (about: string | Uri): FileSystemError => new FileSystemError('NoPermissions', about);
	static readonly Unavailable = (about: string | Uri): FileSystemError => new FileSystemError('Unavailable', about);
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const ViewColumn = { Active: -1, Beside: -2 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;

export class TreeItem {
	label: string;
	collapsibleState: number;
	constructor(label: string, collapsibleState = 0) {
		this.label = label;
		this.collapsibleState = collapsibleState;
	}
}

export const env = {
	get language(): string {
		return editor.language;
	},
	uiKind: 1,
	remoteName: undefined,
	clipboard: { writeText: async (text: string) => void (editor.clipboard = text) },
};

export const UIKind = { Desktop: 1, Web: 2 } as const;
export const InputBoxValidationSeverity = { Info: 1, Warning: 2, Error: 3 } as const;

export class Uri {
	readonly scheme: string;
	readonly path: string;
	readonly query: string;
	constructor(scheme: string, path: string, query = '') {
		this.scheme = scheme;
		this.path = path;
		this.query = query;
	}
	static from({ scheme, path, query }: { scheme: string; path: string; query?: string }): Uri {
		return new Uri(scheme, path, query);
	}
	static file(path: string): Uri {
		return new Uri('file', path);
	}
	static joinPath(base: Uri, ...parts: readonly string[]): Uri {
		const joined = [base.path, ...parts].join('/');
		return new Uri(base.scheme, joined.replace(/\/[^/]+\/\.\.$/, ''));
	}
	get fsPath(): string {
		return this.path;
	}
	toString(): string {
		return `${this.scheme}:${this.path}${this.query === '' ? '' : `?${this.query}`}`;
	}
}

export const l10n = {
	t: (text: string, ...args: readonly unknown[]): string =>
		text.replace(/\{(\d+)\}/g, (whole, index: string) => (Number(index) < args.length ? String(args[Number(index)]) : whole)),
};

interface TextProvider {
	readonly onDidChange?: (listener: (uri: Uri) => void) => unknown;
	provideTextDocumentContent(uri: Uri): string | Promise<string>;
}

const textProviders = new Map<string, TextProvider>();

/** A document that is open shows what its provider says now. */
async function showAgain(provider: TextProvider, uri: Uri): Promise<void> {
	const text = await provider.provideTextDocumentContent(uri);
	editor.documents.filter(({ path }) => path === uri.path).forEach((document) => (document.text = text));
}

export const TaskScope = { Global: 1, Workspace: 2 } as const;
export const TaskRevealKind = { Always: 1, Silent: 2, Never: 3 } as const;
export const TaskPanelKind = { Shared: 1, Dedicated: 2, New: 3 } as const;

export class CustomExecution {
	readonly callback: (definition: unknown) => Promise<unknown>;
	constructor(callback: (definition: unknown) => Promise<unknown>) {
		this.callback = callback;
	}
}

export class Task {
	readonly definition: unknown;
	readonly scope: unknown;
	readonly name: string;
	readonly source: string;
	readonly execution: unknown;
	presentationOptions: unknown;
	constructor(definition: unknown, scope: unknown, name: string, source: string, execution: unknown) {
		this.definition = definition;
		this.scope = scope;
		this.name = name;
		this.source = source;
		this.execution = execution;
	}
}

export const tasks = {
	registerTaskProvider: (type: string, provider: unknown): Held => {
		editor.taskProviders.set(type, provider);
		return held(() => editor.taskProviders.delete(type));
	},
};

export const workspace = {
	get isTrusted(): boolean {
		return editor.trusted;
	},
	getConfiguration: () => ({
		get: (key: string): unknown => editor.settings.get(key),
		inspect: (key: string): { readonly globalValue: unknown } => ({ globalValue: editor.settings.get(key) }),
	}),
	registerTextDocumentContentProvider: (scheme: string, provider: TextProvider): Held => {
		textProviders.set(scheme, provider);
		provider.onDidChange?.((uri) => void showAgain(provider, uri));
		return held(() => textProviders.delete(scheme));
	},
	findFiles: async (pattern: string): Promise<Uri[]> =>
		[...editor.files.keys()].filter((file) => file.endsWith(pattern.replace(/^.*\*/, ''))).map((file) => Uri.file(file)),
	asRelativePath: ({ path }: Uri): string => path.replace(/^\/workspace\//, ''),
	fs: {
		stat: async ({ path }: Uri): Promise<{ mtime: number }> => {
			const mtime = editor.files.get(path) ?? editor.files.get(`${path}/Info.plist`);
			if (mtime === undefined) {
				throw new Error('no such file');
			}
			return { mtime };
		},
	},
	updateWorkspaceFolders: (...change: unknown[]): boolean => editor.executed.push(['updateWorkspaceFolders', ...change]) > 0,
	registerFileSystemProvider: (): Held => held(),
	onDidCloseTextDocument: (): Held => held(),
	openTextDocument: async (uri: Uri): Promise<{ uri: Uri; text: string }> => ({
		uri,
		text: (await textProviders.get(uri.scheme)?.provideTextDocumentContent(uri)) ?? '',
	}),
};

export const commands = {
	registerCommand: (id: string, run: (...args: unknown[]) => unknown): Held => {
		editor.commands.set(id, run);
		return held(() => editor.commands.delete(id));
	},
	executeCommand: async (id: string, ...args: unknown[]): Promise<unknown> => {
		if (id === 'setContext') {
			editor.contexts.set(String(args[0]), args[1]);
			return undefined;
		}
		editor.executed.push([id, ...args]);
		return editor.commands.get(id)?.(...args);
	},
};

interface ListRow {
	readonly label: string;
	readonly kind?: number;
}

interface ListOptions {
	readonly title?: string;
	readonly placeHolder?: string;
	readonly canPickMany?: boolean;
}

interface InputOptions {
	readonly title?: string;
	readonly prompt?: string;
	readonly value?: string;
	readonly password?: boolean;
	validateInput?(text: string): string | undefined;
}

function inputOf({ title, prompt, value = '', password = false }: InputOptions): Omit<ShownInput, 'pressButton'> {
	return { value, password, ...(title === undefined ? {} : { title }), ...(prompt === undefined ? {} : { prompt }) };
}

/** A box that asks `editor.type` each time that it would wait for a person: when it is shown, and when it refused an answer. */
class InputBox {
	title?: string;
	prompt?: string;
	value = '';
	password = false;
	busy = false;
	enabled = true;
	buttons: readonly unknown[] = [];
	step?: number;
	totalSteps?: number;
	ignoreFocusOut = false;
	readonly #accepted = new EventEmitter<void>();
	readonly #hidden = new EventEmitter<void>();
	readonly #changed = new EventEmitter<string>();
	readonly #pressed = new EventEmitter<unknown>();
	readonly onDidAccept = this.#accepted.event;
	readonly onDidHide = this.#hidden.event;
	readonly onDidChangeValue = this.#changed.event;
	readonly onDidTriggerButton = this.#pressed.event;
	#message: { readonly message: string; readonly severity: number } | undefined;

	get validationMessage(): { readonly message: string; readonly severity: number } | undefined {
		return this.#message;
	}

	set validationMessage(message: { readonly message: string; readonly severity: number } | undefined) {
		this.#message = message;
		if (message?.severity === InputBoxValidationSeverity.Error) {
			this.#ask(message.message);
		}
	}

	show(): void {
		this.#ask(undefined);
	}

	dispose(): void {
		[this.#accepted, this.#hidden, this.#changed, this.#pressed].forEach((each) => each.dispose());
	}

	#ask(refusal: string | undefined): void {
		queueMicrotask(() => {
			const pressButton = (index = 0): void => this.#pressed.fire(this.buttons[index]);
			const input = { ...inputOf(this), ...(refusal === undefined ? {} : { refusal }), pressButton };
			editor.inputs.push(input);
			const typed = editor.type(input);
			if (typed === undefined) {
				this.#hidden.fire();
				return;
			}
			this.value = typed;
			this.#changed.fire(typed);
			this.#accepted.fire();
		});
	}
}

class WebviewPanel implements FakePanel {
	readonly viewType: string;
	readonly posted: unknown[] = [];
	readonly #own = held();
	readonly #received = new EventEmitter<unknown>();
	readonly #viewState = new EventEmitter<void>();
	readonly #disposed = new EventEmitter<void>();
	readonly onDidChangeViewState = this.#viewState.event;
	readonly onDidDispose = this.#disposed.event;
	title = '';
	active = true;
	visible = true;
	isDisposed = false;
	readonly webview = {
		html: '',
		options: {},
		cspSource: 'https://page.test',
		asWebviewUri: (uri: Uri): Uri => uri,
		postMessage: async (message: unknown): Promise<boolean> => this.posted.push(structuredClone(message)) > 0,
		onDidReceiveMessage: this.#received.event,
	};
	constructor(viewType: string) {
		this.viewType = viewType;
		editor.panels.push(this);
	}
	get html(): string {
		return this.webview.html;
	}
	say(message: unknown): void {
		this.#received.fire(message);
	}
	show(visible: boolean): void {
		this.visible = this.active = visible;
		this.#viewState.fire();
	}
	reveal(): void {
		this.show(true);
	}
	dispose(): void {
		if (!this.isDisposed) {
			this.isDisposed = true;
			this.#disposed.fire();
			[this.#own, this.#received, this.#viewState, this.#disposed].forEach((each) => each.dispose());
		}
	}
}

const show =
	(severity: ShownMessage['severity']) =>
	async (text: string, ...actions: readonly unknown[]): Promise<string | undefined> => {
		const { detail } = (actions.find((action) => typeof action === 'object') ?? {}) as { detail?: string };
		const message = {
			severity,
			text,
			actions: actions.filter((action) => typeof action === 'string'),
			...(detail === undefined ? {} : { detail }),
		};
		editor.messages.push(message);
		return editor.answer(message);
	};

/** Has the test's person tick rows, and press Enter or Escape. */
function tick(pick: FakeQuickPick): void {
	const rows = pick.items;
	const list = { title: pick.title, placeHolder: pick.placeholder, canPickMany: true, rows } as ListOptions & { rows: readonly ListRow[] };
	editor.lists.push(list);
	const parts = editor.choose(list);
	if (parts === undefined) {
		pick.hide();
		return;
	}
	pick.selectedItems = rows.filter(({ label, kind }) => kind !== -1 && parts.some((part) => label.includes(part)));
	pick.enter();
	pick.hide();
}

export const window = {
	get state(): { focused: boolean } {
		return { focused: editor.focused };
	},
	showInformationMessage: show('info'),
	showWarningMessage: show('warning'),
	showErrorMessage: show('error'),
	setStatusBarMessage: (text: string): Held => {
		editor.statusMessages.push(text);
		return { dispose: () => {} };
	},
	showTextDocument: async ({ uri, text }: { uri: Uri; text: string }): Promise<void> => {
		editor.documents.push({ path: uri.path, text });
	},
	showOpenDialog: async (): Promise<Uri[] | undefined> => editor.folders?.map((folder) => Uri.file(folder)),
	showQuickPick: async (rows: readonly ListRow[], options: ListOptions): Promise<unknown> => {
		const list = { ...options, rows };
		editor.lists.push(list);
		const parts = editor.choose(list);
		const chosen = rows.filter(({ label, kind }) => kind !== -1 && parts?.some((part) => label.includes(part)) === true);
		return parts === undefined ? undefined : options.canPickMany === true ? chosen : chosen[0];
	},
	showInputBox: async (options: InputOptions): Promise<string | undefined> => {
		for (let refusal: string | undefined; ;) {
			const input = { ...inputOf(options), ...(refusal === undefined ? {} : { refusal }), pressButton: () => {} };
			editor.inputs.push(input);
			const typed = editor.type(input);
			refusal = typed === undefined ? undefined : (options.validateInput?.(typed) ?? undefined);
			if (refusal === undefined) {
				return typed;
			}
		}
	},
	createInputBox: (): unknown => new InputBox(),
	createTreeView: (id: string, options: FakeTreeView['options']): FakeTreeView & Held => {
		const view = Object.assign({ options, selection: [], visible: true }, held());
		editor.trees.set(id, view);
		return view;
	},
	activeTextEditor: undefined,
	createWebviewPanel: (viewType: string): FakePanel => new WebviewPanel(viewType),
	registerWebviewPanelSerializer: (): Held => held(),
	createStatusBarItem: (): FakeStatusItem & Held => {
		const item = Object.assign(
			{ shown: false, text: '', show: () => void (item.shown = true), hide: () => void (item.shown = false) },
			held(),
		);
		editor.statusItems.push(item);
		return item;
	},
	createQuickPick: (): unknown => {
		const hidden = new EventEmitter<void>();
		const pressed = new EventEmitter<{ item: unknown }>();
		const accepted = new EventEmitter<void>();
		const typed = new EventEmitter<string>();
		const pick: FakeQuickPick & Record<string, unknown> = {
			items: [],
			activeItems: [],
			shown: false,
			show: () => {
				pick.shown = true;
				if (pick.canSelectMany === true && !editor.ticksByHand) {
					queueMicrotask(() => tick(pick));
				}
			},
			hide: () => {
				if (pick.shown) {
					pick.shown = false;
					hidden.fire();
				}
			},
			busy: false,
			selectedItems: [],
			value: '',
			type: (text) => {
				pick.value = text;
				typed.fire(text);
			},
			enter: () => accepted.fire(),
			accept: (index) => {
				pick.selectedItems = [pick.items[index]];
				accepted.fire();
			},
			pressButton: (index) => pressed.fire({ item: pick.items[index] }),
			onDidChangeValue: typed.event,
			onDidHide: hidden.event,
			onDidTriggerItemButton: pressed.event,
			onDidAccept: accepted.event,
			dispose: () => [hidden, pressed, accepted, typed].forEach((each) => each.dispose()),
		};
		editor.quickPicks.push(pick);
		return pick;
	},
	withProgress: async (
		{ title, location }: { title?: string; location: unknown },
		work: (progress: unknown, token: unknown) => Promise<unknown>,
	): Promise<unknown> => {
		const cancelled = new EventEmitter<void>();
		const notice = { title: title ?? '', cancel: () => cancelled.fire() };
		const isNotice = location === ProgressLocation.Notification;
		editor.progressNotices.push(...(isNotice ? [notice] : []));
		editor.progress.running += isNotice ? 0 : 1;
		editor.progress.begun += isNotice ? 0 : 1;
		try {
			return await work({ report: () => {} }, { isCancellationRequested: false, onCancellationRequested: cancelled.event });
		} finally {
			editor.progress.running -= isNotice ? 0 : 1;
			editor.progressNotices = editor.progressNotices.filter((each) => each !== notice);
			cancelled.dispose();
		}
	},
};
