import * as vscode from 'vscode';
import {
	EXIT,
	usualRollbackChoices,
	type ExitCode,
	type LabTask,
	type RollbackParams,
	type RollbackResult,
	type SnapshotInfo,
	type StateCheck,
	type TaskAction,
} from '../contract/index.ts';
import { formatBytes, inline, quoted, snapshotPhrase } from '../views/index.ts';
import { waitForDevice } from './waitForDevice.ts';
import { runWatched } from './watchedJob.ts';
import type { TaskRun } from './world.ts';

/** What one action does on one device. Resolves with the exit code; rejects as `runOnDevice` explains. */
type Action = (task: LabTask, udid: string, run: TaskRun) => Promise<ExitCode>;

const MAX_DIFFERENCES = 5;

/** What each action does: this does not compile when one is missing. */
export const actions: Readonly<Record<TaskAction, Action>> = {
	backup: async (task, udid, run) => {
		const { world, report } = run;
		report.line(
			task.name === undefined
				? vscode.l10n.t('Backing up {0}', nameOf(udid, run))
				: vscode.l10n.t('Backing up {0} as {1}', nameOf(udid, run), quoted(task.name)),
		);
		const params = { udid, trigger: 'task', ...(task.name === undefined ? {} : { name: task.name }) };
		const snapshot = await runWatched(run, { method: 'snapshots/take', kind: 'snapshot', udid, params }, task);
		report.line(
			vscode.l10n.t(
				'{0} is backed up: {1}, of which {2} are new. Snapshot {3}.',
				nameOf(udid, run),
				formatBytes(snapshot.sizeBytes),
				formatBytes(snapshot.addedBytes),
				snapshot.id.slice(0, 8),
			),
		);
		world.recent.used(udid);
		return EXIT.done;
	},
	rollback: async (task, udid, run) => {
		const { world, report, token } = run;
		const snapshot = await world.client.request('snapshots/find', { udid, snapshot: task.snapshot ?? '' }, token);
		const phrase = snapshotPhrase(snapshot, world.clock.now());
		report.line(vscode.l10n.t('Rolling {0} back to {1}', nameOf(udid, run), phrase));
		if (task.ifUnchanged === 'skip' && (await standsAt(snapshot, run))) {
			report.line(vscode.l10n.t('{0} stands at {1} already, as far as it tells. Nothing was done.', nameOf(udid, run), phrase));
			return EXIT.done;
		}
		const password = await world.snapshotPassword(snapshot, vscode.l10n.t('Roll Back {0}', nameOf(udid, run)));
		const params: RollbackParams = {
			udid,
			snapshot: snapshot.id,
			...(password === undefined ? {} : { password }),
			choices: usualRollbackChoices,
			safety: task.safety ?? world.takesSafetySnapshot(),
		};
		const { findings } = await world.client.request('rollback/plan', params, token);
		for (const { message } of findings.filter(({ severity }) => severity === 'warning')) {
			report.line(`  ${inline(message, 300)}`);
		}
		const result = await runWatched(run, { method: 'rollback/run', kind: 'rollback', udid, params }, task);
		tellRolledBack(result, phrase, udid, run);
		world.recent.used(udid);
		return EXIT.done;
	},
	assertState: async (task, udid, run) => {
		const { world, report, token } = run;
		const check = await world.client.request('state/check', { udid, snapshot: task.snapshot ?? '' }, token);
		const phrase = snapshotPhrase(check.snapshot, world.clock.now());
		const device = nameOf(udid, run);
		const refusal = refusalOfState(check, phrase, udid, run);
		if (refusal !== undefined) {
			report.line(refusal);
			return EXIT.refused;
		}
		report.line(
			check.proof.verdict === 'verified'
				? vscode.l10n.t('{0} is at {1}: name, apps and photos are as they were. Data within apps was not looked at.', device, phrase)
				: vscode.l10n.t('{0} was last brought to {1}. It tells nothing to compare.', device, phrase),
		);
		return EXIT.done;
	},
	verify: async (task, udid, run) => {
		const { report, world, token } = run;
		const named =
			task.snapshot === undefined ? undefined : await world.client.request('snapshots/find', { udid, snapshot: task.snapshot }, token);
		report.line(
			named === undefined
				? vscode.l10n.t('Verifying the snapshots of {0}', nameOf(udid, run))
				: vscode.l10n.t('Verifying {0}', snapshotPhrase(named, world.clock.now())),
		);
		const params = { udid, ...(named === undefined ? {} : { snapshot: named.id }) };
		const check = await runWatched(run, { method: 'snapshots/verify', kind: 'verify', udid, params }, task);
		if (check.whole) {
			report.line(vscode.l10n.t('All is whole: {0} snapshots, {1} read.', check.checkedSnapshots, formatBytes(check.checkedBytes)));
			return EXIT.done;
		}
		for (const { id, name, damagedFiles } of check.damagedSnapshots) {
			report.line(vscode.l10n.t('Damaged: {0}, {1} files.', name === undefined ? id.slice(0, 8) : quoted(name), damagedFiles));
		}
		report.line(vscode.l10n.t('The store is damaged. “Repair” sets aside what cannot be used.'));
		return EXIT.damaged;
	},
	wait: (task, udid, run) => waitForDevice(task, udid, run),
};

