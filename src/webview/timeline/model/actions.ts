import * as l10n from '@vscode/l10n';
import type { JobInfo, SnapshotInfo, TimelineAction, TimelineDevice } from '../../../contract/index.ts';

/** What an action needs to know. */
export interface ActionScene {
	readonly device: TimelineDevice;
	readonly jobs: readonly JobInfo[];
}

/** One thing that can be done with a snapshot, or why it cannot be done now. */
export interface ActionItem {
	readonly action: TimelineAction;
	readonly label: string;
	readonly icon: string;
	/** Absent when it can be done. */
	readonly obstacle?: string | undefined;
}

/** All that can be done with a snapshot, the most wanted first. */
export function actionsOf(snapshot: SnapshotInfo, scene: ActionScene): readonly ActionItem[] {
	const device = deviceObstacle(scene);
	const damaged = snapshot.damagedAt === undefined ? undefined : l10n.t('This snapshot is damaged.');
	const isApp = snapshot.kind === 'app' ? l10n.t('An app’s snapshot goes back to its own device only.') : undefined;
	return [
		{ action: 'rollBack', label: l10n.t('Roll Back…'), icon: 'discard', obstacle: damaged ?? device },
		{ action: 'restoreOntoOther', label: l10n.t('Restore onto Another Device…'), icon: 'device-mobile', obstacle: isApp ?? damaged },
		{ action: 'name', label: l10n.t('Name…'), icon: 'tag' },
		{ action: 'note', label: l10n.t('Note…'), icon: 'note' },
		snapshot.pinned ? { action: 'unpin', label: l10n.t('Unpin'), icon: 'pinned' } : { action: 'pin', label: l10n.t('Pin'), icon: 'pin' },
		{ action: 'verify', label: l10n.t('Verify'), icon: 'verified' },
		{ action: 'export', label: l10n.t('Export…'), icon: 'export', obstacle: damaged },
		{
			action: 'delete',
			label: l10n.t('Delete…'),
			icon: 'trash',
			obstacle: snapshot.pinned ? l10n.t('It is pinned. Unpin it first.') : undefined,
		},
	];
}

/** Why the device itself cannot be worked with now. */
export function deviceObstacle({ device, jobs }: ActionScene): string | undefined {
	if (!device.ready) {
		return device.obstacle ?? l10n.t('{0} is not attached.', device.name);
	}
	return jobs.some((job) => job.udid === device.udid) ? l10n.t('{0} is busy with another job.', device.name) : undefined;
}

/** The line for a shell that brings the device back to a snapshot. */
export function shellCommand(device: TimelineDevice, snapshot: SnapshotInfo): string {
	const target = snapshot.name !== undefined && isPlain(snapshot.name) ? snapshot.name : snapshot.id;
	return snapshot.app !== undefined
		? `devicelab app-rollback ${device.udid} ${snapshot.app.bundleId} ${target}`
		: `devicelab rollback ${device.udid} ${target}`;
}

/** Means itself in every shell. What is not plain is left out of the line rather than quoted: shells differ in how. */
function isPlain(text: string): boolean {
	return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text);
}
