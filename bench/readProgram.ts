import { buildLargeBackup, type LargeBackup } from './read/largeBackup.ts';

/** Builds the backup in a process of its own, so that what building takes is not counted as reading: `readProgram.ts FOLDER PLAN`. */
const [folder = '', plan = ''] = process.argv.slice(2);
buildLargeBackup(folder, JSON.parse(plan) as LargeBackup).catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
