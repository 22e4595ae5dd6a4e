import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { showFailure } from '../failures.ts';
import { snapshotTitle } from '../format.ts';
import type { EngineSource, LabSource } from '../labSource.ts';
import { inline } from '../text.ts';
import { ContentsKeys, type AskPassword } from './contentsKeys.ts';
import { ContentsFileSystem } from './fileSystem.ts';
import { FileTexts, type FileRef } from './fileTexts.ts';
import { CONTENTS_SCHEME } from './places.ts';

/** What looking into snapshots works with. */
export interface SnapshotContentsDeps {
	readonly lab: LabSource;
	readonly client: Pick<EngineSource, 'request'>;
	readonly log: vscode.LogOutputChannel;
	readonly askPassword: AskPassword;
	/** Milliseconds since 1970. */
	readonly now?: () => number;
}

/** A file in two snapshots of one device. */
export interface ComparedFile {
	readonly udid: string;
	readonly before: string;
	readonly after: string;
	readonly domain: string;
	readonly path: string;
}

/** Files in snapshots as the editor opens them: to read, and side by side. Nothing is asked of the engine before something is opened. */
export class SnapshotContents extends Disposable {
	readonly #deps: SnapshotContentsDeps;
	readonly #keys: ContentsKeys;
	readonly #texts: FileTexts;

	constructor(deps: SnapshotContentsDeps) {
		super();
		this.#deps = deps;
		this.#keys = new ContentsKeys(deps.lab, deps.askPassword);
		const files = this.register(new ContentsFileSystem(deps.client, this.#keys));
		const options = { isCaseSensitive: true, isReadonly: true };
		this.register(vscode.workspace.registerFileSystemProvider(CONTENTS_SCHEME, files, options));
		this.#texts = this.register(new FileTexts(deps.client, this.#keys));
	}

	/** A person opened a snapshot: nobody asks for its password again. @param password - undefined for one that is not encrypted. */
	opened(snapshot: SnapshotInfo, password: string | undefined): void {
		this.#keys.opened(snapshot, password);
	}

	/** Opens the two versions of a file side by side; one that is missing is empty. Shows its own failures. */
	async compareFile(file: ComparedFile): Promise<void> {
		try {
			await this.#compare(file);
		} catch (error) {
			await showFailure(error, this.#deps.log);
		}
	}

	/** Opens a file as text to read: property lists and databases as lines, what is no text as its size and hash. @throws LabFailure */
	async openText(file: FileRef): Promise<void> {
		const name = inline(file.path.slice(file.path.lastIndexOf('/') + 1));
		const uri = await vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Opening {0}…', name) },
			async () => {
				await this.#keys.forgetRefusal(file);
				const text = await this.#texts.read(file);
				return this.#texts.keep(file, text, text === undefined || text.kind === 'text' || text.kind === 'plist');
			},
		);
		await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
	}

	async #compare({ udid, before, after, domain, path }: ComparedFile): Promise<void> {
		const sides: FileRef[] = [before, after].map((snapshot) => ({ udid, snapshot, domain, path }));
		const name = inline(path.slice(path.lastIndexOf('/') + 1));
		// One after the other: two snapshots of one device are mostly opened by one password.
		const texts = await vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Opening {0}…', name) },
			async () => {
				const read = [];
				for (const side of sides) {
					await this.#keys.forgetRefusal(side);
					read.push(await this.#texts.read(side));
				}
				return read;
			},
		);
		const isPlain = texts.every((text) => text === undefined || text.kind === 'text' || text.kind === 'plist');
		const uris = sides.map((side, index) => this.#texts.keep(side, texts[index], isPlain));
		const [from, to] = sides.map(({ snapshot }) => this.#titleOf(udid, snapshot));
		const title = vscode.l10n.t('{0} ({1} ↔ {2})', name, from ?? '', to ?? '');
		await vscode.commands.executeCommand('vscode.diff', ...uris, title, { preview: true } satisfies vscode.TextDocumentShowOptions);
	}

	#titleOf(udid: string, id: string): string {
		const snapshot = this.#deps.lab.snapshot(udid, id);
		return snapshot === undefined ? inline(id.slice(0, 8)) : inline(snapshotTitle(snapshot, (this.#deps.now ?? Date.now)()));
	}
}
