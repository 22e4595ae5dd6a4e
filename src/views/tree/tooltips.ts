import * as vscode from 'vscode';
import type { AppInfo, AutomaticMode, AutomaticReport, DeviceInfo, JobInfo, LocalBackup, SnapshotInfo } from '../../contract/index.ts';
import { batteryText, formatAge, formatBytes, formatNumber, formatTime, snapshotPhrase, transportText } from '../format.ts';
import { jobTitle, leaseText, progressText, waitSentence } from '../jobText.ts';
import { markdown } from '../text.ts';
import { appTitle, versionText, type AppView } from './appItem.ts';
import { automaticText } from './automaticItem.ts';
import type { DeviceFact } from './deviceFacts.ts';
import type { DeviceView } from './deviceItem.ts';
import type { SnapshotView } from './snapshotItem.ts';

type Line = readonly [label: string, value: string | undefined];

/** A heading and lines of label and value. Every text becomes Markdown that shows exactly it; nothing in a tooltip is a link or a command. */
function card(heading: string, lines: readonly Line[], remarks: readonly (string | undefined)[] = []): vscode.MarkdownString {
	const body = lines.flatMap(([label, value]) => (value === undefined ? [] : [`${markdown(label)}: ${markdown(value)}`]));
	const tail = remarks.flatMap((remark) => (remark === undefined ? [] : [markdown(remark)]));
	const tooltip = new vscode.MarkdownString(
		[`**${markdown(heading, 200)}**`, body.join('  \n'), ...tail].filter((part) => part !== '').join('\n\n'),
	);
	tooltip.isTrusted = false;
	tooltip.supportHtml = false;
	return tooltip;
}

function knownText(known: DeviceInfo['findMy']): string | undefined {
	return { on: vscode.l10n.t('on'), off: vscode.l10n.t('off'), unknown: undefined }[known];
}

/** Everything that is known of a device. */
export function deviceTooltip({ udid, name, device, job, lease, newest, automatic }: DeviceView, nowMs: number): vscode.MarkdownString {
	const free = device?.freeBytes;
	const total = device?.totalBytes;
	return card(
		device?.name ?? name,
		[
			[vscode.l10n.t('Model'), device?.model ?? device?.productType],
			['iOS', device?.iosVersion === undefined ? undefined : [device.iosVersion, device.buildVersion].filter(Boolean).join(', ')],
			[vscode.l10n.t('Attached over'), device === undefined ? undefined : transportText(device)],
			[vscode.l10n.t('Muxer'), device?.muxer],
			[vscode.l10n.t('Battery'), device === undefined ? undefined : batteryText(device)],
			[
				vscode.l10n.t('Free space'),
				free === undefined
					? undefined
					: total === undefined
						? formatBytes(free)
						: vscode.l10n.t('{0} of {1}', formatBytes(free), formatBytes(total)),
			],
			[vscode.l10n.t('Encrypted backups'), device === undefined ? undefined : knownText(device.encryption)],
			[vscode.l10n.t('Find My'), device === undefined ? undefined : knownText(device.findMy)],
			[vscode.l10n.t('Supervised'), device === undefined ? undefined : knownText(device.supervised)],
			[vscode.l10n.t('Last snapshot'), newest === undefined ? undefined : formatAge(newest.takenAt, nowMs)],
			[vscode.l10n.t('Automatic backup'), device === undefined ? undefined : automaticText(automatic, udid, nowMs)],
			['UDID', udid],
		],
		[
			job?.waitsFor === undefined ? undefined : waitSentence(job.waitsFor, name),
			job === undefined ? undefined : `${jobTitle(job.kind)}: ${progressText(job)}`,
			lease === undefined ? undefined : leaseText(lease),
			device === undefined ? undefined : trustRemark(device),
		],
	);
}

/** What to do about a device that cannot be used. */
function trustRemark({ trust, locked }: DeviceInfo): string | undefined {
	switch (trust) {
		case 'not-paired':
			return vscode.l10n.t('Not paired: unlock it, choose Pair…, and tap Trust on its screen.');
		case 'stale':
			return vscode.l10n.t('It no longer trusts this computer, as after a reset or a restore: unlock it and pair it again.');
		case 'paired':
			return locked === true ? vscode.l10n.t('Locked: a backup begins only when its passcode is entered.') : undefined;
	}
}

/** Where a device stands, and what that is worth. */
export function nowTooltip(device: DeviceInfo | undefined, head: SnapshotInfo | undefined, nowMs: number): vscode.MarkdownString {
	if (head === undefined) {
		return card(
			vscode.l10n.t('Now'),
			[],
			[vscode.l10n.t('The first backup makes the first snapshot; from then on the device can be rolled back.')],
		);
	}
	return card(
		vscode.l10n.t('Now'),
		[
			[vscode.l10n.t('Comes from'), snapshotPhrase(head, nowMs)],
			[vscode.l10n.t('Taken'), formatTime(head.takenAt)],
			[vscode.l10n.t('iOS then'), head.iosVersion],
			[vscode.l10n.t('iOS now'), device?.iosVersion],
		],
		[vscode.l10n.t('iOS does not tell what changed on a device. Back it up and compare to know.')],
	);
}

