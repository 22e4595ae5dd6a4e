import type { FaultDescription } from '../faults.ts';

/**
 * Where in a request a fault strikes. Backup: `starting`, `scanning`, `uploading` (after the first batch of files), `moving`, `removing`,
 * `finishing`. Restore: `starting`, `restoring` (after the first batch), `finishing`. Others: `starting`.
 */
export type AgentPhase = 'starting' | 'scanning' | 'uploading' | 'moving' | 'removing' | 'restoring' | 'finishing';

export const AGENT_PHASES: readonly AgentPhase[] = ['starting', 'scanning', 'uploading', 'moving', 'removing', 'restoring', 'finishing'];

/** Faults of the backup agent. PHASE is one of AGENT_PHASES; without it a fault strikes in the middle of the transfer. */
export const AGENT_FAULTS: readonly FaultDescription[] = [
	{
		name: 'respond',
		args: 'CODE [PHASE] [TEXT…]',
		summary: 'end the next request with this error code (1, 3, 22, 100, 102, 103, 104, 105, 205, 207, 208, 211, 212)',
	},
	{ name: 'pause', args: 'MS [PHASE]', summary: 'say nothing for MS milliseconds' },
	{ name: 'ping', args: '[PHASE]', summary: 'send a DLMessagePing, which wants no answer' },
	{ name: 'unknown-command', args: '[PHASE]', summary: 'send a command that no host knows' },
	{ name: 'empty-download', args: '[PHASE]', summary: 'ask for an empty list of files' },
	{
		name: 'odd-message',
		args: '[not-array|empty-array|number|missing-elements|wrong-types|no-plist] [PHASE]',
		summary: 'send a message that is none',
	},
	{ name: 'oversized', args: '[frame|path|block] [PHASE]', summary: 'announce a message of 4 GiB, a path of 1 GiB or a block of 2 GiB' },
	{
		name: 'hostile-path',
		args: '[all|upload|download|list|create|move|remove] [all|dotdot|absolute|other-udid|backslash|nul|drive|dot|root] [PHASE]',
		summary: 'name paths outside of the folder that the device may use',
	},
	{ name: 'disconnect', args: '[PHASE]', summary: 'send DLMessageDisconnect and stop' },
	{ name: 'cut', args: '[PHASE]', summary: 'close the connection of the backup service' },
	{ name: 'cut-upload', args: 'BYTES', summary: 'close the connection of the backup service when BYTES of a backup have been sent' },
	{ name: 'device-error', args: '[none|data] [TEXT…]', summary: 'end one file with a read error of the device, before or after its data' },
	{ name: 'missing-payload', args: '[COUNT]', summary: 'name files in the manifest that are never sent, and report success' },
	{
		name: 'truncated-manifest',
		args: '[db|plist|status]',
		summary: 'send half of Manifest.db, Manifest.plist or the last Status.plist, and report success',
	},
	{ name: 'empty-without-key', args: '', summary: 'store empty files of an encrypted backup as nothing, without a key', stays: true },
	{ name: 'unfinished-status', args: '', summary: 'report success, although the last Status.plist does not say finished' },
	{ name: 'purge-request', args: '[BYTES]', summary: 'ask the host to free space before a backup, and give up with 105 when it does not' },
	{ name: 'cut-after-response', args: '', summary: 'cut the connection at once after the final answer, as a device that restarts' },
	{ name: 'hello-error', args: '', summary: 'know none of the versions that the host offers' },
];
