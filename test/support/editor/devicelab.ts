import { main } from '../../../src/cli/main.ts';

/** The command line from the sources, as a process. */
process.exitCode = await main(process.argv.slice(2));
