import * as path from 'node:path';

/** Where the worker's code is: beside the bundle that this is part of, or beside this file when sources run as they are. */
export function folderWorkerPath(): string {
	// A bundle has no import.meta, sources have no __dirname.
	const here: string | undefined = import.meta.dirname;
	return here === undefined ? path.join(__dirname, 'folderWorker.js') : path.join(here, 'worker.ts');
}