/** A device as sentences name it. */
export function nameOf(udid: string, { world }: Pick<TaskRun, 'world'>): string {
	return quoted(world.lab.deviceName(udid));
}

/** Whether nothing says that the device is elsewhere. One that does not tell is rolled back. */
async function standsAt({ udid, id }: SnapshotInfo, { world, token }: TaskRun): Promise<boolean> {
	const { isHead, proof } = await world.client.request('state/check', { udid, snapshot: id }, token);
	return isHead && proof.verdict === 'verified';
}

function refusalOfState({ isHead, proof }: StateCheck, phrase: string, udid: string, run: TaskRun): string | undefined {
	const device = nameOf(udid, run);
	if (!isHead) {
		const head = run.world.lab.snapshots(udid).find((snapshot) => snapshot.isHead && snapshot.kind === 'device');
		return head === undefined
			? vscode.l10n.t('{0} is not at {1}: it was never brought to a snapshot.', device, phrase)
			: vscode.l10n.t('{0} is not at {1}: it stands at {2}.', device, phrase, snapshotPhrase(head, run.world.clock.now()));
	}
	return proof.verdict === 'differs'
		? vscode.l10n.t('{0} is no longer at {1}. It differs in: {2}.', device, phrase, placesOf(proof.differences))
		: undefined;
}

function placesOf(differences: readonly string[]): string {
	return differences
		.slice(0, MAX_DIFFERENCES)
		.map((place) => inline(place))
		.join(', ');
}

function tellRolledBack({ proof, restart, safety }: RollbackResult, phrase: string, udid: string, run: TaskRun): void {
	const { report } = run;
	const device = nameOf(udid, run);
	if (safety !== undefined) {
		report.line(vscode.l10n.t('What was there before is kept as snapshot {0}.', safety.id.slice(0, 8)));
	}
	report.line(vscode.l10n.t('{0} is back at {1}.', device, phrase));
	switch (proof.verdict) {
		case 'verified':
			report.line(vscode.l10n.t('Verified: it answers as it did when the snapshot was taken.'));
			break;
		case 'differs':
			report.line(vscode.l10n.t('It differs in {0} places: {1}', proof.differences.length, placesOf(proof.differences)));
			break;
		case 'cannot-tell':
			report.line(
				restart === 'restarted'
					? vscode.l10n.t('Whether it is as it was cannot be told.')
					: vscode.l10n.t('It is restarting. Unlock it once when it is back.'),
			);
	}
}
