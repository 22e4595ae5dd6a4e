import * as vscode from 'vscode';
import type { DeviceInfo, JobInfo, LabProblem, LocalBackup, SnapshotInfo } from '../../contract/index.ts';
import { formatAge, formatBytes, formatMonth, formatNumber, formatWhen, iosText, snapshotPhrase } from '../format.ts';
import { jobTitle, progressText } from '../jobText.ts';
import { inline, plainText, quoted } from '../text.ts';
import { spokenJob } from './deviceItem.ts';
import type { DeviceFact } from './deviceFacts.ts';
import { joined, rowColors, sentences, type RowItem } from './item.ts';

/**
 * *Now*: where the device stands. iOS has no cheap way to tell whether anything changed since, so the row says so only where it is certain.
 */
export function nowItem(device: DeviceInfo | undefined, head: SnapshotInfo | undefined, nowMs: number): RowItem {
	const label = vscode.l10n.t('Now');
	if (head === undefined) {
		const text = vscode.l10n.t('not backed up here yet');
		return {
			label,
			description: text,
			icon: { name: 'circle-outline' },
			words: ['now', 'noHead'],
			spoken: vscode.l10n.t('Now: {0}.', text),
		};
	}
	// What it came from is a name where there is one; a time says the same and is shorter than “the snapshot of …”.
	const base = head.name === undefined ? formatWhen(head.takenAt, nowMs) : quoted(head.name);
	const isUpdated = device?.iosVersion !== undefined && head.iosVersion !== undefined && device.iosVersion !== head.iosVersion;
	const change = isUpdated
		? vscode.l10n.t('changed since {0}: now iOS {1}', base, inline(device.iosVersion ?? ''))
		: vscode.l10n.t('may have changed since {0}', base);
	return {
		label,
		description: change,
		icon: { name: 'location', color: rowColors.head },
		words: ['now', isUpdated ? 'changed' : 'maybeChanged'],
		spoken: vscode.l10n.t('Now: the device {0}.', change),
	};
}

/** A running job. */
export function jobItem(job: JobInfo, deviceName: string | undefined): RowItem {
	const name = job.snapshotName === undefined ? undefined : inline(job.snapshotName);
	return {
		label: jobTitle(job.kind),
		description: joined([progressText(job), name]),
		icon: job.waitsFor === undefined ? { name: 'sync~spin', color: rowColors.running } : { name: 'bell-dot', color: rowColors.waiting },
		words: ['job', job.cancelling ? 'cancelling' : 'cancellable', ...(job.waitsFor === undefined ? [] : ['waits'])],
		spoken: spokenJob(job, deviceName ?? ''),
	};
}

/** Older snapshots of a month. */
export function olderItem(month: string, count: number): RowItem {
	const label = month === '' ? vscode.l10n.t('Older') : vscode.l10n.t('Older: {0}', formatMonth(month));
	const amount = snapshotCount(count);
	return {
		label,
		description: amount,
		icon: { name: 'history' },
		words: ['older'],
		collapsed: 'collapsed',
		spoken: vscode.l10n.t('{0}: {1}.', label, amount),
	};
}

/** `12 snapshots`. */
export function snapshotCount(count: number): string {
	return count === 1 ? vscode.l10n.t('1 snapshot') : vscode.l10n.t('{0} snapshots', formatNumber(count));
}

/** iCloud Backup of a device: on, off, or unknown; never a guess. */
export function cloudBackupItem({ cloud }: DeviceFact, nowMs: number): RowItem {
	const state = cloud?.cloudBackup ?? 'unknown';
	const text = { on: vscode.l10n.t('on'), off: vscode.l10n.t('off'), unknown: vscode.l10n.t('unknown') }[state];
	const last = cloud?.lastBackupAt === undefined ? undefined : vscode.l10n.t('last {0}', formatWhen(cloud.lastBackupAt, nowMs));
	return {
		label: vscode.l10n.t('iCloud Backup'),
		description: joined([text, last]),
		icon: { name: state === 'on' ? 'cloud' : state === 'off' ? 'circle-slash' : 'question' },
		words: ['cloudBackup', { on: 'cloudOn', off: 'cloudOff', unknown: 'cloudUnknown' }[state]],
		spoken: sentences([
			vscode.l10n.t('iCloud Backup: {0}.', text),
			cloud?.lastBackupAt === undefined ? undefined : vscode.l10n.t('It last ran {0}.', formatAge(cloud.lastBackupAt, nowMs)),
		]),
	};
}

