import * as vscode from 'vscode';
import type { ContentsItem, ContentsListing } from '../../contract/index.ts';
import { formatBytes, formatNumber, inline, snapshotPhrase, withoutIcons } from '../../views/index.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { report } from '../run.ts';
import { browseFrom, openSnapshot, type Opened } from './browseSnapshot.ts';
import { appRefusal } from './showCoverage.ts';

/** Names in a list may be long paths. */
const MAX_NAME = 200;

interface Found extends vscode.QuickPickItem {
	readonly item?: ContentsItem;
}

/** Find in Snapshot…: files by words of their names and paths, or by a pattern, while it is typed; to open, to read as text or to copy out. */
export const findInSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Find in Snapshot');
	const placeholder = vscode.l10n.t('The snapshot to look into');
	const snapshot = await chooseSnapshot(context, targets, { title, placeholder, refusal: appRefusal });
	const opened = await openSnapshot(context, snapshot, title);
	const item = await ask(context, opened);
	if (item !== undefined) {
		await browseFrom(context, opened, item);
	}
};

/** A list that follows what is typed. Resolves to what was chosen; undefined when it was closed. */
function ask(context: CommandContext, opened: Opened): Promise<ContentsItem | undefined> {
	const pick = vscode.window.createQuickPick<Found>();
	pick.title = vscode.l10n.t('Find in {0}', snapshotPhrase(opened.snapshot, context.now()));
	pick.placeholder = vscode.l10n.t('Words of a name or path, or a pattern such as *.sqlite');
	const search = new LatestOnly(async (text: string) => {
		pick.items = rowsOf(await context.client.request('contents/search', { ...opened.key, text }));
	});
	return new Promise<ContentsItem | undefined>((resolve) => {
		pick.onDidChangeValue((text) => {
			pick.busy = true;
			search.ask(text).then(
				(isLatest) => (pick.busy = !isLatest && pick.busy),
				(error: unknown) => {
					pick.busy = false;
					// A pattern that is still being typed is none yet.
					pick.items = [];
					report(context, error);
				},
			);
		});
		pick.onDidAccept(() => {
			const item = pick.selectedItems[0]?.item;
			if (item !== undefined) {
				resolve(item);
				pick.hide();
			}
		});
		pick.onDidHide(() => resolve(undefined));
		pick.show();
	}).finally(() => pick.dispose());
}

function rowsOf({ items, itemCount }: ContentsListing): Found[] {
	const more = itemCount - items.length;
	return [
		...items.map(rowOf),
		...(items.length === 0 ? [{ label: vscode.l10n.t('Nothing fits.'), alwaysShow: true }] : []),
		...(more <= 0 ? [] : [{ label: vscode.l10n.t('… and {0} more: type more of it.', formatNumber(more)), alwaysShow: true }]),
	];
}

function rowOf(item: ContentsItem): Found {
	const { domain, path, kind, appName, sizeBytes } = item;
	const slash = path.lastIndexOf('/');
	const name = path === '' ? domain : path.slice(slash + 1);
	const folder = slash < 0 ? '' : path.slice(0, slash);
	const where = [appName ?? domain, folder].filter((part) => part !== '').join(' › ');
	const icon = kind === 'folder' ? 'folder' : kind === 'link' ? 'link' : 'file';
	return {
		item,
		label: `$(${icon}) ${withoutIcons(inline(name, MAX_NAME))}`,
		description: withoutIcons(inline(where, MAX_NAME)),
		...(sizeBytes === undefined ? {} : { detail: formatBytes(sizeBytes) }),
		// What fits was judged by the engine: words are looked for in more than is shown.
		alwaysShow: true,
	};
}

/** Does one thing at a time, and of what was asked for meanwhile only the last. */
class LatestOnly<T> {
	readonly #work: (value: T) => Promise<void>;
	#running: Promise<void> | undefined;
	#wanted = 0;

	constructor(work: (value: T) => Promise<void>) {
		this.#work = work;
	}

	/** @returns whether nothing newer was asked for. @throws what the work throws. */
	async ask(value: T): Promise<boolean> {
		const mine = ++this.#wanted;
		while (this.#running !== undefined) {
			// Its own asker hears of its failure.
			await this.#running.catch(() => undefined);
			if (mine !== this.#wanted) {
				return false;
			}
		}
		this.#running = this.#work(value);
		try {
			await this.#running;
		} finally {
			this.#running = undefined;
		}
		return mine === this.#wanted;
	}
}