/** Everything that is known of a snapshot. */
export function snapshotTooltip({ snapshot, isOtherBranch, nowMs }: SnapshotView, parent: SnapshotInfo | undefined): vscode.MarkdownString {
	const { git } = snapshot;
	const commit = git?.commit === undefined ? undefined : `${git.commit.slice(0, 10)}${git.dirty === true ? '+' : ''}`;
	const device = [snapshot.deviceName, snapshot.model, snapshot.iosVersion === undefined ? undefined : `iOS ${snapshot.iosVersion}`];
	return card(
		snapshot.name ?? vscode.l10n.t('Snapshot of {0}', formatTime(snapshot.takenAt)),
		[
			[vscode.l10n.t('Taken'), `${formatTime(snapshot.takenAt)} (${formatAge(snapshot.takenAt, nowMs)})`],
			[vscode.l10n.t('Note'), snapshot.note],
			[vscode.l10n.t('Device'), device.filter((part) => part !== undefined).join(', ') || undefined],
			[
				vscode.l10n.t('Size'),
				vscode.l10n.t(
					'{0} in {1} files, of which {2} were new to the store',
					formatBytes(snapshot.sizeBytes),
					formatNumber(snapshot.fileCount),
					formatBytes(snapshot.addedBytes),
				),
			],
			[vscode.l10n.t('App'), snapshot.app === undefined ? undefined : appText(snapshot.app)],
			[vscode.l10n.t('Encrypted'), snapshot.encrypted ? vscode.l10n.t('yes') : vscode.l10n.t('no')],
			[vscode.l10n.t('Pinned'), snapshot.pinned ? vscode.l10n.t('yes') : undefined],
			[
				vscode.l10n.t('Made from'),
				parent === undefined
					? snapshot.parent === undefined
						? undefined
						: vscode.l10n.t('a snapshot that was deleted')
					: snapshotPhrase(parent, nowMs),
			],
			[vscode.l10n.t('Commit'), commit === undefined ? undefined : [commit, git?.branch].filter((part) => part !== undefined).join(' ')],
			[vscode.l10n.t('Build'), git?.build],
			[vscode.l10n.t('Verified'), snapshot.verifiedAt === undefined ? vscode.l10n.t('never') : formatAge(snapshot.verifiedAt, nowMs)],
			[vscode.l10n.t('ID'), snapshot.id],
		],
		[
			snapshot.damagedAt === undefined
				? undefined
				: vscode.l10n.t('Damage was found in it {0}. Verifying it names the files.', formatAge(snapshot.damagedAt, nowMs)),
			isOtherBranch ? vscode.l10n.t('On another branch: the present state of the device did not come from it.') : undefined,
			snapshot.encrypted || snapshot.kind === 'app'
				? undefined
				: vscode.l10n.t('Not encrypted: it leaves out saved passwords, Health, Wi-Fi settings, website history and call history.'),
		],
	);
}

/** `Probe (com.example.probe), 1.0 (7)`. */
function appText({ bundleId, name, ...app }: NonNullable<SnapshotInfo['app']>): string {
	return [name === undefined ? bundleId : `${name} (${bundleId})`, versionText(app)].filter((part) => part !== undefined).join(', ');
}

/** Everything that is known of an app. */
export function appTooltip(view: AppView): vscode.MarkdownString {
	const { app, bundleId, snapshots } = view;
	return card(
		appTitle(view),
		[
			[vscode.l10n.t('Version'), app === undefined ? undefined : versionText(app)],
			[vscode.l10n.t('The app itself'), app?.appBytes === undefined ? undefined : formatBytes(app.appBytes)],
			[vscode.l10n.t('Documents and data'), app?.dataBytes === undefined ? undefined : formatBytes(app.dataBytes)],
			[vscode.l10n.t('Snapshots of its data'), snapshots.length === 0 ? undefined : formatNumber(snapshots.length)],
			[vscode.l10n.t('Bundle identifier'), bundleId],
		],
		app === undefined ? [vscode.l10n.t('It is not installed. Install it to bring its data back.')] : appRemarks(app),
	);
}

