import * as vscode from 'vscode';
import type { AutomaticReport, DeviceInfo, JobInfo, LeaseInfo, SnapshotInfo } from '../../contract/index.ts';
import { batteryText, deviceTitle, iosText, modelText, transportText, udidEnd } from '../format.ts';
import { isDeviceWork, isForeignWork, jobText, leaseText, progressText, waitSentence, waitText, jobTitle } from '../jobText.ts';
import type { LabSource } from '../labSource.ts';
import { inline, plainText } from '../text.ts';
import type { DeviceFact } from './deviceFacts.ts';
import { joined, rowColors, sentences, type RowIcon, type RowItem } from './item.ts';

/** Everything that the row of a device shows. */
export interface DeviceView {
	readonly udid: string;
	readonly name: string;
	/** Absent while it is away. */
	readonly device?: DeviceInfo;
	readonly job?: JobInfo;
	/** Somebody else's work on it. */
	readonly lease?: LeaseInfo;
	readonly fact: DeviceFact;
	readonly automatic: AutomaticReport;
	readonly newest?: SnapshotInfo;
	readonly hasBaseline: boolean;
	readonly isOnly: boolean;
	/** Another attached device has the same name. */
	readonly hasNamesake: boolean;
}

/** Reads from the lab what the row of a device shows. */
export function deviceView(lab: LabSource, udid: string, fact: DeviceFact): DeviceView {
	const device = lab.device(udid);
	const snapshots = lab.snapshots(udid);
	return {
		udid,
		name: device === undefined ? plainText(lab.deviceName(udid)) : deviceTitle(device),
		device,
		job: lab.jobOf(udid),
		lease: lab.leases.find((lease) => lease.udid === udid && isForeignWork(lease)),
		fact,
		automatic: lab.automatic,
		newest: snapshots[0],
		hasBaseline: snapshots.some(({ name }) => name !== undefined),
		isOnly: lab.devices.length <= 1,
		hasNamesake: device !== undefined && lab.devices.some((other) => other.udid !== udid && deviceTitle(other) === deviceTitle(device)),
	};
}

/** The row of a device: what it does or needs first, then what it is. */
export function deviceItem(view: DeviceView): RowItem {
	const { udid, device, job, lease, name } = view;
	const apart = view.hasNamesake ? udidEnd(udid) : undefined;
	const doing = job === undefined ? lease && leaseText(lease) : jobDoing(job);
	return {
		label: name,
		description: joined([doing, apart, ...(device === undefined ? [awayText(job)] : [trustText(device), ...kindTexts(device)])]),
		icon: iconOf(view),
		words: wordsOf(view),
		collapsed: view.isOnly ? 'expanded' : 'collapsed',
		spoken: spokenOf(view),
	};
}

/** What a person must do comes first: rows are cut at their end. */
function jobDoing(job: JobInfo): string {
	return job.waitsFor === undefined || job.cancelling ? jobText(job) : joined([waitText(job.waitsFor), jobTitle(job.kind)]);
}

function awayText(job: JobInfo | undefined): string {
	return job?.phase === 'restarting' ? vscode.l10n.t('away while it restarts') : vscode.l10n.t('not attached');
}

/** What keeps it from being used; nothing when nothing does. */
function trustText(device: DeviceInfo): string | undefined {
	switch (device.trust) {
		case 'not-paired':
			return vscode.l10n.t('not paired');
		case 'stale':
			return vscode.l10n.t('no longer trusts this computer');
		case 'paired':
			return device.locked === true ? vscode.l10n.t('locked') : undefined;
	}
}

function kindTexts(device: DeviceInfo): (string | undefined)[] {
	return [modelText(device), iosText(device.iosVersion), transportText(device), batteryText(device), encryptionText(device)];
}

function encryptionText(device: DeviceInfo): string | undefined {
	switch (device.encryption) {
		case 'on':
			return vscode.l10n.t('encrypted');
		case 'off':
			return vscode.l10n.t('not encrypted');
		case 'unknown':
			return undefined;
	}
}

