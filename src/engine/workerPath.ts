import * as path from 'node:path';

/**
 * Where the code of a worker is: beside the bundle that this is part of, or below this folder when sources run as they are.
 *
 * @param bundle - its name in the bundle's folder. @param source - its path below `src/engine`.
 */
export function workerPath(bundle: string, source: string): string {
	// A bundle has no import.meta, sources have no __dirname.
	const here: string | undefined = import.meta.dirname;
	return here === undefined ? path.join(__dirname, bundle) : path.join(here, source);
}
