import * as vscode from 'vscode';

const SCHEME = 'devicelab-proposal';

/** A file as it would be. */
export interface ProposedFile {
	readonly uri: vscode.Uri;
	/** Undefined while there is no such file. */
	readonly before: string | undefined;
	readonly after: string;
}

/** Shows files as they would be, beside what they are, and writes them when a person says so. */
export class Proposals implements vscode.Disposable {
	readonly #texts = new Map<string, string>();
	readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
		provideTextDocumentContent: (uri) => this.#texts.get(uri.toString()) ?? '',
	});
	#count = 0;

	dispose(): void {
		this.#registration.dispose();
	}

	/** Opens a comparison of each file; the last one has the keyboard. */
	async show(files: readonly ProposedFile[]): Promise<void> {
		this.#texts.clear();
		for (const { uri, before, after } of files) {
			const left = before === undefined ? this.#keep(uri, 'before', '') : uri;
			const title = vscode.l10n.t('{0} with the roll-back', uri.path.split('/').at(-1) ?? '');
			await vscode.commands.executeCommand('vscode.diff', left, this.#keep(uri, 'after', after), title, { preview: false });
		}
	}

	/** Closes the comparisons. */
	async close(): Promise<void> {
		const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
		await vscode.window.tabGroups.close(
			tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME),
		);
	}

	/** Writes and saves all files. @returns false when one was changed since it was read; nothing is written then. */
	async write(files: readonly ProposedFile[]): Promise<boolean> {
		const now = await Promise.all(files.map(({ uri }) => textOf(uri)));
		if (files.some(({ before }, index) => now[index] !== before)) {
			return false;
		}
		const edit = new vscode.WorkspaceEdit();
		for (const { uri, before, after } of files) {
			if (before === undefined) {
				edit.createFile(uri, { contents: new TextEncoder().encode(after) });
			} else {
				edit.replace(uri, new vscode.Range(0, 0, before.split('\n').length, 0), after);
			}
		}
		if (!(await vscode.workspace.applyEdit(edit))) {
			return false;
		}
		for (const { uri } of files) {
			await (await vscode.workspace.openTextDocument(uri)).save();
		}
		return true;
	}

	#keep(uri: vscode.Uri, side: string, text: string): vscode.Uri {
		// Another address each time: the editor keeps what it has shown.
		const kept = vscode.Uri.from({ scheme: SCHEME, path: uri.path, query: `${side}-${++this.#count}` });
		this.#texts.set(kept.toString(), text);
		return kept;
	}
}

/** A file as it is in the editor, with what is not saved yet; undefined when there is none. */
export async function textOf(uri: vscode.Uri): Promise<string | undefined> {
	try {
		await vscode.workspace.fs.stat(uri);
	} catch {
		// Whatever hides it: to the one who edits here there is no such file.
		return undefined;
	}
	return (await vscode.workspace.openTextDocument(uri)).getText();
}
