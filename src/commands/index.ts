import * as vscode from 'vscode';
import type { SnapshotInfo } from '../contract/index.ts';
import { commandIds, type CommandRun } from '../contributions.ts';
import { RecentDevices } from '../views/index.ts';
import type { Command, CommandContext, CommandDeps } from './context.ts';
import { ReportDocuments } from './reports/documents.ts';
import { run } from './run.ts';
import { exportAppData, importAppData } from './apps/exchangeAppData.ts';
import { backUpAndInstall, installBuild } from './apps/installBuild.ts';
import { rollBackApp } from './apps/rollBackApp.ts';
import { takeAppSnapshot } from './apps/takeAppSnapshot.ts';
import { uninstallApp } from './apps/uninstallApp.ts';
import { backUp } from './devices/backUp.ts';
import { backUpAll } from './devices/backUpAll.ts';
import { changePassword } from './devices/changePassword.ts';
import { copyUdid } from './devices/copyUdid.ts';
import { forget } from './devices/forget.ts';
import { pair } from './devices/pair.ts';
import { turnOffCloudBackup, turnOnCloudBackup } from './devices/setCloudBackup.ts';
import { turnOffEncryption } from './devices/turnOffEncryption.ts';
import { turnOnEncryption } from './devices/turnOnEncryption.ts';
import { automaticBackups } from './lab/automaticBackups.ts';
import { cancelJob } from './lab/cancelJob.ts';
import { checkComputer } from './lab/checkComputer.ts';
import { refresh } from './lab/refresh.ts';
import { restartEngine } from './lab/restartEngine.ts';
import { showLog } from './lab/showLog.ts';
import { startVirtualLab } from './lab/startVirtualLab.ts';
import { stopVirtualLab } from './lab/stopVirtualLab.ts';
import { snapshotPassword } from './passwords/snapshotPassword.ts';
import { browseSnapshot } from './snapshots/browseSnapshot.ts';
import { compareSnapshots } from './snapshots/compareSnapshots.ts';
import { copySnapshotId } from './snapshots/copySnapshotId.ts';
import { deleteSnapshot } from './snapshots/deleteSnapshot.ts';
import { exportSnapshot } from './snapshots/exportSnapshot.ts';
import { extractFromSnapshot } from './snapshots/extractFromSnapshot.ts';
import { findInSnapshot } from './snapshots/findInSnapshot.ts';
import { nameSnapshot } from './snapshots/nameSnapshot.ts';
import { noteSnapshot } from './snapshots/noteSnapshot.ts';
import { pinSnapshot, unpinSnapshot } from './snapshots/pinSnapshot.ts';
import { restoreOntoOther } from './snapshots/restoreOntoOther.ts';
import { rollBack } from './snapshots/rollBack.ts';
import { rollBackToBaseline } from './snapshots/rollBackToBaseline.ts';
import { showCoverage } from './snapshots/showCoverage.ts';
import { verifySnapshot } from './snapshots/verifySnapshot.ts';
import { adoptBackups } from './store/adoptBackups.ts';
import { cleanUp } from './store/cleanUp.ts';
import { repairStore } from './store/repairStore.ts';
import { verifyStore } from './store/verifyStore.ts';

export type { CommandDeps } from './context.ts';
export { registerLanguageCommands, type LanguageCommandDeps } from './languageCommands.ts';
export { automaticRules, takesSafetySnapshot } from './settings.ts';

/** Commands that other rooms register: they open what those rooms have, or answer values to tasks.json and launch.json. */
type Elsewhere = 'openTimeline' | Extract<keyof typeof commandIds, `timeline${string}` | `value${string}` | `launch${string}`>;

/** A verb for every command of this room: this does not compile when one is missing. */
const commands: Readonly<Record<Exclude<keyof typeof commandIds, Elsewhere>, Command>> = {
	backUp,
	backUpAll,
	pair,
	forget,
	copyUdid,
	turnOnEncryption,
	turnOffEncryption,
	changePassword,
	turnOnCloudBackup,
	turnOffCloudBackup,
	rollBack,
	rollBackToBaseline,
	restoreOntoOther,
	nameSnapshot,
	noteSnapshot,
	pinSnapshot,
	unpinSnapshot,
	deleteSnapshot,
	compareSnapshots,
	showCoverage,
	browseSnapshot,
	findInSnapshot,
	extractFromSnapshot,
	exportSnapshot,
	verifySnapshot,
	copySnapshotId,
	takeAppSnapshot,
	rollBackApp,
	installBuild,
	backUpAndInstall,
	uninstallApp,
	exportAppData,
	importAppData,
	verifyStore,
	repairStore,
	cleanUp,
	adoptBackups,
	cancelJob,
	startVirtualLab,
	stopVirtualLab,
	automaticBackups,
	checkComputer,
	restartEngine,
	refresh,
	showLog,
};

/** The commands, and what other rooms ask as they do. */
export interface RegisteredCommands extends vscode.Disposable {
	/** The password that opens a snapshot, asked for when none is remembered; undefined for one that is not encrypted. @throws CancellationError */
	readonly snapshotPassword: (snapshot: SnapshotInfo, title: string) => Promise<string | undefined>;
}

/** Registers the commands. They start nothing before they are called. */
export function registerCommands(deps: CommandDeps): RegisteredCommands {
	const documents = new ReportDocuments();
	const context: CommandContext = { ...deps, now: deps.now ?? Date.now, recent: deps.recent ?? new RecentDevices(), documents };
	const registered = Object.entries(commands).map(([name, command]) => {
		const handler: CommandRun = (target, selected) => run(command, context, target, selected);
		return vscode.commands.registerCommand(commandIds[name as keyof typeof commands], handler);
	});
	const all = vscode.Disposable.from(...registered, documents);
	return { dispose: () => void all.dispose(), snapshotPassword: (snapshot, title) => snapshotPassword(context, snapshot, title) };
}
