import * as vscode from 'vscode';
import type { AppStorage, Coverage, CoverageHolding, CoverageOmission } from '../../contract/index.ts';
import { formatBytes, formatNumber, inline, quoted } from '../../views/index.ts';
import { tableLines } from './table.ts';

/** What a snapshot holds, its apps by size, and what it leaves out and why. */
export function coverageLines(coverage: Coverage): string[] {
	const { parent, missingFiles, unreadableRows } = coverage;
	return [
		vscode.l10n.t('{0} files, {1}.', formatNumber(coverage.fileCount), formatBytes(coverage.sizeBytes)),
		coverage.encrypted
			? vscode.l10n.t('Encrypted: whoever has it needs its password to read it.')
			: vscode.l10n.t('Not encrypted: whoever has it can read it.'),
		...(parent === undefined
			? []
			: [vscode.l10n.t('Compared with its parent {0}.', parent.name === undefined ? inline(parent.id.slice(0, 8)) : quoted(parent.name))]),
		...(coverage.parentProblem === undefined ? [] : [vscode.l10n.t('Its parent could not be compared with: it cannot be opened.')]),
		...(missingFiles === 0 ? [] : [vscode.l10n.t('{0} files that it names are not there.', formatNumber(missingFiles))]),
		...(unreadableRows === 0 ? [] : [vscode.l10n.t('{0} entries of its list cannot be read.', formatNumber(unreadableRows))]),
		'',
		...tableLines([
			[vscode.l10n.t('Holds'), vscode.l10n.t('Count'), vscode.l10n.t('Since the parent'), vscode.l10n.t('Size')],
			...coverage.holdings.map(holdingRow),
		]),
		'',
		...tableLines([
			[vscode.l10n.t('App or part'), vscode.l10n.t('Size'), vscode.l10n.t('Files')],
			...coverage.storage.map((part) => [storageName(part), formatBytes(part.sizeBytes), formatNumber(part.fileCount)]),
		]),
		...omissionLines(coverage.omissions, 'unencrypted', vscode.l10n.t('Left out, because it is not encrypted:')),
		...omissionLines(coverage.omissions, 'in-icloud', vscode.l10n.t('Left out, because it is in iCloud:')),
		...omissionLines(coverage.omissions, 'never', vscode.l10n.t('No backup holds:')),
	];
}

function holdingRow(holding: CoverageHolding): string[] {
	const { kind, state, count, change = 0, sizeBytes = 0 } = holding;
	return [
		HOLDINGS[kind](),
		state === 'unreadable' ? vscode.l10n.t('cannot be counted') : state === 'absent' ? '–' : formatNumber(count),
		change === 0 ? '' : `${change > 0 ? '+' : '−'}${formatNumber(Math.abs(change))}`,
		sizeBytes === 0 ? '' : formatBytes(sizeBytes),
	];
}

const HOLDINGS: Readonly<Record<CoverageHolding['kind'], () => string>> = {
	photos: () => vscode.l10n.t('Photos'),
	videos: () => vscode.l10n.t('Videos'),
	messages: () => vscode.l10n.t('Messages'),
	attachments: () => vscode.l10n.t('Attachments of messages'),
	contacts: () => vscode.l10n.t('Contacts'),
	calls: () => vscode.l10n.t('Calls'),
	notes: () => vscode.l10n.t('Notes'),
	events: () => vscode.l10n.t('Calendar entries'),
	reminders: () => vscode.l10n.t('Reminders'),
	'voice-memos': () => vscode.l10n.t('Voice memos'),
	'health-records': () => vscode.l10n.t('Health records'),
	'keychain-items': () => vscode.l10n.t('Keychain items'),
};

const OMISSIONS: Readonly<Record<CoverageOmission['what'], () => string>> = {
	'saved-passwords': () => vscode.l10n.t('saved passwords, for use on another phone'),
	health: () => vscode.l10n.t('Health and Activity'),
	'wifi-settings': () => vscode.l10n.t('Wi-Fi settings'),
	'website-history': () => vscode.l10n.t('website history'),
	'call-history': () => vscode.l10n.t('call history'),
	'app-binaries': () => vscode.l10n.t('the apps themselves: the phone downloads them again'),
	caches: () => vscode.l10n.t('caches and temporary files'),
	'synced-media': () => vscode.l10n.t('media that was synced from a computer'),
	'icloud-photos': () => vscode.l10n.t('photos and videos that are in iCloud only'),
	'icloud-data': () => vscode.l10n.t('what is kept in iCloud already, such as Messages in iCloud'),
	'face-and-touch-id': () => vscode.l10n.t('Face ID and Touch ID settings'),
	'apple-pay': () => vscode.l10n.t('Apple Pay'),
};

const PARTS: Readonly<Record<string, () => string>> = {
	photos: () => vscode.l10n.t('Photos'),
	messages: () => vscode.l10n.t('Messages'),
	health: () => vscode.l10n.t('Health'),
	'voice-memos': () => vscode.l10n.t('Voice memos'),
	media: () => vscode.l10n.t('Books, tones and other media'),
	keychain: () => vscode.l10n.t('Keychain'),
	home: () => vscode.l10n.t("Settings and the system's apps"),
	system: () => vscode.l10n.t('System'),
};

function storageName({ id, kind, name }: AppStorage): string {
	const part = kind === 'system' && Object.hasOwn(PARTS, id) ? PARTS[id] : undefined;
	return part?.() ?? (name === undefined ? inline(id) : `${inline(name)} (${inline(id)})`);
}

function omissionLines(omissions: readonly CoverageOmission[], why: CoverageOmission['why'], title: string): string[] {
	const lines = omissions
		.filter((omission) => omission.why === why)
		.map(({ what, count }) => `  ${OMISSIONS[what]()}${count === undefined ? '' : ` (${formatNumber(count)})`}`);
	return lines.length === 0 ? [] : ['', title, ...lines];
}
