import type { AppStorage, Coverage, CoverageHolding, CoverageOmission, StorageReport } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** Apps that are shown unasked. */
const USUAL_APPS = 10;

const HOLDING_WORDS: Readonly<Record<CoverageHolding['kind'], string>> = {
	photos: 'Photos',
	videos: 'Videos',
	messages: 'Messages',
	attachments: 'Attachments',
	contacts: 'Contacts',
	calls: 'Calls',
	notes: 'Notes',
	events: 'Calendar entries',
	reminders: 'Reminders',
	'voice-memos': 'Voice memos',
	'health-records': 'Health records',
	'keychain-items': 'Keychain items',
};

const OMISSION_WORDS: Readonly<Record<CoverageOmission['what'], string>> = {
	'saved-passwords': 'saved passwords, for use on another phone',
	health: 'Health and Activity',
	'wifi-settings': 'Wi-Fi settings',
	'website-history': 'website history',
	'call-history': 'call history',
	'app-binaries': 'the apps themselves (they are downloaded again)',
	caches: 'caches and temporary files',
	'synced-media': 'media synced from a computer',
	'icloud-photos': 'photos and videos that are in iCloud only',
	'icloud-data': 'what is kept in iCloud already (iCloud Photos, Messages in iCloud, …)',
	'face-and-touch-id': 'Face ID and Touch ID settings',
	'apple-pay': 'Apple Pay',
};

const PART_WORDS: Readonly<Record<string, string>> = {
	photos: 'Photos',
	messages: 'Messages',
	health: 'Health',
	'voice-memos': 'Voice Memos',
	media: 'Books, tones and other media',
	keychain: 'Keychain',
	home: "Settings and the system's apps",
	system: 'System',
};

/** What a backup holds, for people. */
export function coverageLines(coverage: Coverage, style: Style, apps = USUAL_APPS): string[] {
	const { parent } = coverage;
	const summary = `${formatBytes(coverage.sizeBytes)} in ${formatCount(coverage.fileCount, 'file')}`;
	const rows = coverage.holdings.map((holding) => [
		HOLDING_WORDS[holding.kind],
		holding.state === 'unreadable'
			? style.yellow('cannot be counted')
			: holding.state === 'absent'
				? style.dim('none')
				: number(holding.count),
		changeText(holding.change),
		holding.sizeBytes === undefined || holding.sizeBytes === 0 ? '' : formatBytes(holding.sizeBytes),
	]);
	const [heading = '', ...lines] = renderTable(['HOLDS', 'COUNT', 'SINCE PARENT', 'SIZE'], rows);
	return [
		coverage.encrypted
			? `${style.bold('Encrypted')}: ${summary}. Whoever has it needs its password.`
			: `${style.bold('Not encrypted')}: ${summary}. Whoever has it can read it.`,
		...(parent === undefined ? [] : [style.dim(`Compared with its parent ${showable(parent.name ?? parent.id.slice(0, 8))}.`)]),
		'',
		style.dim(heading),
		...lines,
		'',
		...storageLines(coverage.storage, style, apps),
		'',
		...omissionLines(coverage.omissions, style),
		...(coverage.missingFiles === 0 ? [] : ['', style.red(`${formatCount(coverage.missingFiles, 'file')} that it names are not there.`)]),
	];
}

function omissionLines(omissions: readonly CoverageOmission[], style: Style): string[] {
	const line = (omission: CoverageOmission): string =>
		`  ${OMISSION_WORDS[omission.what]}${omission.count === undefined ? '' : ` (${number(omission.count)})`}`;
	const of = (why: CoverageOmission['why'], title: string): string[] => {
		const found = omissions.filter((omission) => omission.why === why);
		return found.length === 0 ? [] : [style.bold(title), ...found.map(line)];
	};
	return [
		...of('unencrypted', 'Left out, because it is not encrypted:'),
		...of('in-icloud', 'Left out, because it is in iCloud:'),
		...of('never', 'No backup holds:'),
	];
}

/** The table of apps and parts of the system. @param limit - how many; the rest is one line. */
export function storageLines(storage: readonly AppStorage[], style: Style, limit: number): string[] {
	const rows = storage.slice(0, limit).map((part) => [nameOf(part), formatBytes(part.sizeBytes), number(part.fileCount), partsOf(part)]);
	const rest = storage.slice(limit);
	const [heading = '', ...lines] = renderTable(['APP', 'SIZE', 'FILES', 'OF IT'], rows);
	const more =
		rest.length === 0
			? []
			: [
					style.dim(
						`… and ${formatCount(rest.length, 'more app').replace('more apps', 'more')}: ${formatBytes(sum(rest))} (devicelab storage lists all)`,
					),
				];
	return [style.dim(heading), ...lines, ...more];
}

/** The table of apps with a column for each snapshot. */
export function historyLines(report: StorageReport, style: Style, limit: number): string[] {
	const { points, history, apps } = report;
	const known = new Map(apps.map((part) => [part.id, part]));
	const ids = Object.keys(history).sort((a, b) => (history[b]?.at(-1) ?? 0) - (history[a]?.at(-1) ?? 0));
	const rows = ids.slice(0, limit).map((id) => {
		const part = known.get(id);
		return [
			part === undefined ? showable(id) : nameOf(part),
			...(history[id] ?? []).map((bytes) => (bytes === 0 ? '-' : formatBytes(bytes))),
		];
	});
	const headings = points.map(({ name, takenAt, snapshot }) =>
		showable(name ?? (takenAt === undefined ? (snapshot ?? '') : formatTime(takenAt))),
	);
	const [heading = '', ...lines] = renderTable(
		['APP', ...headings],
		[...rows, ['All', ...points.map(({ sizeBytes }) => formatBytes(sizeBytes))]],
	);
	return [style.dim(heading), ...lines];
}

function nameOf({ id, name, kind }: AppStorage): string {
	return kind === 'system' ? (PART_WORDS[id] ?? showable(id)) : name === undefined ? showable(id) : `${showable(name)} (${showable(id)})`;
}

function partsOf({ domains }: AppStorage): string {
	const of = (role: string): number => sum(domains.filter((domain) => domain.role === role));
	return [
		['shared', of('group')],
		['plug-ins', of('plugin')],
	]
		.filter(([, bytes]) => bytes !== 0)
		.map(([word, bytes]) => `${word} ${formatBytes(Number(bytes))}`)
		.join(', ');
}

function changeText(change: number | undefined): string {
	return change === undefined || change === 0 ? '' : `${change > 0 ? '+' : '−'}${number(Math.abs(change))}`;
}

function number(value: number): string {
	return value.toLocaleString('en-US');
}

function sum(of: readonly { readonly sizeBytes: number }[]): number {
	return of.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
