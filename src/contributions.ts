/** Every id that package.json contributes, so that code cannot name one that does not exist. A test compares the two. */
export const commandIds = {
	/** Shows the output channel with the extension's log. Takes nothing, returns nothing. */
	showLog: 'deviceLab.showLog',
} as const;

/** An id of a contributed command. */
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** What each command takes and returns; a command that is missing here does not compile where it is registered. */
export interface CommandSignatures extends Record<CommandId, (...args: never[]) => unknown> {
	[commandIds.showLog]: () => void;
}
