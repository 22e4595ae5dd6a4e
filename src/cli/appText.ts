import type {
	AppActivity,
	AppGap,
	AppInfo,
	AppRollbackPlan,
	AppRollbackResult,
	AppSnapshotResult,
	InstallResult,
	RollbackResult,
	StatePlan,
	StateResult,
	StateRoute,
} from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from './format.ts';
import { findingLines } from './restoreText.ts';
import { sizeText, snapshotLabel } from './snapshotText.ts';
import type { Style } from './style.ts';
import { renderCard, renderTable } from './table.ts';

const SHOWN_PATHS = 10;

const SIGNING_WORDS: Record<AppInfo['signing'], string> = { development: 'development', store: 'store', unknown: '' };

const ACTIVITY_WORDS: Record<AppActivity, string> = {
	running: 'running: close it on the device',
	'not-running': 'not running',
	unknown: 'the device does not say whether it runs',
};

const GAP_WORDS: Record<AppGap, string> = {
	keychain: 'its keychain items',
	permissions: 'the permissions that it was given',
	groups: 'what it shares in app groups',
	attributes: 'file protection of files that are written anew',
};

const ROUTE_WORDS: Record<StateRoute, string> = { nothing: 'nothing', app: 'the app’s container', device: 'the whole device' };

/** The table of apps. */
export function appLines(apps: readonly AppInfo[], style: Style): string[] {
	const rows = apps.map((app) => [
		style.bold(showable(app.name ?? '')),
		showable(app.bundleId),
		showable(versionText(app)),
		app.signing === 'development' ? style.green(SIGNING_WORDS.development) : SIGNING_WORDS[app.signing],
		app.appBytes === undefined ? '' : formatBytes(app.appBytes),
		app.dataBytes === undefined ? '' : formatBytes(app.dataBytes),
	]);
	const [heading = '', ...lines] = renderTable(['NAME', 'BUNDLE', 'VERSION', 'SIGNED FOR', 'APP', 'DATA'], rows);
	return [style.dim(heading), ...lines];
}

/** The app in a sentence: `“Lab Probe” 1.2 (34)`. */
export function appLabel(app: Pick<AppInfo, 'bundleId' | 'name' | 'version' | 'build'>): string {
	return `${quoted(app.name ?? app.bundleId)} ${showable(versionText(app))}`.trim();
}

export function appSnapshotLines(result: AppSnapshotResult, style: Style): string[] {
	const { snapshot, unchanged } = result;
	const read = `${formatCount(result.readFiles, 'file')} read (${formatBytes(result.readBytes)}), ${formatDuration(result.durationMs)}`;
	return [
		unchanged
			? `${style.green('✓')} ${style.bold(`Nothing changed since ${snapshotLabel(snapshot)}`)}, so no snapshot was taken`
			: `${style.green('✓')} ${style.bold(`Snapshot ${snapshotLabel(snapshot)}`)}: ${read}`,
		...(unchanged ? [] : [`  ${sizeText(snapshot)}`]),
		...(result.activity === 'running'
			? [`  ${style.yellow('The app was running')}: what it was in the middle of may be kept half done.`]
			: []),
		...pathLines('These files went on changing while they were read:', result.unsteady, style),
		...pathLines('The device does not show:', result.hidden, style),
		notCovered(result.gaps, style),
	];
}

/** The card that a person reads before they say yes. */
export function appRollbackCard(plan: AppRollbackPlan, style: Style): string[] {
	const { snapshot } = plan;
	return [
		style.bold('Roll back an app'),
		...renderCard(
			[
				['Device', `${style.bold(quoted(plan.deviceName ?? plan.udid))} ${style.dim(showable(plan.udid))}`],
				['App', `${appLabel(plan.app)} ${style.dim(showable(plan.app.bundleId))}, ${ACTIVITY_WORDS[plan.activity]}`],
				['Snapshot', `${style.bold(snapshotLabel(snapshot))}, ${formatTime(snapshot.takenAt)}, ${formatBytes(snapshot.sizeBytes)}`],
				['Does', changesText(plan)],
				[
					'Before',
					plan.isKept
						? 'what is there now is in the app’s head'
						: 'what is there now is in no snapshot: one is taken first, unless declined',
				],
				['Leaves out', plan.gaps.map((gap) => GAP_WORDS[gap]).join(', ')],
			],
			(label) => style.dim(label),
		),
		...findingLines(plan.findings, style),
	];
}

function changesText({ writeFiles, writeBytes, removeItems, sameFiles }: AppRollbackPlan): string {
	return writeFiles === 0 && removeItems === 0
		? 'nothing: it is there already'
		: `writes ${formatCount(writeFiles, 'file')} (${formatBytes(writeBytes)}), removes ${removeItems.toLocaleString('en-US')}, leaves ${sameFiles.toLocaleString('en-US')}`;
}