function iconOf({ device, job, lease }: DeviceView): RowIcon {
	if (job?.waitsFor !== undefined) {
		return { name: 'bell-dot', color: rowColors.waiting };
	}
	if (job !== undefined || lease !== undefined) {
		return { name: 'sync~spin', color: rowColors.running };
	}
	if (device === undefined) {
		return { name: 'debug-disconnect' };
	}
	return device.trust === 'paired' ? { name: 'device-mobile' } : { name: 'unverified', color: rowColors.waiting };
}

function wordsOf({ device, job, lease, fact, newest, hasBaseline }: DeviceView): string[] {
	const words = ['device'];
	if (device === undefined) {
		words.push('away');
	} else {
		const trust = { paired: 'paired', 'not-paired': 'notPaired', stale: 'stalePairing' } as const;
		words.push('attached', trust[device.trust], device.transport === 'usb' ? 'usb' : 'network');
		words.push({ on: 'encryptionOn', off: 'encryptionOff', unknown: 'encryptionUnknown' }[device.encryption]);
		words.push({ on: 'cloudOn', off: 'cloudOff', unknown: 'cloudUnknown' }[fact.cloud?.cloudBackup ?? 'unknown']);
		if (fact.encryption?.required === 'on') {
			words.push('encryptionRequired');
		}
	}
	if (newest !== undefined) {
		words.push('hasSnapshots');
	}
	if (hasBaseline) {
		words.push('hasBaseline');
	}
	words.push(job !== undefined && isDeviceWork(job) ? (job.cancelling ? 'cancelling' : 'busy') : lease === undefined ? 'idle' : 'leased');
	return words;
}

function spokenOf(view: DeviceView): string {
	const { udid, device, job, lease, hasNamesake } = view;
	const name = hasNamesake ? `${view.name} ${udidEnd(udid)}` : view.name;
	const kind = device === undefined ? '' : [modelText(device), iosText(device.iosVersion)].filter((part) => part !== undefined).join(', ');
	return sentences([
		spokenName(view, name, kind),
		job === undefined ? undefined : spokenJob(job, name),
		lease === undefined ? undefined : vscode.l10n.t('It is {0}.', leaseText(lease)),
		device === undefined ? vscode.l10n.t('It is not attached now.') : spokenState(device),
	]);
}

function spokenName({ device }: DeviceView, name: string, kind: string): string {
	// One without a name is called a device already.
	if (device !== undefined && plainText(device.name ?? '') === '') {
		return kind === '' ? `${name}.` : `${name}, ${kind}.`;
	}
	return kind === '' ? vscode.l10n.t('Device {0}.', inline(name)) : vscode.l10n.t('Device {0}, {1}.', inline(name), kind);
}

/** A job in sentences: what a person must do comes before what the device does. */
export function spokenJob(job: JobInfo, name: string): string {
	const progress = progressText({ ...job, waitsFor: undefined });
	return sentences([
		job.waitsFor === undefined ? undefined : waitSentence(job.waitsFor, name),
		progress === ''
			? vscode.l10n.t('{0} is running.', jobTitle(job.kind))
			: vscode.l10n.t('{0} is running: {1}.', jobTitle(job.kind), progress),
	]);
}

function spokenState(device: DeviceInfo): string {
	const battery = device.batteryPercent;
	return sentences([
		{
			paired: undefined,
			'not-paired': vscode.l10n.t('It is not paired with this computer.'),
			stale: vscode.l10n.t('It no longer trusts this computer.'),
		}[device.trust],
		device.locked === true ? vscode.l10n.t('It is locked.') : undefined,
		vscode.l10n.t('Attached over {0}.', transportText(device)),
		battery === undefined
			? undefined
			: device.charging === true
				? vscode.l10n.t('Battery {0} %, charging.', battery)
				: vscode.l10n.t('Battery {0} %.', battery),
		{
			on: vscode.l10n.t('Its backups are encrypted.'),
			off: vscode.l10n.t('Its backups are not encrypted.'),
			unknown: undefined,
		}[device.encryption],
	]);
}
