import * as vscode from 'vscode';
import { MiB } from '../../base/index.ts';
import type { ContentsItem, ContentsRef, ExtractOrder, SnapshotInfo } from '../../contract/index.ts';
import { contentsUri, formatBytes, formatNumber, inline, quoted, snapshotTitle, withoutIcons } from '../../views/index.ts';
import { chooseFolder, tell, whileAsking } from '../ask.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { snapshotPassword } from '../passwords/snapshotPassword.ts';
import { revealActions } from '../reveal.ts';
import { appRefusal } from './showCoverage.ts';

/** Names in a list may be long paths. */
const MAX_NAME = 200;

/** The engine hands out no larger file in one piece. */
const MAX_OPEN_BYTES = 32 * MiB;

/** Names of what is no text, and can be shown as such. */
const READABLE = /\.(?:plist|strings|db|sqlite3?|sqlitedb|storedata)$/i;

/** A snapshot that is open for looking into. */
export interface Opened {
	readonly snapshot: SnapshotInfo;
	readonly key: ContentsRef;
}

interface Row extends vscode.QuickPickItem {
	/** What choosing it leads to: another folder, or nothing more to choose. */
	act(): Promise<ContentsItem | 'domains' | undefined>;
}

/** Browse Files…: from domains and apps down to a file, to open it, to copy it out, or to have all of it as a folder of the workspace. */
export const browseSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Browse Files');
	const placeholder = vscode.l10n.t('The snapshot to look into');
	const snapshot = await chooseSnapshot(context, targets, { title, placeholder, refusal: appRefusal });
	await browseFrom(context, await openSnapshot(context, snapshot, title), 'domains');
};

/** Asks for the password of an encrypted snapshot, so that nobody is asked again. @throws CancellationError */
export async function openSnapshot(context: CommandContext, snapshot: SnapshotInfo, title: string): Promise<Opened> {
	const password = await snapshotPassword(context, snapshot, title);
	context.contents.opened(snapshot, password);
	return { snapshot, key: { udid: snapshot.udid, snapshot: snapshot.id, ...(password === undefined ? {} : { password }) } };
}

/** Leads on from a place until something is opened, or the list is closed. */
export async function browseFrom(context: CommandContext, opened: Opened, from: ContentsItem | 'domains'): Promise<void> {
	let place: ContentsItem | 'domains' | undefined = from;
	while (place !== undefined) {
		place = await choose(context, opened, place);
	}
}

/** Offers what lies at a place. */
async function choose(
	context: CommandContext,
	opened: Opened,
	at: ContentsItem | 'domains',
): Promise<ContentsItem | 'domains' | undefined> {
	const rows =
		at === 'domains'
			? await domainRows(context, opened)
			: at.kind === 'folder'
				? await folderRows(context, opened, at)
				: fileRows(context, opened, at);
	const title =
		at === 'domains'
			? snapshotTitle(opened.snapshot, context.now())
			: inline(at.path === '' ? at.domain : `${at.domain}/${at.path}`, MAX_NAME);
	const chosen = await vscode.window.showQuickPick(rows, { title: withoutIcons(title), matchOnDescription: true });
	return chosen?.act();
}

async function domainRows(context: CommandContext, opened: Opened): Promise<Row[]> {
	const { items } = await context.client.request('contents/list', opened.key);
	// Apps are what most people look for.
	const sorted = [...items].sort(
		(a, b) => Number(b.appName !== undefined) - Number(a.appName !== undefined) || (titleOf(a) < titleOf(b) ? -1 : 1),
	);
	return [
		{ label: `$(root-folder) ${vscode.l10n.t('Add to Workspace')}`, alwaysShow: true, act: async () => addToWorkspace(context, opened) },
		...sorted.map((item) => itemRow(item, titleOf(item), item.appName === undefined ? undefined : inline(item.domain, MAX_NAME))),
	];
}

async function folderRows(context: CommandContext, opened: Opened, folder: ContentsItem): Promise<Row[]> {
	const { domain, path } = folder;
	const { items } = await context.client.request('contents/list', { ...opened.key, domain, folder: path });
	const slash = path.lastIndexOf('/');
	const above: ContentsItem | 'domains' = path === '' ? 'domains' : { ...folder, path: slash < 0 ? '' : path.slice(0, slash) };
	const inside = items.map((item) => ({ ...item, ...(folder.appName === undefined ? {} : { appName: folder.appName }) }));
	const rank = ({ kind }: ContentsItem): number => (kind === 'folder' ? 0 : 1);
	return [
		{ label: '$(arrow-up) ..', description: vscode.l10n.t('the folder above'), alwaysShow: true, act: async () => above },
		copyRow(context, opened, folder),
		...inside.sort((a, b) => rank(a) - rank(b)).map((item) => itemRow(item, inline(nameOf(item), MAX_NAME), sizeOf(item))),
	];
}

