import * as vscode from 'vscode';
import {
	DEVICE_WORK,
	type JobEnd,
	type JobFinding,
	type JobInfo,
	type JobKind,
	type JobPhase,
	type LeaseInfo,
	type WaitsFor,
} from '../contract/index.ts';
import { formatPart, formatBytes } from './format.ts';
import { inline, quoted } from './text.ts';

/** What a job is, as the title of its row: `Backup`, `Roll-back`. */
export function jobTitle(kind: JobKind): string {
	const titles: Record<JobKind, () => string> = {
		pair: () => vscode.l10n.t('Pairing'),
		snapshot: () => vscode.l10n.t('Backup'),
		rollback: () => vscode.l10n.t('Roll-back'),
		encryption: () => vscode.l10n.t('Backup encryption'),
		'cloud-backup': () => vscode.l10n.t('iCloud Backup'),
		export: () => vscode.l10n.t('Export'),
		import: () => vscode.l10n.t('Adoption of backups'),
		verify: () => vscode.l10n.t('Verification'),
		retention: () => vscode.l10n.t('Clean-up'),
		prune: () => vscode.l10n.t('Clean-up'),
		repair: () => vscode.l10n.t('Repair'),
		'app-snapshot': () => vscode.l10n.t('App snapshot'),
		'app-rollback': () => vscode.l10n.t('App roll-back'),
		'app-import': () => vscode.l10n.t('Import of app data'),
		install: () => vscode.l10n.t('Installation'),
		uninstall: () => vscode.l10n.t('Removal of an app'),
		// The engine chooses the way: for the one who asked it is a roll-back by any of them.
		state: () => vscode.l10n.t('Roll-back'),
	};
	return titles[kind]();
}

const PHASES: Record<JobPhase, () => string> = {
	connecting: () => vscode.l10n.t('connecting'),
	'waiting-for-passcode': () => vscode.l10n.t('waiting for its passcode'),
	preparing: () => vscode.l10n.t('preparing'),
	transferring: () => vscode.l10n.t('transferring'),
	finishing: () => vscode.l10n.t('sealing'),
	verifying: () => vscode.l10n.t('verifying'),
	restarting: () => vscode.l10n.t('restarting'),
};

/** What a person has to do at the device, as a row says it. */
export function waitText(waitsFor: WaitsFor): string {
	const texts: Record<WaitsFor, () => string> = {
		passcode: () => vscode.l10n.t('enter the passcode on it'),
		trust: () => vscode.l10n.t('tap Trust on it'),
		unlock: () => vscode.l10n.t('unlock it'),
		'app-closed': () => vscode.l10n.t('close the app on it'),
	};
	return texts[waitsFor]();
}

/** The same as a sentence that names the device: what a notification says. */
export function waitSentence(waitsFor: WaitsFor, device: string): string {
	const name = quoted(device);
	const texts: Record<WaitsFor, () => string> = {
		passcode: () => vscode.l10n.t('Enter the passcode on {0}.', name),
		trust: () => vscode.l10n.t('Unlock {0} and tap Trust.', name),
		unlock: () => vscode.l10n.t('Unlock {0}.', name),
		'app-closed': () => vscode.l10n.t('Close the app on {0}: swipe it away in the app switcher.', name),
	};
	return texts[waitsFor]();
}

/** Where a job stands in words: `transferring 3.1 of ~9.0 GB`, `waiting for its passcode`; nothing while nothing is known. */
export function phaseText(job: JobInfo): string | undefined {
	if (job.cancelling) {
		return vscode.l10n.t('cancelling');
	}
	if (job.waitsFor !== undefined) {
		return waitText(job.waitsFor);
	}
	if (job.phase === undefined) {
		return undefined;
	}
	const phase = PHASES[job.phase]();
	if (job.phase !== 'transferring' || job.transferredBytes === undefined || job.transferredBytes === 0) {
		return phase;
	}
	const amount =
		job.expectedBytes === undefined || job.expectedBytes <= job.transferredBytes
			? formatBytes(job.transferredBytes)
			: formatPart(job.transferredBytes, job.expectedBytes);
	return `${phase} ${amount}`;
}

