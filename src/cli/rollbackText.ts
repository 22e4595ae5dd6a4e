import type { RestoreChoices, RollbackPlan, RollbackResult } from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts';
import { effectsOf, findingLines } from './restoreText.ts';
import { shortId, snapshotLabel } from './snapshotText.ts';
import type { Style } from './style.ts';
import { renderCard } from './table.ts';

const STEP_WORDS: Record<RollbackPlan['steps'][number], string> = {
	check: 'check',
	'safety-snapshot': 'safety snapshot',
	restore: 'restore',
	restart: 'restart',
	proof: 'proof',
};

/** Places that are named when the proof found differences; the document has them all. */
const MAX_DIFFERENCES = 10;

/** The card that a person reads before they say yes: what goes where, in which steps, and what stands against it. */
export function rollbackCard(plan: RollbackPlan, choices: RestoreChoices, style: Style): string[] {
	const { snapshot } = plan;
	const facts = [
		formatTime(snapshot.takenAt),
		snapshot.deviceName === undefined ? undefined : `of ${quoted(snapshot.deviceName)}`,
		snapshot.iosVersion === undefined ? undefined : `iOS ${snapshot.iosVersion}`,
		snapshot.encrypted ? 'encrypted' : 'not encrypted',
		formatBytes(snapshot.sizeBytes),
	];
	const name = snapshot.name === undefined ? shortId(snapshot.id) : snapshotLabel(snapshot);
	return [
		style.bold('Roll back'),
		...renderCard(
			[
				['Device', `${style.bold(quoted(plan.deviceName ?? plan.udid))} ${style.dim(showable(plan.udid))}`],
				[
					'Snapshot',
					`${style.bold(name)} ${facts
						.filter((fact) => fact !== undefined)
						.map(showable)
						.join(', ')}`,
				],
				['Note', snapshot.note === undefined ? undefined : showable(snapshot.note)],
				['Steps', plan.steps.map((step) => STEP_WORDS[step]).join(' → ')],
				['Does', effectsOf(choices)],
			],
			(label) => style.dim(label),
		),
		...findingLines(plan.findings, style),
	];
}

/** What a finished roll-back was, what it proved, and what the device still needs. */
export function rollbackLines(result: RollbackResult, name: string, style: Style): string[] {
	const sent = `${formatBytes(result.transferredBytes)} in ${formatCount(result.transferredFiles, 'file')}, ${formatDuration(result.durationMs)}`;
	const after = {
		restarted: 'It has restarted. Unlock it once to finish.',
		restarting: 'It is restarting. Unlock it once when it is back.',
		'not-asked': 'Restart it yourself: until then the roll-back is not complete.',
	}[result.restart];
	return [
		`${style.green('✓')} ${style.bold(`${name} is back at ${snapshotLabel(result.snapshot)}`)}: ${sent}`,
		`  ${after}`,
		...proofLines(result, style),
		...(result.safety === undefined ? [] : [`  What was on it before is kept: ${snapshotLabel(result.safety)}`]),
	];
}

function proofLines({ proof: { verdict, differences }, snapshot }: RollbackResult, style: Style): string[] {
	switch (verdict) {
		case 'verified':
			return [`  ${style.green('Verified:')} the device answers as it did when the snapshot was taken.`];
		case 'cannot-tell':
			return [
				snapshot.trigger === 'import'
					? `  ${style.yellow('Cannot tell')} whether the device is as it was: of an imported snapshot there is nothing to compare with.`
					: `  ${style.yellow('Cannot tell')} whether the device is as it was: it was not asked, or did not answer.`,
			];
		case 'differs': {
			const shown = differences.slice(0, MAX_DIFFERENCES).map((place) => `    ${showable(place)}`);
			const more = differences.length > MAX_DIFFERENCES ? ['    … (all of them: --json)'] : [];
			return [`  ${style.yellow(`Differs in ${formatCount(differences.length, 'place')}:`)}`, ...shown, ...more];
		}
	}
}
