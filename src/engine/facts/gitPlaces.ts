import { access, constants, realpath, stat } from 'node:fs/promises';
import * as path from 'node:path';

/**
 * The top of the git work tree that a directory lies in: the nearest folder upwards that has a `.git`; undefined when none has.
 * Symbolic links are resolved first, as git does.
 */
export async function findWorkTree(directory: string): Promise<string | undefined> {
	let at: string;
	try {
		at = await realpath(directory);
	} catch {
		// A directory that cannot be read is in no work tree that could be asked.
		return undefined;
	}
	for (;;) {
		if (await exists(path.join(at, '.git'))) {
			return at;
		}
		const above = path.dirname(at);
		if (above === at) {
			return undefined;
		}
		at = above;
	}
}

/**
 * The `git` that the search path leads to. Relative entries and such as lie in the work tree (`node_modules/.bin`, which npm puts in front) are
 * passed over, links into it too: a work tree may hold a program of that name.
 */
export async function findGit(environment: Readonly<Record<string, string | undefined>>, workTree: string): Promise<string | undefined> {
	const name = process.platform === 'win32' ? 'git.exe' : 'git';
	for (const folder of searchPath(environment)) {
		try {
			const program = path.join(folder, name);
			await access(program, constants.X_OK);
			if (!isInside(program, workTree) && !isInside(await realpath(program), workTree) && (await stat(program)).isFile()) {
				return program;
			}
		} catch {
			// Not here: the next folder may have it.
		}
	}
	return undefined;
}

/** The absolute folders of the search path, in order. */
export function searchPath(environment: Readonly<Record<string, string | undefined>>): string[] {
	const value = environment['PATH'] ?? environment['Path'] ?? '';
	return value.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

function isInside(file: string, folder: string): boolean {
	const relative = path.relative(folder, file);
	return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

async function exists(file: string): Promise<boolean> {
	try {
		await stat(file);
		return true;
	} catch {
		// Whatever the reason: git could not use it either.
		return false;
	}
}
