import type { SnapshotInfo } from '../../contract/index.ts';
import { EngineError } from '../errors.ts';

/** What concerns whole devices refuses the snapshot of an app, and says what to do with it instead. @throws EngineError `WRONG_USE`. */
export function refuseAppSnapshot<T extends { readonly info: SnapshotInfo }>(found: T, instead: string): T {
	const { app, id } = found.info;
	if (app !== undefined) {
		throw new EngineError('WRONG_USE', `${id.slice(0, 8)} is a snapshot of ${app.bundleId} alone: ${instead}.`, {
			details: { snapshot: id },
		});
	}
	return found;
}