/** The whole percentage of a job; undefined while nothing can be said. */
export function percentOf(job: JobInfo): number | undefined {
	return job.percent === undefined ? undefined : Math.max(0, Math.min(100, Math.floor(job.percent)));
}

/** Phase and percentage: `transferring 3.1 of ~9.0 GB · 34 %`. */
export function progressText(job: JobInfo): string {
	const percent = percentOf(job);
	return [phaseText(job), percent === undefined || job.cancelling ? undefined : vscode.l10n.t('{0} %', percent)]
		.filter((part) => part !== undefined)
		.join(' · ');
}

/** The jobs that wait for a person; the phone that gives up soonest comes first. */
export function waitingJobs(jobs: readonly JobInfo[]): readonly JobInfo[] {
	const until = ({ waitsUntil }: JobInfo): string => waitsUntil ?? '\uffff';
	return jobs.filter(({ waitsFor }) => waitsFor !== undefined).sort((a, b) => (until(a) < until(b) ? -1 : until(a) > until(b) ? 1 : 0));
}

/** What a job is doing, for the row of its device: `Backup: transferring …`. */
export function jobText(job: JobInfo): string {
	const progress = progressText(job);
	const title = jobTitle(job.kind);
	return progress === '' ? title : vscode.l10n.t('{0}: {1}', title, progress);
}

/** Work on the device itself: meanwhile nothing else can be done with it. Other jobs of a device only read its snapshots. */
export function isDeviceWork(job: JobInfo | undefined): boolean {
	return job !== undefined && DEVICE_WORK.has(job.kind);
}

/** Somebody who holds a lease, with what kind of program that is where it says so: `an editor window (process 812 on desk-3)`. */
export function holderPhrase(holder: string, program: unknown): string {
	switch (program) {
		case 'editor':
			return vscode.l10n.t('an editor window ({0})', holder);
		case 'command-line':
			return vscode.l10n.t('the command line ({0})', holder);
		case 'automatic':
			return vscode.l10n.t('an automatic backup ({0})', holder);
		default:
			return holder;
	}
}

/** Who else is at work on a device: `being backed up by devicelab (process 812)`. */
export function leaseText(lease: LeaseInfo): string {
	if (lease.kind === 'backup' && lease.program === 'automatic') {
		return vscode.l10n.t('being backed up automatically by {0}', inline(lease.holder));
	}
	const holder = holderPhrase(inline(lease.holder), lease.program);
	switch (lease.kind) {
		case 'backup':
			return vscode.l10n.t('being backed up by {0}', holder);
		case 'restore':
			return vscode.l10n.t('being restored by {0}', holder);
		default:
			return vscode.l10n.t('in use by {0}', holder);
	}
}

/** Whether somebody else's lease keeps this editor from working on a device: one who only reads its snapshots does not. */
export function isForeignWork(lease: LeaseInfo): boolean {
	return !lease.own && lease.kind !== 'read';
}

/** How a job ended, in a sentence for the status bar: `Backup of “Lab-3” is done.` */
export function endSentence({ job, outcome, finding }: JobEnd): string {
	const title = jobTitle(job.kind);
	const texts: Record<JobEnd['outcome'] | JobFinding, readonly [of: (device: string) => string, alone: () => string]> = {
		done: [(device) => vscode.l10n.t('{0} of {1}: done', title, device), () => vscode.l10n.t('{0}: done', title)],
		failed: [(device) => vscode.l10n.t('{0} of {1}: failed', title, device), () => vscode.l10n.t('{0}: failed', title)],
		cancelled: [(device) => vscode.l10n.t('{0} of {1}: cancelled', title, device), () => vscode.l10n.t('{0}: cancelled', title)],
		interrupted: [(device) => vscode.l10n.t('{0} of {1}: interrupted', title, device), () => vscode.l10n.t('{0}: interrupted', title)],
		damage: [(device) => vscode.l10n.t('{0} of {1}: damage was found', title, device), () => vscode.l10n.t('{0}: damage was found', title)],
		differs: [
			(device) => vscode.l10n.t('{0} of {1}: done, and the device differs from the snapshot', title, device),
			() => vscode.l10n.t('{0}: done, and the device differs from the snapshot', title),
		],
	};
	const [of, alone] = texts[finding ?? outcome];
	return job.deviceName === undefined ? alone() : of(quoted(job.deviceName));
}
