import * as vscode from 'vscode';
import type { JobKind, LabParams, LabResult } from '../contract/index.ts';
import { showFailure } from '../views/index.ts';
import type { Command, CommandContext } from './context.ts';
import { targetsOf } from './targets.ts';

/** A failure that was shown when its job ended: the one who asked for the job adds nothing to it. */
class ShownFailure extends Error {}

/** Whether the user, or whoever cancelled, knows already that it was not done. */
export function isCancellation(error: unknown): boolean {
	return error instanceof vscode.CancellationError;
}

/** Runs a command, and shows what it failed with. Never rejects: whoever calls a command by its id could do nothing about it. */
export async function run(command: Command, context: CommandContext, target: unknown, selected: unknown): Promise<void> {
	try {
		await command(context, targetsOf(target, selected));
	} catch (error) {
		report(context, error);
	}
}

/** Shows a failure, unless it is shown already or nobody needs to be told. */
export function report(context: CommandContext, error: unknown): void {
	if (!isCancellation(error) && !(error instanceof ShownFailure)) {
		void showFailure(error, context.log);
	}
}

/** Methods whose work is shown as a job while it runs, and as what. */
const JOB_KINDS = {
	'devices/pair': 'pair',
	'encryption/change': 'encryption',
	'cloudBackup/set': 'cloud-backup',
	'snapshots/take': 'snapshot',
	'snapshots/export': 'export',
	'snapshots/import': 'import',
	'snapshots/verify': 'verify',
	'rollback/run': 'rollback',
	'apps/install': 'install',
	'apps/uninstall': 'uninstall',
	'apps/snapshot': 'app-snapshot',
	'apps/rollBack': 'app-rollback',
	'apps/export': 'export',
	'apps/import': 'app-import',
	'state/ensure': 'state',
	'retention/apply': 'retention',
	'store/prune': 'prune',
	'store/repair': 'repair',
} as const satisfies Record<string, JobKind>;

/**
 * Asks for work that is shown as a job while it runs.
 * @throws `CancellationError` when it was cancelled; a failure that the view of jobs has shown is not shown again by `run`.
 */
export async function runJob<M extends keyof typeof JOB_KINDS>(
	{ lab, client }: CommandContext,
	method: M,
	params: LabParams<M>,
): Promise<LabResult<M>> {
	const udid = 'udid' in params ? params.udid : undefined;
	let isShown = false;
	// The engine tells the end of a job before it answers; what it refuses before it makes a job of it has no end.
	const listening = lab.onDidEndJob(({ job, outcome }) => {
		isShown ||= outcome !== 'done' && job.kind === JOB_KINDS[method] && job.udid === udid;
	});
	try {
		return await client.request(method, params);
	} catch (error) {
		throw isShown && !isCancellation(error) ? new ShownFailure('shown when the job ended', { cause: error }) : error;
	} finally {
		listening.dispose();
	}
}

/** What became of the same work on several devices or snapshots. */
export interface Settled<Item, Result> {
	readonly done: readonly { readonly item: Item; readonly result: Result }[];
	readonly failed: readonly Item[];
	readonly cancelled: readonly Item[];
}

/** Does the same with each, all at once: one that fails stops no other, and is shown on its own. */
export async function runEach<Item, Result>(
	context: CommandContext,
	items: readonly Item[],
	act: (item: Item) => Promise<Result>,
): Promise<Settled<Item, Result>> {
	const done: { item: Item; result: Result }[] = [];
	const failed: Item[] = [];
	const cancelled: Item[] = [];
	await Promise.all(
		items.map(async (item) => {
			try {
				done.push({ item, result: await act(item) });
			} catch (error) {
				(isCancellation(error) ? cancelled : failed).push(item);
				report(context, error);
			}
		}),
	);
	return { done, failed, cancelled };
}
