import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';

const SCHEME = 'device-lab-report';

/** Results that are longer than a message, as read-only text documents. A text is kept until its document is closed. */
export class ReportDocuments extends Disposable implements vscode.TextDocumentContentProvider {
	readonly #texts = new Map<string, string>();
	readonly #changed = this.register(new vscode.EventEmitter<vscode.Uri>());
	readonly onDidChange = this.#changed.event;

	constructor() {
		super();
		this.register(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
		this.register(
			vscode.workspace.onDidCloseTextDocument((document) => {
				if (document.uri.scheme === SCHEME) {
					this.#texts.delete(document.uri.toString());
				}
			}),
		);
	}

	provideTextDocumentContent(uri: vscode.Uri): string {
		// After a restart the editor opens again what was open, and the text is gone.
		return this.#texts.get(uri.toString()) ?? vscode.l10n.t('This result is not kept. Run the command again.');
	}

	/** Shows a text beside nothing: in the active group, as a preview. @param title - of its tab; one with the same title is replaced. */
	async show(title: string, lines: readonly string[]): Promise<void> {
		const uri = this.#keep(title, lines);
		await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
	}

	/** More is known of what a document shows, which may be closed by now. */
	update(title: string, lines: readonly string[]): void {
		if (this.#texts.has(uriOf(title).toString())) {
			this.#keep(title, lines);
		}
	}

	#keep(title: string, lines: readonly string[]): vscode.Uri {
		const uri = uriOf(title);
		this.#texts.set(uri.toString(), `${lines.join('\n')}\n`);
		this.#changed.fire(uri);
		return uri;
	}
}

function uriOf(title: string): vscode.Uri {
	return vscode.Uri.from({ scheme: SCHEME, path: `/${fileNameOf(title)}` });
}

/** Names of devices and snapshots are in titles, and a slash in one would make folders of it. */
function fileNameOf(title: string): string {
	return title.replace(/[/\\]/g, '∕');
}
