import { homedir } from 'node:os';
import { join, posix, resolve, win32 } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of the snapshots: the one that was named, with a leading `~` as the home folder; else DEVICELAB_STORE; else the user's own. */
export function storeFolderOf(named: string | undefined, environment: Environment, platform: NodeJS.Platform = process.platform): string {
	const given = named || environment['DEVICELAB_STORE'];
	if (given === undefined || given === '') {
		return usersOwn(environment, platform);
	}
	return resolve(expandHome(given, environment));
}

/** A folder as typed, with a leading `~` as the home folder: `--to=~/Backups` reaches a program with the tilde in it. */
export function expandHome(path: string, environment: Environment): string {
	return /^~(?:$|[/\\])/.test(path) ? join(homeOf(environment), path.slice(1)) : path;
}

/** Where this system keeps the data of programs. */
function usersOwn(environment: Environment, platform: NodeJS.Platform): string {
	const home = homeOf(environment);
	switch (platform) {
		case 'win32':
			return win32.join(environment['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local'), 'ios-device-lab', 'store');
		case 'darwin':
			return posix.join(home, 'Library', 'Application Support', 'ios-device-lab', 'store');
		default:
			return posix.join(dataHome(environment['XDG_DATA_HOME']) ?? posix.join(home, '.local', 'share'), 'ios-device-lab', 'store');
	}
}

/** The user's home folder, as programs of Unix and Windows are told it. */
export function homeOf(environment: Environment): string {
	return environment['HOME'] ?? environment['USERPROFILE'] ?? homedir();
}

/** The specification of the variable has relative paths ignored. */
function dataHome(path: string | undefined): string | undefined {
	return path !== undefined && posix.isAbsolute(path) ? path : undefined;
}
