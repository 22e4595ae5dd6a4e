import type { Logger } from '../../base/index.ts';
import { AFC_SERVICE, AfcClient, type PairedDevice } from '../../device/index.ts';
import { reportError } from '../errors.ts';
import { present } from '../known.ts';
import type { FoundSnapshot, SnapshotLibrary } from '../store/library.ts';
import { compareProofs, proofFrom, readProof } from '../store/proof.ts';

/** Domains that a reason names at most. */
const MAX_NAMED = 5;

/** Names of what a device tells otherwise than it did when the snapshot was taken; undefined when there is nothing to compare. */
export async function compareDevice(
	paired: PairedDevice,
	{ snapshot }: FoundSnapshot,
	log: Logger,
	signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
	const afc = new AfcClient(await paired.openService(AFC_SERVICE, { signal }));
	try {
		const now = await readProof(paired, afc, log, signal ?? new AbortController().signal);
		return compareProofs(proofFrom(snapshot.record.backup['proof']), now);
	} finally {
		afc.close();
	}
}

/**
 * Names of what differs between the snapshot that the device was last brought to and the one that is wanted, beside the apps that were looked
 * at: nobody can look at it without a backup, so it is taken to be as it was left. Undefined when it was never brought to one that is here.
 */
export async function knownToDiffer(
	library: SnapshotLibrary,
	{ info }: FoundSnapshot,
	options: { readonly seen: readonly string[]; readonly password: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<readonly string[] | undefined> {
	const head = await (await library.store()).head(info.udid);
	if (head === undefined) {
		return undefined;
	}
	if (head === info.id) {
		return [];
	}
	const { password, signal } = options;
	try {
		const { groups } = await library.diff(info.udid, head, info.id, { ...present('password', password), ...present('signal', signal) });
		const others = groups.map(({ name }) => name).filter((name) => !options.seen.includes(name));
		return others.length <= MAX_NAMED ? others : [...others.slice(0, MAX_NAMED), `${others.length - MAX_NAMED} more`];
	} catch (error) {
		// The password is that of the wanted snapshot; the other may have one of its own.
		if (reportError(error).code === 'WRONG_PASSWORD') {
			return ['what it was left with, which has another password'];
		}
		throw error;
	}
}

/** @param places - as `compareDevice` gives them. */
export function differenceText(places: readonly string[] | undefined): string {
	return places === undefined ? 'the device does not tell enough to be compared' : `the device differs in ${places.join(', ')}`;
}
