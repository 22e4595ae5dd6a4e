import { errorText } from '../../base/index.ts';
import type { LabHistoryEvent } from '../../contract/index.ts';
import type { JsonValue } from '../../snapshots/index.ts';
import type { JobContext } from '../jobs/backUp.ts';
import { present } from '../known.ts';
import type { SnapshotLibrary } from '../store/library.ts';
import { translated } from '../store/translated.ts';

/** Notes what happened to a device. What cannot be noted is done all the same, so a failure is only logged. */
export async function noteEvent(
	library: SnapshotLibrary,
	{ clock, log }: JobContext,
	udid: string,
	kind: string,
	app: string,
	facts: Readonly<Record<string, JsonValue | undefined>>,
): Promise<void> {
	try {
		await (await library.store()).addEvent(udid, { kind, atMs: clock.now(), app, facts });
	} catch (error) {
		log.warn(`What happened to the device could not be noted: ${errorText(error)}`);
	}
}

/** What happened to a device beside its snapshots, oldest first. */
export async function readHistory(library: SnapshotLibrary, device: string, limit?: number): Promise<readonly LabHistoryEvent[]> {
	return translated(async () => {
		const udid = await library.udidOf(device);
		const events = await (await library.store()).events(udid, limit);
		return events.map(({ kind, atMs, app, facts }) => ({
			udid,
			kind,
			at: new Date(atMs).toISOString(),
			...present('bundleId', app),
			facts,
		}));
	});
}