/** Whether a device encrypts its backups, and whether it must. */
export function encryptionItem(device: DeviceInfo | undefined, { encryption }: DeviceFact): RowItem {
	// What the device was asked for may be older than what its list says.
	const state = device === undefined || device.encryption === 'unknown' ? (encryption?.encryption ?? 'unknown') : device.encryption;
	const isRequired = encryption?.required === 'on';
	const text = { on: vscode.l10n.t('on'), off: vscode.l10n.t('off'), unknown: vscode.l10n.t('unknown') }[state];
	const required = isRequired ? vscode.l10n.t('required by its organisation') : undefined;
	return {
		label: vscode.l10n.t('Backup encryption'),
		description: joined([text, required]),
		icon: { name: state === 'on' ? 'lock' : state === 'off' ? 'unlock' : 'question' },
		words: [
			'encryption',
			{ on: 'encryptionOn', off: 'encryptionOff', unknown: 'encryptionUnknown' }[state],
			...(isRequired ? ['encryptionRequired'] : []),
		],
		spoken:
			required === undefined
				? vscode.l10n.t('Backup encryption: {0}.', text)
				: vscode.l10n.t('Backup encryption: {0}, {1}.', text, required),
	};
}

/** A device of which only snapshots are here. */
export function storedDeviceItem(name: string, snapshots: readonly SnapshotInfo[], nowMs: number): RowItem {
	const newest = snapshots[0];
	const amount = snapshotCount(snapshots.length);
	const last = newest === undefined ? undefined : vscode.l10n.t('last {0}', formatWhen(newest.takenAt, nowMs));
	const model = newest?.model === undefined ? undefined : inline(newest.model);
	return {
		label: name,
		description: joined([amount, last, model, iosText(newest?.iosVersion)]),
		icon: { name: 'archive' },
		words: [
			'storedDevice',
			...(newest === undefined ? [] : ['hasSnapshots']),
			...(snapshots.some((each) => each.name !== undefined) ? ['hasBaseline'] : []),
		],
		collapsed: 'collapsed',
		spoken: vscode.l10n.t('Device {0}, not attached: {1}.', inline(name), joined([amount, last])),
	};
}

/** The group of backups that other programs keep. @param count - undefined while it is being looked for. */
export function backupsItem(count: number | undefined): RowItem {
	const label = vscode.l10n.t('Backups of other programs');
	const amount = count === undefined ? undefined : formatNumber(count);
	return {
		label,
		description: joined([vscode.l10n.t('Finder, iTunes, Apple Devices'), amount]),
		icon: { name: 'folder-library' },
		words: ['backups'],
		collapsed: 'collapsed',
		spoken:
			amount === undefined
				? vscode.l10n.t('Backups that Finder, iTunes or Apple Devices keep on this computer.')
				: vscode.l10n.t('Backups that Finder, iTunes or Apple Devices keep on this computer: {0}.', amount),
	};
}

/** A backup of another program, whether it is adopted, and why it cannot be. */
export function backupItem(backup: LocalBackup, adoptedAs: SnapshotInfo | undefined, problem: string | undefined, nowMs: number): RowItem {
	const name = backup.deviceName === undefined ? '' : plainText(backup.deviceName);
	const label = name === '' ? plainText(backup.path.split(/[\\/]/).at(-1) ?? backup.path) : name;
	const state =
		adoptedAs === undefined
			? (problem ?? (backup.finished ? undefined : vscode.l10n.t('never finished')))
			: vscode.l10n.t('adopted as {0}', snapshotPhrase(adoptedAs, nowMs));
	const canAdopt = adoptedAs === undefined && backup.finished && backup.problem === undefined;
	const description = joined([
		state,
		backup.date === undefined ? undefined : formatWhen(backup.date, nowMs),
		backup.model === undefined ? undefined : inline(backup.model),
		iosText(backup.iosVersion),
		backup.sizeBytes === undefined ? undefined : formatBytes(backup.sizeBytes),
		backup.encrypted === true ? vscode.l10n.t('encrypted') : undefined,
	]);
	return {
		label,
		description,
		icon: adoptedAs === undefined ? (canAdopt ? { name: 'package' } : { name: 'warning', color: rowColors.damaged }) : { name: 'check' },
		words: ['backup', adoptedAs === undefined ? (canAdopt ? 'adoptable' : 'notAdoptable') : 'adopted'],
		spoken: vscode.l10n.t('Backup of {0} by another program: {1}.', inline(label), description),
	};
}

/** A folder that may not be read, with the reason. */
export function problemItem({ details }: LabProblem, sentence: string): RowItem {
	const { path, folder } = details;
	const place = typeof path === 'string' ? path : typeof folder === 'string' ? folder : undefined;
	return {
		label: place === undefined ? sentence : plainText(place, 200),
		description: place === undefined ? undefined : sentence,
		icon: { name: 'warning', color: rowColors.damaged },
		words: ['problem'],
		spoken: sentence,
	};
}
