import * as l10n from '@vscode/l10n';
import type { SnapshotInfo } from '../../../contract/index.ts';
import { deviceName, type LabFacts } from '../lookup/facts.ts';
import { isOfKind, SNAPSHOT_WORDS, type SnapshotKind } from '../lookup/findSnapshot.ts';
import { factsText, iosText, plain, sizeText, whenText } from '../text.ts';
import { MAX_OFFERS, type Offer } from './offer.ts';

/** Snapshots of some devices for a task: those with names first, then words, then the others by their ids. */
export function snapshotOffers(udids: readonly string[], kind: SnapshotKind, facts: LabFacts): readonly Offer[] {
	const usable = udids.flatMap((udid) => facts.snapshots.get(udid) ?? []).filter((snapshot) => isOfKind(snapshot, kind));
	const named = new Map<string, SnapshotInfo[]>();
	for (const snapshot of usable) {
		if (snapshot.name !== undefined) {
			named.set(snapshot.name, [...(named.get(snapshot.name) ?? []), snapshot]);
		}
	}
	// Texts are made for what is shown only: there may be thousands.
	const names = [...named].slice(0, MAX_OFFERS + 1);
	const others = usable.filter(({ name }) => name === undefined).slice(0, MAX_OFFERS + 1 - names.length);
	return [
		...names.map(([value, same]) => namedOffer(value, same, udids, facts)),
		...missingBaselines([...named.keys()], facts),
		...SNAPSHOT_WORDS.map((value): Offer => ({ kind: 'word', value, facts: wordFacts[value]() })),
		...others.map((snapshot): Offer => {
			const { id, takenAt } = snapshot;
			const label = `${whenText(takenAt, facts)} (${id.slice(0, SHORT_ID_LENGTH)})`;
			return { kind: 'snapshot', value: id, label, facts: snapshotFacts(snapshot, facts), about: aboutSnapshot(snapshot, facts) };
		}),
	];
}

/** Names of snapshots that are no baselines of the lab file yet. */
export function baselineOffers(facts: LabFacts): readonly Offer[] {
	const listed = new Set(facts.lab.file?.baselines.map((name) => name.toLowerCase()) ?? []);
	const all = [...facts.snapshots.keys()];
	return snapshotOffers(all, { of: 'device' }, { ...facts, lab: { ...facts.lab, file: undefined } }).filter(
		({ kind, value, label }) => kind === 'snapshot' && label === undefined && !listed.has(value.toLowerCase()),
	);
}

/** iOS, size, app, lock: what tells snapshots apart. */
export function snapshotFacts(snapshot: SnapshotInfo, { locale }: LabFacts): string {
	const { app, encrypted, iosVersion, isHead, sizeBytes } = snapshot;
	return factsText([
		app === undefined ? iosText(iosVersion) : plain(app.bundleId),
		sizeText(sizeBytes, locale),
		encrypted ? l10n.t('encrypted') : undefined,
		isHead ? l10n.t('the device stands here') : undefined,
	]);
}

/** What else is known of it, a line each. */
export function aboutSnapshot(snapshot: SnapshotInfo, facts: LabFacts): string {
	const { git, note, pinned, takenAt, udid, verifiedAt, damagedAt } = snapshot;
	const commit = git?.commit === undefined ? undefined : plain(git.commit.slice(0, SHORT_HASH_LENGTH));
	return [
		l10n.t('Taken {0} of {1}.', whenText(takenAt, facts), plain(deviceName(facts, udid))),
		commit === undefined ? undefined : l10n.t('Commit {0}.', git?.branch === undefined ? commit : factsText([commit, plain(git.branch)])),
		pinned ? l10n.t('Pinned: it is never cleaned up.') : undefined,
		damagedAt === undefined ? undefined : l10n.t('Damage was found in it {0}.', whenText(damagedAt, facts)),
		damagedAt !== undefined || verifiedAt === undefined ? undefined : l10n.t('Verified {0}.', whenText(verifiedAt, facts)),
		note === undefined ? undefined : l10n.t('Note: {0}', plain(note)),
	]
		.filter((line) => line !== undefined)
		.join('\n');
}

const SHORT_ID_LENGTH = 8;
const SHORT_HASH_LENGTH = 7;

const wordFacts: Readonly<Record<(typeof SNAPSHOT_WORDS)[number], () => string>> = {
	latest: () => l10n.t('the newest one'),
	head: () => l10n.t('where the device stands'),
	parent: () => l10n.t('the one before that'),
	baseline: () => l10n.t('the only one with a name, or the only pinned one of those'),
};

function namedOffer(value: string, same: readonly SnapshotInfo[], udids: readonly string[], facts: LabFacts): Offer {
	const [newest] = same;
	const devices = new Set(same.map(({ udid }) => udid)).size;
	return {
		kind: 'snapshot',
		value,
		...(newest === undefined
			? {}
			: {
					facts: factsText([
						whenText(newest.takenAt, facts),
						snapshotFacts(newest, facts),
						udids.length > 1 ? l10n.t('on {0} of {1} devices', devices, udids.length) : undefined,
					]),
					about: aboutSnapshot(newest, facts),
				}),
	};
}

/** A task may be written before the state that it brings about is there. */
function missingBaselines(names: readonly string[], { lab }: LabFacts): Offer[] {
	const there = new Set(names.map((name) => name.toLowerCase()));
	return (lab.file?.baselines ?? [])
		.filter((name) => !there.has(name.toLowerCase()))
		.map((value) => ({ kind: 'snapshot', value, facts: l10n.t('a baseline of the lab file; no such snapshot here yet') }));
}
