import * as vscode from 'vscode';
import { literalText, unlinked, withoutIcons } from '../views/index.ts';

/** A question before something that cannot be taken back. */
interface Question {
	/** One sentence that names what is acted on. */
	readonly message: string;
	/** The facts, a line each; blank ones divide paragraphs. */
	readonly facts: readonly string[];
	/** What the buttons do, each with the real verb; the first is the one that was asked for. */
	readonly actions: readonly string[];
}

/** Asks in a native modal, which has its own *Cancel*. @returns the action. @throws CancellationError */
export async function confirm({ message, facts, actions }: Question): Promise<string> {
	const answer = await vscode.window.showWarningMessage(message, { modal: true, detail: facts.join('\n') }, ...actions);
	if (answer === undefined) {
		throw new vscode.CancellationError();
	}
	return answer;
}

/** Asks for a line of text. @returns what was typed. @throws CancellationError */
export async function askText(options: vscode.InputBoxOptions): Promise<string> {
	const text = await vscode.window.showInputBox({ ignoreFocusOut: true, ...options });
	if (text === undefined) {
		throw new vscode.CancellationError();
	}
	return text;
}

/** Says what became of something, and offers what can be done next. Waits for nobody. */
export function tell(message: string, actions: Readonly<Record<string, () => unknown>> = {}): void {
	void vscode.window.showInformationMessage(unlinked(message), ...Object.keys(actions)).then((answer) => {
		if (answer !== undefined) {
			actions[answer]?.();
		}
	});
}

const STATUS_MS = 8000;

/** Says in the status bar that something is done which nobody waits for. */
export function note(message: string): void {
	vscode.window.setStatusBarMessage(`$(check) ${withoutIcons(message)}`, STATUS_MS);
}

/** Shows that something takes a while, where the one who asked looks, and lets them cancel what takes the token. */
export function whileAsking<T>(title: string, ask: (token: vscode.CancellationToken) => Promise<T>): Promise<T> {
	const options = { location: vscode.ProgressLocation.Notification, title: literalText(title), cancellable: ask.length > 0 };
	return Promise.resolve(vscode.window.withProgress(options, (_progress, token) => ask(token)));
}

/** Has one folder chosen; undefined when none is. @param openLabel - of the button. */
export async function chooseFolder(title: string, openLabel: string): Promise<string | undefined> {
	const folders = await vscode.window.showOpenDialog({ title, openLabel, canSelectFiles: false, canSelectFolders: true });
	return folders?.[0]?.fsPath;
}
