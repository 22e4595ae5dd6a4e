/** A message that was shown, with its buttons. */
export interface ShownMessage {
	readonly severity: 'info' | 'warning' | 'error';
	readonly text: string;
	readonly actions: readonly string[];
	/** Of a modal one: what stands under its text. */
	readonly detail?: string;
}

/** A list that was shown to choose from. */
export interface ShownList {
	readonly title?: string;
	readonly placeHolder?: string;
	readonly canPickMany?: boolean;
	readonly rows: readonly { readonly label: string; readonly description?: string; readonly detail?: string; readonly picked?: boolean }[];
}

/** A question for a line of text, each time that it waits for an answer. */
export interface ShownInput {
	readonly title?: string;
	readonly prompt?: string;
	readonly value: string;
	readonly password: boolean;
	/** What is wrong with the answer before. */
	readonly refusal?: string;
	/** Presses one of its buttons, the first unless said otherwise. */
	readonly pressButton: (index?: number) => void;
}

/** What the stand-in of the editor was told, and how it answers. */
class EditorState {
	language = 'en';
	focused = true;
	settings = new Map<string, unknown>();
	messages: ShownMessage[] = [];
	statusMessages: string[] = [];
	/** Commands that were executed: id, then arguments. */
	executed: unknown[][] = [];
	contexts = new Map<string, unknown>();
	/** Progress that is not shown as a notification. */
	progress = { running: 0, begun: 0 };
	/** Progress that is shown as a notification; `cancel` presses its button. */
	progressNotices: { readonly title: string; readonly cancel: () => void }[] = [];
	/** Live resources: 0 again when everything is disposed. */
	held = 0;
	/** Which button a person chooses on a message. */
	answer: (message: ShownMessage) => string | undefined = () => undefined;
	lists: ShownList[] = [];
	/** Which rows a person chooses, by their labels' parts; none: the list is closed. */
	choose: (list: ShownList) => readonly string[] | undefined = () => undefined;
	/** Lists with ticks are left to the test, which finds them among `quickPicks`. */
	ticksByHand = false;
	inputs: ShownInput[] = [];
	/** What a person types; undefined: the question is closed. */
	type: (input: ShownInput) => string | undefined = () => undefined;
	/** The folders that a person chooses in the file dialog. */
	folders: readonly string[] | undefined;
	/** Files of the workspace: path → when it changed, in ms since 1970. */
	files = new Map<string, number>();
	clipboard = '';
	/** Documents that were opened: path, and the text that they show now. */
	documents: { readonly path: string; text: string }[] = [];
	trusted = true;
	readonly taskProviders = new Map<string, unknown>();
	readonly commands = new Map<string, (...args: unknown[]) => unknown>();
	readonly trees = new Map<string, FakeTreeView>();
	readonly statusItems: FakeStatusItem[] = [];
	readonly quickPicks: FakeQuickPick[] = [];
	readonly panels: FakePanel[] = [];

	reset(): void {
		this.language = 'en';
		this.focused = true;
		this.settings = new Map();
		this.messages = [];
		this.statusMessages = [];
		this.executed = [];
		this.contexts = new Map();
		this.progress = { running: 0, begun: 0 };
		this.progressNotices = [];
		this.held = 0;
		this.answer = () => undefined;
		this.lists = [];
		this.choose = () => undefined;
		this.ticksByHand = false;
		this.inputs = [];
		this.type = () => undefined;
		this.folders = undefined;
		this.files = new Map();
		this.clipboard = '';
		this.documents = [];
		this.trusted = true;
		this.taskProviders.clear();
		this.commands.clear();
		this.trees.clear();
		this.statusItems.length = 0;
		this.quickPicks.length = 0;
		this.panels.length = 0;
	}
}

export interface FakeTreeView {
	readonly options: { readonly treeDataProvider: unknown; readonly canSelectMany?: boolean };
	selection: readonly unknown[];
	visible: boolean;
	badge?: { readonly value: number; readonly tooltip: string };
	message?: string;
}

export interface FakeStatusItem {
	shown: boolean;
	text: string;
	tooltip?: string;
	backgroundColor?: { readonly id: string };
	command?: string;
	accessibilityInformation?: { readonly label: string };
}

export interface FakeQuickPick {
	items: readonly { readonly label: string; readonly description?: string; readonly kind?: number }[];
	title?: string;
	placeholder?: string;
	canSelectMany?: boolean;
	value: string;
	activeItems: readonly unknown[];
	selectedItems: readonly unknown[];
	shown: boolean;
	busy: boolean;
	/** A person types, and then takes an item. */
	type(text: string): void;
	accept(index: number): void;
	/** A person presses Enter, with what is ticked and where the keyboard is. */
	enter(): void;
	/** A person presses the first button of an item. */
	pressButton(index: number): void;
	hide(): void;
}

/** A page of ours. */
export interface FakePanel {
	readonly viewType: string;
	title: string;
	readonly html: string;
	/** What its host told it. */
	readonly posted: unknown[];
	readonly isDisposed: boolean;
	/** The page says something. */
	say(message: unknown): void;
	/** It comes to the front, or is covered by another. */
	show(visible: boolean): void;
	dispose(): void;
}

export const editor = new EditorState();
