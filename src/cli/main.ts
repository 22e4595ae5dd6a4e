import { Engine } from '../engine/index.ts';
import { processIo } from './processIo.ts';
import { runCommandLine } from './program.ts';

/**
 * The command line as a program of this process.
 *
 * @param argv - the arguments, without Node and script
 * @returns the exit code; nothing is left open, so that the process ends by itself
 */
export function main(argv: readonly string[]): Promise<number> {
	return runCommandLine(argv, processIo(), (options) => new Engine({ ...options, program: 'command-line' }));
}