export function appRollbackLines(result: AppRollbackResult, style: Style): string[] {
	const done = `${formatCount(result.writtenFiles, 'file')} written (${formatBytes(result.writtenBytes)}), ${result.removedItems.toLocaleString('en-US')} removed, ${formatDuration(result.durationMs)}`;
	return [
		`${style.green('✓')} ${style.bold(`The app is back at ${snapshotLabel(result.snapshot)}`)}: ${done}`,
		...(result.activity === 'running'
			? [`  ${style.yellow('It is still running')}: end it now, or it may write over what was put back.`]
			: []),
		...appProofLines(result.proof, style),
		...(result.safety === undefined ? [] : [`  What was there before is kept: ${snapshotLabel(result.safety)}`]),
		notCovered(result.gaps, style),
	];
}

export function installLines(result: InstallResult, style: Style): string[] {
	const sent = `${formatBytes(result.uploadedBytes)} in ${formatCount(result.uploadedFiles, 'file')}, ${formatDuration(result.durationMs)}`;
	const before = result.before === undefined ? [] : [`  It takes the place of ${showable(versionText(result.before))}; its data stays.`];
	return [
		`${style.green('✓')} ${style.bold(`${appLabel(result.app)} is installed`)}: ${sent}`,
		...before,
		...(result.app.signing === 'development' ? ['  It starts only while Developer Mode is on: Settings › Privacy & Security.'] : []),
	];
}

/** What was chosen and why, and what the other ways would have been. */
export function statePlanLines(plan: StatePlan, style: Style): string[] {
	const lines = plan.judgements.flatMap((judgement) => {
		const isChosen = judgement.route === plan.route;
		const cost = [
			judgement.files === undefined ? undefined : formatCount(judgement.files, 'file'),
			judgement.bytes === undefined ? undefined : formatBytes(judgement.bytes),
			judgement.restarts ? 'a restart, minutes' : undefined,
		].filter((part) => part !== undefined);
		const mark = isChosen ? style.green('→') : judgement.possible ? style.dim('·') : style.dim('✗');
		return [
			`  ${mark} ${isChosen ? style.bold(ROUTE_WORDS[judgement.route]) : ROUTE_WORDS[judgement.route]}: ${showable(judgement.reason)}${cost.length === 0 ? '' : ` (${cost.join(', ')})`}`,
			...(isChosen ? judgement.leavesOut.map((text) => style.dim(`      does not cover ${showable(text)}`)) : []),
		];
	});
	return [
		`${style.bold('Wanted')}: ${snapshotLabel(plan.snapshot)} on ${quoted(plan.deviceName ?? plan.udid)}`,
		...lines,
		...(plan.findings.length === 0 ? [] : findingLines(plan.findings, style)),
	];
}

export function stateLines(result: StateResult, style: Style): string[] {
	const done = result.route === 'nothing' ? 'There was nothing to do' : `Brought back: ${ROUTE_WORDS[result.route]}`;
	return [
		`${style.green('✓')} ${style.bold(done)}, ${formatDuration(result.durationMs)}`,
		...appProofLines(result.proof, style),
		...result.safeties.map((safety) => `  What was there before is kept: ${snapshotLabel(safety)}`),
	];
}

function appProofLines({ verdict, differences }: RollbackResult['proof'], style: Style): string[] {
	switch (verdict) {
		case 'verified':
			return [`  ${style.green('Verified:')} everything that was looked at is as it should be.`];
		case 'cannot-tell':
			return [`  ${style.yellow('Cannot tell')} whether it is as it was.`];
		case 'differs':
			return pathLines(`Differs in ${formatCount(differences.length, 'place')}:`, differences, style);
	}
}

function pathLines(heading: string, paths: readonly string[], style: Style): string[] {
	if (paths.length === 0) {
		return [];
	}
	const more = paths.length > SHOWN_PATHS ? [`    … ${(paths.length - SHOWN_PATHS).toLocaleString('en-US')} more (--json)`] : [];
	return [`  ${style.yellow(heading)}`, ...paths.slice(0, SHOWN_PATHS).map((place) => `    ${showable(place)}`), ...more];
}

function notCovered(gaps: readonly AppGap[], style: Style): string {
	return style.dim(`  Not covered: ${gaps.map((gap) => GAP_WORDS[gap]).join(', ')}.`);
}

function versionText({ version, build }: Pick<AppInfo, 'version' | 'build'>): string {
	return [version, build === undefined ? undefined : `(${build})`].filter((part) => part !== undefined).join(' ');
}
