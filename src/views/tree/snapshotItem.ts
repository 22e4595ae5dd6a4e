import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { formatBytes, formatWhen, snapshotTitle } from '../format.ts';
import { inline } from '../text.ts';
import { joined, rowColors, sentences, type RowIcon, type RowItem } from './item.ts';

/** Everything that the row of a snapshot shows. */
export interface SnapshotView {
	readonly snapshot: SnapshotInfo;
	/** It is not in the line from which the device's present state came. */
	readonly isOtherBranch: boolean;
	/** Its device is attached. */
	readonly isAttached: boolean;
	/** Its device is at work, for this editor or another program. */
	readonly isBusy: boolean;
	readonly nowMs: number;
}

/** The row of a snapshot: its name or time, its size, and what stands out about it, in words. */
export function snapshotItem(view: SnapshotView): RowItem {
	const { snapshot, isOtherBranch, nowMs } = view;
	return {
		label: snapshotTitle(snapshot, nowMs),
		description: joined([
			snapshot.isHead ? (snapshot.kind === 'app' ? vscode.l10n.t('the app is here') : vscode.l10n.t('you are here')) : undefined,
			snapshot.name === undefined ? undefined : formatWhen(snapshot.takenAt, nowMs),
			formatBytes(snapshot.sizeBytes),
			snapshot.damagedAt === undefined ? undefined : vscode.l10n.t('damaged'),
			snapshot.encrypted ? vscode.l10n.t('encrypted') : undefined,
			snapshot.pinned ? vscode.l10n.t('pinned') : undefined,
			isVerified(snapshot) ? vscode.l10n.t('verified') : undefined,
			kindText(snapshot),
			isOtherBranch ? vscode.l10n.t('other branch') : undefined,
		]),
		icon: iconOf(view),
		words: wordsOf(view),
		spoken: spokenOf(view),
	};
}

function isVerified({ verifiedAt, damagedAt }: SnapshotInfo): boolean {
	return verifiedAt !== undefined && damagedAt === undefined;
}

/** Why it is there, where nobody asked for it by hand. */
function kindText({ app, kind, trigger }: SnapshotInfo): string | undefined {
	const why = triggerText(trigger);
	return kind === 'app' ? joined([vscode.l10n.t('app {0}', inline(app?.name ?? app?.bundleId ?? '', 40)), why]) : why;
}

function triggerText(trigger: string): string | undefined {
	switch (trigger) {
		case 'manual':
			return undefined;
		case 'safety':
			return vscode.l10n.t('safety snapshot');
		case 'import':
			return vscode.l10n.t('adopted');
		case 'scheduled':
			return vscode.l10n.t('automatic');
		case 'on-failure':
			return vscode.l10n.t('kept after a failure');
		case 'before-deploy':
			return vscode.l10n.t('before deploy');
		case 'compare':
			return vscode.l10n.t('for a comparison');
		default:
			return inline(trigger, 30);
	}
}

function iconOf({ snapshot, isOtherBranch }: SnapshotView): RowIcon {
	if (snapshot.damagedAt !== undefined) {
		return { name: 'warning', color: rowColors.damaged };
	}
	if (snapshot.isHead) {
		return { name: 'target', color: rowColors.head };
	}
	if (snapshot.kind === 'app') {
		return { name: snapshot.pinned ? 'pinned' : 'package' };
	}
	return { name: snapshot.pinned ? 'pinned' : snapshot.encrypted ? 'lock' : isOtherBranch ? 'git-branch' : 'git-commit' };
}

function wordsOf({ snapshot, isAttached, isBusy }: SnapshotView): string[] {
	return [
		'snapshot',
		snapshot.kind === 'app' ? 'appState' : 'deviceState',
		snapshot.name === undefined ? 'unnamed' : 'named',
		snapshot.pinned ? 'pinned' : 'unpinned',
		snapshot.encrypted ? 'encrypted' : 'unencrypted',
		snapshot.damagedAt === undefined ? (snapshot.verifiedAt === undefined ? 'unverified' : 'verified') : 'damaged',
		...(snapshot.isHead ? ['head'] : []),
		isAttached ? 'attached' : 'away',
		isBusy ? 'busy' : 'idle',
	];
}

function spokenOf({ snapshot, isOtherBranch, nowMs }: SnapshotView): string {
	const when = formatWhen(snapshot.takenAt, nowMs);
	const size = formatBytes(snapshot.sizeBytes);
	return sentences([
		snapshot.name === undefined
			? vscode.l10n.t('Snapshot of {0}, {1}.', when, size)
			: vscode.l10n.t('Snapshot {0} of {1}, {2}.', inline(snapshot.name), when, size),
		snapshot.kind === 'app'
			? vscode.l10n.t('It holds the data of the app {0} only.', inline(snapshot.app?.name ?? snapshot.app?.bundleId ?? ''))
			: undefined,
		snapshot.isHead
			? snapshot.kind === 'app'
				? vscode.l10n.t('The app stands here.')
				: vscode.l10n.t('The device stands here.')
			: undefined,
		snapshot.encrypted ? vscode.l10n.t('Encrypted.') : undefined,
		snapshot.pinned ? vscode.l10n.t('Pinned.') : undefined,
		snapshot.damagedAt === undefined ? undefined : vscode.l10n.t('Damage was found in it.'),
		isVerified(snapshot) ? vscode.l10n.t('Verified.') : undefined,
		snapshot.trigger === 'safety' ? vscode.l10n.t('Taken for safety before a roll-back.') : undefined,
		snapshot.trigger === 'import' ? vscode.l10n.t('Adopted from another program.') : undefined,
		isOtherBranch ? vscode.l10n.t('On another branch than the present state.') : undefined,
	]);
}
