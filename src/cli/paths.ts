import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder as typed, with a leading `~` as the home folder: `--to=~/Backups` reaches a program with the tilde in it. */
export function expandHome(path: string, environment: Readonly<Record<string, string | undefined>>): string {
	if (path !== '~' && !path.startsWith('~/')) {
		return path;
	}
	return join(environment['HOME'] ?? environment['USERPROFILE'] ?? homedir(), path.slice(1));
}
