import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import type { CommandTarget } from '../../contributions.ts';
import { pickSnapshots, quoted } from '../../views/index.ts';
import { wrongUse } from '../definition.ts';
import { deviceFor } from '../devices.ts';
import type { TaskWorld } from '../world.ts';

/** The snapshot of the row that a command was called on, else the one that a person chooses; those with names first. @throws CancellationError */
export async function chooseSnapshot(
	world: Omit<TaskWorld, 'debugging' | 'runTask'>,
	{ udid, snapshot }: CommandTarget,
	title: string,
	kinds: readonly SnapshotInfo['kind'][],
): Promise<SnapshotInfo> {
	const own = udid === undefined || snapshot === undefined ? undefined : world.lab.snapshot(udid, snapshot);
	if (own !== undefined) {
		return own;
	}
	const device = await deviceFor(udid ?? 'select', world);
	const offered = world.lab.snapshots(device).filter(({ kind }) => kinds.includes(kind));
	if (offered.length === 0) {
		throw wrongUse(vscode.l10n.t('There is no snapshot of {0} yet.', quoted(world.lab.deviceName(device))));
	}
	const picked = await pickSnapshots(
		[...offered.filter(({ name }) => name !== undefined), ...offered.filter(({ name }) => name === undefined)],
		{ title, placeholder: vscode.l10n.t('The state that the launch is to begin from'), nowMs: world.clock.now() },
	);
	const chosen = picked?.[0];
	if (chosen === undefined) {
		throw new vscode.CancellationError();
	}
	return chosen;
}