/** A file opens as it is; what is no text, such as a property list or a database, is better read as text. */
function fileRows(context: CommandContext, opened: Opened, file: ContentsItem): Row[] {
	const { domain, path, kind, sizeBytes = 0 } = file;
	const open = async (): Promise<undefined> => void (await vscode.commands.executeCommand('vscode.open', contentsUri(opened.key, file)));
	const asText = async (): Promise<undefined> => {
		const { udid, snapshot } = opened.key;
		await context.contents.openText({ udid, snapshot, domain, path });
		return undefined;
	};
	const openRow: Row = {
		label: `$(go-to-file) ${vscode.l10n.t('Open')}`,
		...(sizeBytes > MAX_OPEN_BYTES ? { description: vscode.l10n.t('too large for the editor: copy it out') } : {}),
		act: open,
	};
	const textRow: Row = {
		label: `$(output) ${vscode.l10n.t('Open as Text')}`,
		description: vscode.l10n.t('property lists and databases made readable'),
		act: asText,
	};
	const isReadable = READABLE.test(path) || sizeBytes > MAX_OPEN_BYTES;
	const rows = kind === 'link' ? [openRow] : isReadable ? [textRow, openRow] : [openRow, textRow];
	return [...rows, copyRow(context, opened, file)];
}

function itemRow(item: ContentsItem, name: string, description: string | undefined): Row {
	const icon =
		item.path === '' && item.appName !== undefined ? 'package' : item.kind === 'folder' ? 'folder' : item.kind === 'link' ? 'link' : 'file';
	return {
		label: `$(${icon}) ${withoutIcons(name)}`,
		...(description === undefined ? {} : { description: withoutIcons(description) }),
		act: async () => item,
	};
}

function copyRow(context: CommandContext, opened: Opened, item: ContentsItem): Row {
	return { label: `$(desktop-download) ${vscode.l10n.t('Copy Out…')}`, alwaysShow: true, act: () => copyOut(context, opened, item) };
}

/** Copies a file, or all of a folder, under its domain. */
async function copyOut(context: CommandContext, opened: Opened, { domain, path }: ContentsItem): Promise<undefined> {
	const place = path === '' ? domain : `${domain}/${path}`;
	await extractTo(context, opened, { what: 'files', patterns: [place.replace(/[\\*?[\]{},]/g, '\\$&')] }, place);
	return undefined;
}

/** Asks for a folder and copies something there. What lies there stays as it is. @param name - of what is copied, for people. */
export async function extractTo(
	{ client }: CommandContext,
	{ key }: Opened,
	wanted: Omit<ExtractOrder, 'to'>,
	name: string,
): Promise<void> {
	const to = await chooseFolder(vscode.l10n.t('Folder for what is copied out'), vscode.l10n.t('Copy Here'));
	if (to === undefined) {
		return;
	}
	const result = await whileAsking(vscode.l10n.t('Copying {0}…', quoted(name)), (token) =>
		client.request('contents/extract', { ...key, extract: { ...wanted, to } }, token),
	);
	const copied =
		result.fileCount === 0
			? vscode.l10n.t('Nothing was copied: the snapshot has no {0}.', quoted(name))
			: vscode.l10n.t('Copied {0}, {1}, to {2}.', quoted(name), formatBytes(result.sizeBytes), result.to);
	const skipped =
		result.skippedCount === 0 ? [] : [vscode.l10n.t('Files that could not be copied: {0}.', formatNumber(result.skippedCount))];
	tell([copied, ...skipped].join(' '), result.fileCount === 0 ? {} : revealActions(result.to));
}

function addToWorkspace({ lab, now }: CommandContext, { snapshot, key }: Opened): undefined {
	const name = vscode.l10n.t('{0} of {1}', snapshotTitle(snapshot, now()), inline(lab.deviceName(snapshot.udid)));
	const count = vscode.workspace.workspaceFolders?.length ?? 0;
	vscode.workspace.updateWorkspaceFolders(count, 0, { uri: contentsUri(key), name });
	return undefined;
}

function titleOf({ appName, domain }: ContentsItem): string {
	return inline(appName ?? domain, MAX_NAME);
}

function nameOf({ path }: ContentsItem): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function sizeOf({ sizeBytes }: ContentsItem): string | undefined {
	return sizeBytes === undefined ? undefined : formatBytes(sizeBytes);
}
