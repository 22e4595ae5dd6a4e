import * as vscode from 'vscode';
import { EXIT, TASK_TYPE, type SnapshotInfo } from '../../contract/index.ts';
import { commandIds, type CommandTarget } from '../../contributions.ts';
import { formatTime, quoted, reportOf, sentenceOf, snapshotPhrase, snapshotTitle, unlinked, withoutIcons } from '../../views/index.ts';
import { wrongUse } from '../definition.ts';
import { runToEnd } from '../runNamedTask.ts';
import type { DebuggingFrom, KeptFailure, TaskWorld } from '../world.ts';
import { chooseSnapshot } from './chooseSnapshot.ts';

/** Makes a task of ours out of a definition. */
type MakeTask = (definition: vscode.TaskDefinition, scope: vscode.WorkspaceFolder, name: string) => vscode.Task;

/** What it uses of the world of tasks. */
type DebugWorld = Omit<TaskWorld, 'debugging' | 'runTask'>;

/** A launch configuration, or a compound of several, of a folder. */
interface Launch {
	readonly folder: vscode.WorkspaceFolder;
	readonly name: string;
}

/**
 * *Debug from Here*: rolls a device back to a snapshot, and begins a launch there. What the launch itself would roll back to is left out, the
 * rest of what it waits for is not.
 */
export class DebugFromHere implements DebuggingFrom, vscode.Disposable {
	readonly #world: DebugWorld;
	readonly #makeTask: MakeTask;
	readonly #held = new Map<string, SnapshotInfo>();
	readonly #command: vscode.Disposable;

	constructor(world: DebugWorld, makeTask: MakeTask) {
		this.#world = world;
		this.#makeTask = makeTask;
		this.#command = vscode.commands.registerCommand(commandIds.launchDebugFromHere, (target?: CommandTarget) =>
			this.#reported(async () => {
				const title = vscode.l10n.t('Debug from Here');
				await this.#begin(await chooseSnapshot(world, target ?? {}, title, ['device', 'app']), undefined);
			}),
		);
	}

	dispose(): void {
		this.#command.dispose();
	}

	heldAt(udid: string): SnapshotInfo | undefined {
		return this.#held.get(udid);
	}

	offer({ snapshot, task, launch }: KeptFailure): void {
		void this.#reported(async () => {
			const debug = vscode.l10n.t('Debug from Here…');
			const show = vscode.l10n.t('Show in Timeline');
			const device = quoted(this.#world.lab.deviceName(snapshot.udid));
			const kept = snapshot.app === undefined ? device : quoted(snapshot.app.name ?? snapshot.app.bundleId);
			const text = vscode.l10n.t('{0} failed. What it left of {1} is kept.', quoted(task), kept);
			const answer = await vscode.window.showWarningMessage(unlinked(text), debug, show);
			if (answer === debug) {
				await this.#begin(snapshot, launch);
			} else if (answer === show) {
				const target: CommandTarget = { udid: snapshot.udid, snapshot: snapshot.id };
				await vscode.commands.executeCommand(commandIds.openTimeline, target);
			}
		});
	}

	async #begin(snapshot: SnapshotInfo, wanted: string | undefined): Promise<void> {
		const { lab, clock } = this.#world;
		const device = quoted(lab.deviceName(snapshot.udid));
		if (lab.device(snapshot.udid) === undefined) {
			throw wrongUse(vscode.l10n.t('{0} is not attached.', device));
		}
		const launch = await chooseLaunch(wanted);
		await this.#confirm(snapshot, launch);
		const what = {
			device: snapshot.udid,
			snapshot: snapshot.id,
			// Whatever they do to the device, it is not what was kept.
			hooks: false,
			...(snapshot.app === undefined ? { action: 'rollback' } : { action: 'appRollback', bundleId: snapshot.app.bundleId }),
		};
		const name = vscode.l10n.t('Roll Back {0} to {1}', device, snapshotTitle(snapshot, clock.now()));
		const task = this.#makeTask({ type: TASK_TYPE, ...what }, launch.folder, name);
		const never = new vscode.CancellationTokenSource();
		try {
			const { exitCode } = await runToEnd(task, never.token);
			if (exitCode !== EXIT.done) {
				// Its terminal says why.
				return;
			}
		} finally {
			never.dispose();
		}
		this.#held.set(snapshot.udid, snapshot);
		try {
			await vscode.debug.startDebugging(launch.folder, launch.name);
		} finally {
			this.#held.delete(snapshot.udid);
		}
	}

	async #confirm(snapshot: SnapshotInfo, launch: Launch): Promise<void> {
		const { lab, clock } = this.#world;
		const device = quoted(lab.deviceName(snapshot.udid));
		const phrase = snapshotPhrase(snapshot, clock.now());
		const isApp = snapshot.app !== undefined;
		const question = isApp
			? vscode.l10n.t(
					'Put the data of {0} back to {1}, and begin “{2}”?',
					quoted(snapshot.app.name ?? snapshot.app.bundleId),
					phrase,
					launch.name,
				)
			: vscode.l10n.t('Roll {0} back to {1}, and begin “{2}”?', device, phrase, launch.name);
		const detail = [
			vscode.l10n.t('Device: {0}', device),
			vscode.l10n.t('Snapshot: {0}, taken {1}', snapshot.id.slice(0, 8), formatTime(snapshot.takenAt)),
			isApp ? undefined : vscode.l10n.t('What is on it now is replaced, and it restarts.'),
			this.#world.takesSafetySnapshot()
				? vscode.l10n.t('A safety snapshot is taken first.')
				: vscode.l10n.t('No safety snapshot is taken, as the settings say.'),
			vscode.l10n.t('The launch itself rolls nothing back this time.'),
		];
		const yes = vscode.l10n.t('Debug from Here');
		const answer = await vscode.window.showWarningMessage(
			unlinked(question),
			{ modal: true, detail: detail.filter((line) => line !== undefined).join('\n') },
			yes,
		);
		if (answer !== yes) {
			throw new vscode.CancellationError();
		}
	}

	async #reported(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			if (!(error instanceof vscode.CancellationError)) {
				const { message, next } = sentenceOf(reportOf(error));
				void vscode.window.showErrorMessage(unlinked([message, next].filter((sentence) => sentence !== undefined).join(' ')));
			}
		}
	}
}