function appRemarks({ signing, fileSharing, hasGroups }: AppInfo): (string | undefined)[] {
	return [
		signing === 'development'
			? vscode.l10n.t('Signed for development: its data can be kept and brought back alone, in seconds and without a restart.')
			: signing === 'store'
				? vscode.l10n.t('Not signed for development, and iOS gives out the data of no other app: only a backup of the whole device has it.')
				: undefined,
		fileSharing ? vscode.l10n.t('It shares its documents with any computer that the device trusts.') : undefined,
		hasGroups ? vscode.l10n.t('It shares data with other apps or its extensions, which no snapshot of the app covers.') : undefined,
	];
}

/** A running job. */
export function jobTooltip(job: JobInfo, nowMs: number): vscode.MarkdownString {
	return card(
		jobTitle(job.kind),
		[
			[vscode.l10n.t('Device'), job.deviceName],
			[vscode.l10n.t('App'), job.bundleId],
			[vscode.l10n.t('Snapshot'), job.snapshotName],
			[vscode.l10n.t('Now'), progressText(job) || undefined],
			[vscode.l10n.t('Started'), formatAge(job.startedAt, nowMs)],
		],
		[job.waitsFor === undefined ? undefined : waitSentence(job.waitsFor, job.deviceName ?? vscode.l10n.t('the device'))],
	);
}

/** iCloud Backup, as the device tells it. */
export function cloudBackupTooltip({ cloud }: DeviceFact, nowMs: number): vscode.MarkdownString {
	return card(
		vscode.l10n.t('iCloud Backup'),
		[
			[vscode.l10n.t('State'), knownText(cloud?.cloudBackup ?? 'unknown') ?? vscode.l10n.t('unknown: the device does not say')],
			[
				vscode.l10n.t('Last'),
				cloud?.lastBackupAt === undefined ? undefined : `${formatTime(cloud.lastBackupAt)} (${formatAge(cloud.lastBackupAt, nowMs)})`,
			],
		],
		[vscode.l10n.t('Apple’s own backup, apart from snapshots here. What it holds cannot be seen from this computer.')],
	);
}

/** Backup encryption. */
export function encryptionTooltip({ encryption }: DeviceFact): vscode.MarkdownString {
	return card(
		vscode.l10n.t('Backup encryption'),
		[],
		[
			vscode.l10n.t('A setting of the device: with it, backups hold saved passwords, Health and call history too, and need its password.'),
			encryption?.required === 'on' ? vscode.l10n.t('Its organisation requires it, so it cannot be turned off here.') : undefined,
		],
	);
}

/** Automatic backups of a device, and the rules behind them. */
export function automaticTooltip(report: AutomaticReport, udid: string, nowMs: number): vscode.MarkdownString {
	const { rules } = report;
	const last = report.devices.find((state) => state.udid === udid)?.lastSnapshotAt;
	const times: Record<AutomaticMode, () => string> = {
		onAttach: () => vscode.l10n.t('when attached'),
		inWindow: () => vscode.l10n.t('at {0}', rules?.window ?? ''),
		both: () => vscode.l10n.t('when attached, and at {0}', rules?.window ?? ''),
	};
	return card(
		vscode.l10n.t('Automatic backup'),
		[
			[vscode.l10n.t('State'), automaticText(report, udid, nowMs)],
			[vscode.l10n.t('When'), rules === undefined ? undefined : times[rules.mode]()],
			[vscode.l10n.t('At most every'), rules === undefined ? undefined : vscode.l10n.t('{0} hours', rules.everyHours)],
			[vscode.l10n.t('Last snapshot'), last === undefined ? undefined : `${formatTime(last)} (${formatAge(last, nowMs)})`],
		],
		[vscode.l10n.t('For all devices, while a window with Device Lab is open. A phone may ask for its passcode.')],
	);
}

/** A backup of another program. */
export function backupTooltip(
	backup: LocalBackup,
	adoptedAs: SnapshotInfo | undefined,
	problem: string | undefined,
	nowMs: number,
): vscode.MarkdownString {
	return card(
		backup.deviceName ?? backup.path,
		[
			[vscode.l10n.t('Model'), backup.model],
			['iOS', backup.iosVersion],
			[vscode.l10n.t('Taken'), backup.date === undefined ? undefined : formatTime(backup.date)],
			[vscode.l10n.t('Size'), backup.sizeBytes === undefined ? undefined : formatBytes(backup.sizeBytes)],
			[
				vscode.l10n.t('Encrypted'),
				backup.encrypted === undefined ? undefined : backup.encrypted ? vscode.l10n.t('yes') : vscode.l10n.t('no'),
			],
			[vscode.l10n.t('Folder'), backup.path],
			['UDID', backup.udid],
		],
		[
			problem,
			adoptedAs === undefined
				? problem === undefined
					? vscode.l10n.t('Adopting it copies it into the snapshots; the folder stays as it is.')
					: undefined
				: vscode.l10n.t('Adopted as {0}.', snapshotPhrase(adoptedAs, nowMs)),
		],
	);
}
