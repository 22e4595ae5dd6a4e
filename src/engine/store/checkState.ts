import type { StateCheck } from '../../contract/index.ts';
import { AFC_SERVICE, AfcClient, PairedDevice, type AttachedDevice } from '../../device/index.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { FoundSnapshot } from './library.ts';
import { compareProofs, proofFrom, readProof } from './proof.ts';

/** Whether a device is at a snapshot, from what it tells without a backup. Changes nothing, and needs no passcode. */
export async function checkState(
	device: AttachedDevice,
	{ info, snapshot }: FoundSnapshot,
	{ log }: JobContext,
	signal: AbortSignal = new AbortController().signal,
): Promise<StateCheck> {
	const paired = await PairedDevice.open(device, { signal });
	const afc = new AfcClient(await paired.openService(AFC_SERVICE, { signal }));
	try {
		const differences = compareProofs(proofFrom(snapshot.record.backup['proof']), await readProof(paired, afc, log, signal));
		const verdict = differences === undefined ? 'cannot-tell' : differences.length === 0 ? 'verified' : 'differs';
		return { snapshot: info, isHead: info.isHead, proof: { verdict, differences: differences ?? [] } };
	} finally {
		afc.close();
	}
}
