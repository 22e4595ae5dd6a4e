import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** The folder of the snapshots when nobody names one: the user's own, where this system keeps the data of programs. */
export function defaultStoreFolder(
	environment: Readonly<Record<string, string | undefined>>,
	platform: NodeJS.Platform = process.platform,
): string {
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
