import type { Command } from '../context.ts';

/** Show Log. */
export const showLog: Command = async ({ log }) => log.show();
