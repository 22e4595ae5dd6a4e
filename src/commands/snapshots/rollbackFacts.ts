import * as vscode from 'vscode';
import { ERROR_CODES, type ErrorCode, type PreflightFinding, type RollbackPlan, type SnapshotInfo } from '../../contract/index.ts';
import { formatAge, formatTime, formatBytes, inline, iosText, quoted, sentenceOf, snapshotPhrase } from '../../views/index.ts';

/** What is known beside the plan. */
export interface RollbackFacts {
	readonly plan: RollbackPlan;
	/** The device's name. */
	readonly device: string;
	/** The newest snapshot of the device that it goes onto. */
	readonly newest?: SnapshotInfo;
	readonly safety: boolean;
	/** Milliseconds since 1970. */
	readonly nowMs: number;
}

/** What a person reads before they say yes: what goes where, what is lost, what does not come back, and what speaks against it. */
export function rollbackFacts({ plan, device, newest, safety, nowMs }: RollbackFacts): string[] {
	const { snapshot, udid } = plan;
	const facts = [
		snapshotPhrase(snapshot, nowMs),
		snapshot.udid === udid ? undefined : vscode.l10n.t('of {0}', quoted(snapshot.deviceName ?? snapshot.udid)),
		formatTime(snapshot.takenAt),
		iosText(snapshot.iosVersion),
		formatBytes(snapshot.sizeBytes),
		snapshot.encrypted ? vscode.l10n.t('encrypted') : vscode.l10n.t('not encrypted'),
	];
	const warnings = plan.findings.filter(({ severity }) => severity === 'warning').map((finding) => `⚠ ${findingText(finding, device)}`);
	return [
		vscode.l10n.t('Device: {0} ({1})', quoted(device), udid),
		vscode.l10n.t('Snapshot: {0}', facts.filter((fact) => fact !== undefined).join(' · ')),
		...(snapshot.note === undefined ? [] : [vscode.l10n.t('Note: {0}', inline(snapshot.note, 200))]),
		'',
		lossText(newest, safety, nowMs),
		notBackText(snapshot),
		vscode.l10n.t('The device restarts, and has to be unlocked once afterwards. Until then leave it on the cable.'),
		...(warnings.length === 0 ? [] : ['', ...warnings]),
	];
}

function lossText(newest: SnapshotInfo | undefined, safety: boolean, nowMs: number): string {
	if (safety) {
		return vscode.l10n.t('What is on the device now is replaced. A safety snapshot is taken first, so that you can come back to it.');
	}
	return newest === undefined
		? vscode.l10n.t('What is on the device now is replaced, and is in no snapshot: it is lost.')
		: vscode.l10n.t(
				'What is on the device now is replaced. What changed since its last snapshot, {0} ({1}), is lost.',
				snapshotPhrase(newest, nowMs),
				formatAge(newest.takenAt, nowMs),
			);
}

/** What no backup holds, and what only an encrypted one does. */
function notBackText(snapshot: SnapshotInfo): string {
	const never = vscode.l10n.t(
		'Not in any backup: the apps themselves (those of the App Store are downloaded again, your own builds are not), caches, Apple Pay, Face ID or Touch ID, and what is kept in iCloud.',
	);
	return snapshot.encrypted
		? never
		: `${never} ${vscode.l10n.t('Not in this one, because it is not encrypted: saved passwords, Health, Wi-Fi settings, call and website history.')}`;
}

/** A refusal with what to do about it, on lines of its own. */
export function refusalFacts(findings: readonly PreflightFinding[], device: string): string[] {
	return findings.filter(({ severity }) => severity === 'refusal').map((finding) => `• ${findingText(finding, device)}`);
}

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/** A finding in words: what is the matter, and what helps. */
export function findingText(finding: PreflightFinding, device: string): string {
	const { code, details, severity } = finding;
	const own = warningText(finding);
	if (own !== undefined && severity === 'warning') {
		return own;
	}
	if (!codes.has(code)) {
		return inline(finding.message, 400);
	}
	const { message, next } = sentenceOf({ code: code as ErrorCode, message: finding.message, details }, { device, kind: 'rollback' });
	return [message, next].filter((sentence) => sentence !== undefined).join(' ');
}

/** Warnings that are no failures have their sentences here. */
function warningText({ code, details }: PreflightFinding): string | undefined {
	switch (code) {
		case 'NO_RESTART':
			return vscode.l10n.t('Nothing of the snapshot appears on the device before it is restarted.');
		case 'BATTERY_LOW':
			return vscode.l10n.t('The battery is at {0} % and not charging.', Number(details['batteryPercent']));
		case 'FIND_MY_UNKNOWN':
			return vscode.l10n.t('The device does not say whether Find My is on. If it is, iOS refuses the roll-back.');
		case 'OTHER_DEVICE':
			return vscode.l10n.t(
				'The snapshot is of another device. What is tied to that device, such as saved passwords without encryption, stays there.',
			);
		case 'OTHER_KIND':
			return vscode.l10n.t('The snapshot is of another kind of device.');
		case 'SUPERVISED':
			return vscode.l10n.t(
				'The device is supervised. It takes backups of supervised devices only, and its management profile may have to be installed again.',
			);
		case 'MAY_RESET_MORE':
			return vscode.l10n.t('This version of iOS is reported to reset more of a device than earlier ones when a backup is restored.');
		default:
			return undefined;
	}
}
