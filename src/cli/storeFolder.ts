import { homedir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';
import { expandHome } from './paths.ts';

/**
 * The folder of the snapshots: the one that was named, else DEVICELAB_STORE, else one of the user's own, where this system keeps the data of
 * programs.
 */
export function storeFolderOf(
	named: string | undefined,
	environment: Readonly<Record<string, string | undefined>>,
	platform: NodeJS.Platform = process.platform,
): string {
	const given = named ?? environment['DEVICELAB_STORE'];
	return given === undefined || given === '' ? usersOwn(environment, platform) : resolve(expandHome(given, environment));
}

function usersOwn(environment: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
	const home = environment['HOME'] ?? environment['USERPROFILE'] ?? homedir();
	switch (platform) {
		case 'win32':
			return win32.join(environment['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local'), 'ios-device-lab', 'store');
		case 'darwin':
			return posix.join(home, 'Library', 'Application Support', 'ios-device-lab', 'store');
		default:
			return posix.join(dataHome(environment['XDG_DATA_HOME']) ?? posix.join(home, '.local', 'share'), 'ios-device-lab', 'store');
	}
}

/** The specification of the variable has relative paths ignored. */
function dataHome(path: string | undefined): string | undefined {
	return path !== undefined && posix.isAbsolute(path) ? path : undefined;
}
