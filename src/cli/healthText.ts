import type { ContentsHealth, HealthFinding } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Style } from './style.ts';

/** Examples that are shown of a reason; the document has more. */
const MAX_EXAMPLES = 3;

/** Reasons against a restore, for people; `count` is how many files or rows it is about. */
const FAULTS: Readonly<Record<string, (finding: HealthFinding) => string>> = {
	'not-a-backup': () => 'it is no backup',
	unfinished: () => 'the device never finished it',
	'old-format': () => 'it is of iOS 10.1 or older, whose backups have another format',
	'damaged-control-file': () => 'a file about the backup itself cannot be read',
	'damaged-manifest': () => 'its list of files is damaged',
	'encryption-mismatch': () => 'it says that it is encrypted and is not, or the other way round',
	'missing-files': ({ count }) => `${formatCount(count, 'file')} that it names ${areOrIs(count)} not there`,
	'bad-lengths': ({ count }) =>
		`${formatCount(count, 'file')} cannot be decrypted: ${count === 1 ? 'its length is' : 'their lengths are'} impossible`,
	'bad-contents': ({ count }) => `${formatCount(count, 'file')} ${count === 1 ? 'differs' : 'differ'} from what the device sent`,
	'missing-keys': ({ count }) =>
		`${formatCount(count, 'file')} ${count === 1 ? 'has no key that opens it' : 'have no key that opens them'}`,
	'unsafe-rows': ({ count }) => `${formatCount(count, 'entry').replace(/entrys$/, 'entries')} of its list would be refused by a device`,
	'newer-than-target': ({ examples }) => `it is of iOS ${showable(examples[0]?.reason ?? '')}, newer than that of the device`,
	'supervision-differs': ({ examples }) =>
		examples[0]?.reason === 'supervised'
			? 'it is of a supervised device, and the device is not supervised'
			: 'the device is supervised, and it is of one that was not',
};

/** What is odd and was seen in good backups. */
const WARNINGS: Readonly<Record<string, (count: number) => string>> = {
	'unreadable-rows': (count) => `${formatCount(count, 'row')} of its list cannot be read, as in other good backups`,
	'sizes-differ': (count) => `${formatCount(count, 'file')} changed while ${count === 1 ? 'it was' : 'they were'} backed up`,
	'foreign-file-ids': (count) =>
		`${formatCount(count, 'file')} ${areOrIs(count)} named as another tool names ${count === 1 ? 'it' : 'them'}`,
	'extra-files': (count) => `${formatCount(count, 'file')} that its list does not name`,
};

/** Whether a backup can be restored, and why not, in lines. */
export function healthLines(health: ContentsHealth, style: Style): string[] {
	const { restorable, faults, warnings, counts } = health;
	const verdict =
		restorable === undefined
			? `${style.yellow('Not known')}: it is encrypted, and its list of files was not read without the password.`
			: restorable
				? `${style.green('Restorable')}: ${formatCount(counts.files, 'file')}, ${formatBytes(counts.contentBytes)}, all there.`
				: `${style.red('Not restorable')}: ${faults.map(faultText).join('; ')}.`;
	const examples = faults.flatMap(exampleLines);
	// Databases that were in use always differ in size, which would only worry people.
	const odd = warnings.filter(({ kind }) => kind !== 'sizes-differ').map(({ kind, count }) => WARNINGS[kind]?.(count) ?? showable(kind));
	return [verdict, ...examples, ...odd.map((text) => style.dim(`  ${text}`))];
}

/** The reasons in a few words, for a row of a table. */
export function healthWords({ restorable, faults }: ContentsHealth): string {
	return restorable === undefined ? 'not known without its password' : restorable ? 'restorable' : faults.map(faultText).join('; ');
}

function areOrIs(count: number): string {
	return count === 1 ? 'is' : 'are';
}

function faultText(finding: HealthFinding): string {
	return FAULTS[finding.kind]?.(finding) ?? `${showable(finding.kind)} (${finding.count})`;
}

function exampleLines({ examples }: HealthFinding): string[] {
	const places = examples.flatMap(({ domain, relativePath }) =>
		relativePath === undefined ? [] : [domain === undefined ? relativePath : `${domain}/${relativePath}`],
	);
	const more = places.length - MAX_EXAMPLES;
	return [...places.slice(0, MAX_EXAMPLES).map((place) => `  ${showable(place)}`), ...(more > 0 ? [`  … and ${more} more`] : [])];
}
