import type { PreflightFinding, RestoreChoices, RestoreResult } from '../contract/index.ts';
import { deviceKind, deviceName } from './deviceText.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts';
import type { EngineApi } from './session.ts';
import type { Style } from './style.ts';
import { renderCard } from './table.ts';

/** What the engine found before a restore. */
export type Preflight = Awaited<ReturnType<EngineApi['preflightRestore']>>;

/** The card that a person reads before they say yes: what goes where, how, and what stands against it. */
export function preflightCard(preflight: Preflight, choices: RestoreChoices, style: Style): string[] {
	const { target, backup, findings } = preflight;
	const facts = [
		backup.deviceName === undefined ? undefined : `of ${quoted(backup.deviceName)}`,
		backup.finishedAt === undefined ? undefined : formatTime(backup.finishedAt),
		backup.iosVersion === undefined ? undefined : `iOS ${backup.iosVersion}`,
		backup.encrypted ? 'encrypted' : 'not encrypted',
	];
	return [
		style.bold('Restore'),
		...renderCard(
			[
				[
					'Onto',
					`${style.bold(deviceName(target))} ${style.dim([deviceKind(target), showable(target.udid)].filter((part) => part !== '').join(', '))}`,
				],
				[
					'Backup',
					facts
						.filter((fact) => fact !== undefined)
						.map(showable)
						.join(', '),
				],
				['', style.dim(showable(backup.path))],
				['Does', effectsOf(choices)],
			],
			(label) => style.dim(label),
		),
		...findingLines(findings, style),
	];
}

/** A line for each finding of a check; one also where there is none. */
export function findingLines(findings: readonly PreflightFinding[], style: Style): string[] {
	if (findings.length === 0) {
		return [`  ${style.green('✓')} The checks found nothing against it.`];
	}
	return findings.map(({ severity, message }) => `  ${severity === 'refusal' ? style.red('✗') : style.yellow('!')} ${showable(message)}`);
}

/** What the choices come to, in words. */
export function effectsOf(choices: RestoreChoices): string {
	return [
		choices.systemFiles ? 'replaces everything' : 'replaces everything but system files',
		choices.keepSettings ? "keeps the device's settings" : undefined,
		choices.keepCameraRoll ? 'keeps the camera roll' : undefined,
		choices.removeOthers ? 'removes what the backup does not have' : undefined,
		choices.reinstallApps ? 'downloads the apps again' : undefined,
		choices.copyFirst ? 'copies the backup first' : undefined,
		choices.reboot ? 'restarts the device' : 'leaves the restart to you',
	]
		.filter((effect) => effect !== undefined)
		.join(', ');
}

/** What a finished restore was, and what the device still needs. */
export function restoreLines(result: RestoreResult, name: string, style: Style): string[] {
	const sent = `${formatBytes(result.transferredBytes)} in ${formatCount(result.transferredFiles, 'file')}, ${formatDuration(result.durationMs)}`;
	const after = {
		restarted: `It has restarted. Unlock it once to finish.`,
		restarting: `It is restarting. Unlock it once when it is back.`,
		'not-asked': `Restart it yourself: until then the restore is not complete.`,
	}[result.restart];
	return [`${style.green('✓')} ${style.bold(`${name} is restored`)}: ${sent}`, `  ${after}`];
}
