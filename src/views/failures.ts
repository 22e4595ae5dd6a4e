import * as vscode from 'vscode';
import { isErrorReport, type ErrorReport, type JobKind } from '../contract/index.ts';
import { commandIds, settingIds, type CommandId, type CommandTarget } from '../contributions.ts';
import { failureLine, sentenceOf, type FailureContext } from './errorMessages.ts';
import { plainText, unlinked } from './text.ts';

/** What is known of a failure beside the error itself. */
export interface ShownContext extends FailureContext {
	/** What the work was about: the action that is offered works on it. */
	readonly target?: CommandTarget;
}

/** An action that helps against a failure. */
interface Action {
	readonly title: string;
	run(): unknown;
}

/** The report that a failed request carries; of anything else, one that says `INTERNAL`. */
export function reportOf(error: unknown): ErrorReport {
	const { report } = (error ?? {}) as { report?: unknown };
	return isErrorReport(report)
		? report
		: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} };
}

/**
 * Tells a person that something failed: what happened, whether their data is safe, what to do next, with *Show Log* and the action that
 * fits. A cancellation is no failure and is not shown. Resolves when the message is gone.
 */
export async function showFailure(error: unknown, log: vscode.LogOutputChannel, context: ShownContext = {}): Promise<void> {
	if (error instanceof vscode.CancellationError) {
		return;
	}
	const report = reportOf(error);
	if (report.code === 'CANCELLED') {
		return;
	}
	await showReport(report, log, context, error);
}

/** The same for a report that came without an error, such as that of a job that ended. */
export async function showReport(
	report: ErrorReport,
	log: vscode.LogOutputChannel,
	context: ShownContext = {},
	error?: unknown,
): Promise<void> {
	const text = sentenceOf(report, context);
	log.error(`${report.code}: ${plainText(report.message, 1000)}${text.details === undefined ? '' : ` – ${text.details}`}`);
	if (report.code === 'INTERNAL' && error instanceof Error && error.stack !== undefined) {
		log.debug(error.stack);
	}
	const line = unlinked(failureLine(text));
	if (vscode.workspace.getConfiguration().get(settingIds.notifications) === 'never') {
		vscode.window.setStatusBarMessage(`$(error) ${unlinked(text.message).replaceAll('$(', '\\$(')}`, 10_000);
		return;
	}
	const actions = [...actionsFor(report, context), { title: vscode.l10n.t('Show Log'), run: () => log.show() }];
	const chosen = await vscode.window.showErrorMessage(line, ...actions.map(({ title }) => title));
	await actions.find(({ title }) => title === chosen)?.run();
}

function command(id: CommandId, title: string, target?: CommandTarget): Action {
	return { title, run: () => vscode.commands.executeCommand(id, ...(target === undefined ? [] : [target])) };
}

/** What helps against a failure, at most one thing: a notification with many buttons is not read. */
function actionsFor({ code, details }: ErrorReport, { kind, target }: ShownContext): Action[] {
	switch (code) {
		case 'MUX_UNAVAILABLE':
		case 'MUX_REFUSED':
			return [command(commandIds.checkComputer, vscode.l10n.t('Check This Computer'))];
		case 'NOT_PAIRED':
		case 'PAIR_RECORD_STALE':
		case 'PAIRING_PENDING':
		case 'PAIRING_DENIED':
			return target?.udid === undefined ? [] : [command(commandIds.pair, vscode.l10n.t('Pair…'), { udid: target.udid })];
		case 'HOST_FULL':
			return [command(commandIds.cleanUp, vscode.l10n.t('Clean Up Snapshots…'))];
		case 'STORE_DAMAGED':
			return [command(commandIds.repairStore, vscode.l10n.t('Repair…'))];
		case 'STORE_UNUSABLE':
		case 'STORE_NEWER':
			return [
				{
					title: vscode.l10n.t('Open Settings'),
					run: () => vscode.commands.executeCommand('workbench.action.openSettings', settingIds.storeFolder),
				},
			];
		case 'BACKUP_DAMAGED':
			return target?.snapshot === undefined ? [] : [command(commandIds.verifySnapshot, vscode.l10n.t('Verify Snapshot'), target)];
		case 'ENGINE_STOPPED':
			// One that starts again by itself needs nobody: what it was doing does.
			return details['gaveUp'] === true ? [command(commandIds.restartEngine, vscode.l10n.t('Restart Engine'))] : again(kind, target);
		default:
			return [];
	}
}

/** Begins anew what was interrupted, where that asks no more than it did before. */
function again(kind: JobKind | undefined, target: CommandTarget | undefined): Action[] {
	if (target?.udid === undefined) {
		return [];
	}
	switch (kind) {
		case 'snapshot':
			return [command(commandIds.backUp, vscode.l10n.t('Back Up Again'), { udid: target.udid })];
		case 'rollback':
			return [command(commandIds.rollBack, vscode.l10n.t('Roll Back Again…'), { udid: target.udid })];
		default:
			return [];
	}
}
