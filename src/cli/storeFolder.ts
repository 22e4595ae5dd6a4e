import { resolve } from 'node:path';
import { defaultStoreFolder } from '../engine/index.ts';
import { expandHome } from './paths.ts';

/** The folder of the snapshots: the one that was named, else DEVICELAB_STORE, else the user's own. */
export function storeFolderOf(
	named: string | undefined,
	environment: Readonly<Record<string, string | undefined>>,
	platform: NodeJS.Platform = process.platform,
): string {
	const given = named ?? environment['DEVICELAB_STORE'];
	return given === undefined || given === '' ? defaultStoreFolder(environment, platform) : resolve(expandHome(given, environment));
}
