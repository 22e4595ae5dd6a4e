import * as vscode from 'vscode';
import type { CommandTarget } from '../../contributions.ts';
import { formatAge, inline, withoutIcons } from '../../views/index.ts';

/** Builds of a folder that are offered; newest first. */
const MAX_BUILDS = 50;

const EXCLUDED = '**/{node_modules,.git,Pods}/**';

interface BuildRow extends vscode.QuickPickItem {
	readonly file?: string;
	readonly ask?: 'file' | 'folder';
}

/**
 * The build that is to be installed: what the caller named, one that lies in the workspace, or what a person finds in the file dialog.
 * @throws CancellationError
 */
export async function chooseBuild(targets: readonly CommandTarget[], title: string, nowMs: number): Promise<string> {
	const named = targets[0]?.file;
	if (named !== undefined) {
		return named;
	}
	const rows: BuildRow[] = [
		...(await findBuilds(nowMs)),
		{ label: vscode.l10n.t('Choose an .ipa File…'), iconPath: new vscode.ThemeIcon('file-zip'), ask: 'file' },
		{ label: vscode.l10n.t('Choose an .app Folder…'), iconPath: new vscode.ThemeIcon('folder-opened'), ask: 'folder' },
	];
	const chosen = await vscode.window.showQuickPick(rows, {
		title,
		placeHolder: vscode.l10n.t('The build to install; one for devices, not for the simulator'),
		matchOnDescription: true,
	});
	const file = chosen?.ask === undefined ? chosen?.file : await askForFile(title, chosen.ask);
	if (file === undefined) {
		throw new vscode.CancellationError();
	}
	return file;
}

async function findBuilds(nowMs: number): Promise<BuildRow[]> {
	const [archives, infos] = await Promise.all([
		vscode.workspace.findFiles('**/*.ipa', EXCLUDED, MAX_BUILDS),
		vscode.workspace.findFiles('**/*.app/Info.plist', EXCLUDED, MAX_BUILDS),
	]);
	// Extensions and watch apps lie within the app that they belong to.
	const folders = infos.map((info) => vscode.Uri.joinPath(info, '..')).filter(({ path }) => !/\.(app|ipa)\//.test(path));
	const found = await Promise.all([...archives, ...folders].map(async (uri) => ({ uri, at: await changedAt(uri) })));
	return found
		.sort((a, b) => b.at - a.at)
		.slice(0, MAX_BUILDS)
		.map(({ uri, at }) => ({
			file: uri.fsPath,
			label: withoutIcons(inline(uri.path.split('/').at(-1) ?? uri.path)),
			description: withoutIcons(inline(vscode.workspace.asRelativePath(uri), 200)),
			iconPath: new vscode.ThemeIcon('package'),
			...(at === 0 ? {} : { detail: formatAge(new Date(at).toISOString(), nowMs) }),
		}));
}

async function changedAt(uri: vscode.Uri): Promise<number> {
	try {
		return (await vscode.workspace.fs.stat(uri)).mtime;
	} catch {
		// It is offered all the same; when it is gone the engine says so.
		return 0;
	}
}

async function askForFile(title: string, what: 'file' | 'folder'): Promise<string | undefined> {
	const chosen = await vscode.window.showOpenDialog({
		title,
		openLabel: vscode.l10n.t('Install'),
		// On macOS an app is a folder that the dialog shows as a file.
		canSelectFiles: true,
		canSelectFolders: what === 'folder',
		...(what === 'file' ? { filters: { [vscode.l10n.t('iOS App')]: ['ipa'] } } : {}),
	});
	return chosen?.[0]?.fsPath;
}
