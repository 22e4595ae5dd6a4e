import * as vscode from 'vscode';
import { AutomaticRulesLink, EditorLanguageSide, Lab, LabClient, LanguageStart, PasswordStore, VirtualLabProcess } from './client/index.ts';
import { automaticRules, registerCommands, registerLanguageCommands, takesSafetySnapshot } from './commands/index.ts';
import type { ServerOptions } from './contract/index.ts';
import { contextKeys, settingIds } from './contributions.ts';
import { LabFiles, registerTasks } from './tasks/index.ts';
import { RecentDevices, registerViews, SnapshotContents, systemClock, Timelines } from './views/index.ts';

/**
 * Composition root of the editor side. Returns quickly and starts no process: the engine starts when a view is looked at or a command asks it,
 * and at once only where automatic backups are turned on: for these the editor activates this when it has started.
 * The editor shows nothing when this throws, so a failure is reported here before it is passed on.
 */
export function activate(context: vscode.ExtensionContext): void {
	const log = vscode.window.createOutputChannel('iOS Device Lab', { log: true });
	context.subscriptions.push(log);
	try {
		const own = <T extends vscode.Disposable>(part: T): T => (context.subscriptions.push(part), part);
		const virtualLab = own(new VirtualLabProcess(context.asAbsolutePath('dist/cli.js')));
		const serverFile = context.asAbsolutePath('dist/server.js');
		const passwords = new PasswordStore(context.secrets);
		const names = new LabFiles(context.workspaceState);
		const { secrets } = context;
		const { workspace, Uri } = vscode;
		const language = own(new EditorLanguageSide({ passwords, secrets, names, workspace, parseUri: (uri) => Uri.parse(uri) }));
		own(names.onDidMap(() => language.changed()));
		const client = own(new LabClient({ serverFile, log, language, readOptions: () => serverOptions(virtualLab) }));
		const lab = own(new Lab(client));
		const views = own(registerViews({ lab, client, log }));
		const contents: SnapshotContents = own(
			new SnapshotContents({ lab, client, log, askPassword: (...question) => commands.snapshotPassword(...question) }),
		);
		const { extensionUri } = context;
		own(new Timelines({ lab, client, log, passwords, extensionUri, openFile: (file) => void contents.compareFile(file) }));
		const recent = new RecentDevices();
		const toViews = {
			refreshViews: () => views.refresh(),
			leaveResult: (work: Parameters<typeof views.leaveResult>[0]) => views.leaveResult(work),
			labRules: () => names.rules(),
		};
		const commands = own(registerCommands({ lab, client, log, passwords, virtualLab, contents, recent, ...toViews }));
		const { snapshotPassword } = commands;
		own(registerLanguageCommands({ lab, log, recent, names, snapshotPassword, now: Date.now }));
		own(new LanguageStart(client, lab, workspace));
		own(registerTasks({ lab, client, recent, names, snapshotPassword, takesSafetySnapshot, clock: systemClock }));
		const automatic = own(new AutomaticRulesLink(client, automaticRules, log));
		automatic.apply();
		own(vscode.workspace.onDidChangeConfiguration((event) => (concernsEngine(event) && client.applyOptions(), automatic.apply())));
		own(vscode.workspace.onDidChangeWorkspaceFolders(() => client.applyOptions()));
		own(vscode.workspace.onDidGrantWorkspaceTrust(() => (client.applyOptions(), automatic.apply())));
		own(
			virtualLab.onDidChange((running) => {
				void vscode.commands.executeCommand('setContext', contextKeys.virtualLabRuns, running !== undefined);
				client.applyOptions();
			}),
		);
		log.info(`iOS Device Lab ${versionOf(context)} is active.`);
	} catch (error) {
		log.error(error instanceof Error ? error : String(error));
		void vscode.window.showErrorMessage(vscode.l10n.t('iOS Device Lab could not start. Its log says why.'));
		log.show(true);
		throw error;
	}
}

function concernsEngine(event: vscode.ConfigurationChangeEvent): boolean {
	return event.affectsConfiguration(settingIds.storeFolder) || event.affectsConfiguration(settingIds.muxers);
}

/** What the engine is started with, as things stand. Reading commit and branch runs git there, which is done for trusted folders only. */
function serverOptions({ lab }: VirtualLabProcess): ServerOptions {
	const settings = vscode.workspace.getConfiguration();
	const folder = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file') : undefined;
	return {
		storeFolder: settings.get<string>(settingIds.storeFolder) ?? '',
		muxers: settings.get<string[]>(settingIds.muxers) ?? [],
		...(lab === undefined ? {} : { extraMuxers: [lab.address] }),
		...(folder === undefined ? {} : { workingFolder: folder.uri.fsPath }),
	};
}

function versionOf(context: vscode.ExtensionContext): string {
	const { version } = context.extension.packageJSON as { version: string };
	return version;
}