/** The launch that has the name, else the only one, else the one that a person chooses. @throws CancellationError; LabFailure `WRONG_USE`. */
async function chooseLaunch(wanted: string | undefined): Promise<Launch> {
	const all = (vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
		const settings = vscode.workspace.getConfiguration('launch', folder.uri);
		return [...namesOf(settings.get('configurations')), ...namesOf(settings.get('compounds'))].map((name) => ({ folder, name }));
	});
	const named = all.find(({ name }) => name === wanted);
	const [only] = all.length === 1 && wanted === undefined ? all : [];
	const found = named ?? only;
	if (found !== undefined) {
		return found;
	}
	if (all.length === 0) {
		throw wrongUse(vscode.l10n.t('There is no launch.json with a configuration in this window.'));
	}
	const rows = all.map((launch) => ({ label: withoutIcons(launch.name), description: launch.folder.name, launch }));
	const placeHolder =
		wanted === undefined
			? vscode.l10n.t('The configuration that is to begin there')
			: vscode.l10n.t('There is no configuration {0}. Which one is to begin there?', quoted(wanted));
	const picked = await vscode.window.showQuickPick(rows, { title: vscode.l10n.t('Debug from Here'), placeHolder });
	if (picked === undefined) {
		throw new vscode.CancellationError();
	}
	return picked.launch;
}

/** What people write in launch.json may be anything. */
function namesOf(list: unknown): string[] {
	return Array.isArray(list)
		? list.flatMap((each: unknown) => {
				const { name } = (each ?? {}) as { name?: unknown };
				return typeof name === 'string' ? [name] : [];
			})
		: [];
}
