import { errorText, type Logger } from '../../base/index.ts';
import type { AppActivity } from '../../contract/index.ts';
import { listProcesses, OS_TRACE_RELAY_SERVICE, type PairedDevice } from '../../device/index.ts';
import type { FoundApp } from './appInfo.ts';

/** A device lists its processes within milliseconds, or not at all. */
const TIMEOUT_MS = 5000;

/**
 * Whether the app's process runs. Says `unknown` when the device does not list its processes, or not the name of the app's. Processes are known
 * by the name of their executable alone: another app whose executable has the same name counts as this one.
 */
export async function readActivity(
	paired: PairedDevice,
	app: FoundApp,
	log: Logger,
	signal: AbortSignal | undefined,
): Promise<AppActivity> {
	const { executable } = app;
	if (executable === undefined) {
		return 'unknown';
	}
	try {
		const connection = await paired.openService(OS_TRACE_RELAY_SERVICE, { signal, timeoutMs: TIMEOUT_MS });
		const processes = await listProcesses(connection, { signal, timeoutMs: TIMEOUT_MS });
		return processes.some(({ name }) => isNameOf(name, executable)) ? 'running' : 'not-running';
	} catch (error) {
		signal?.throwIfAborted();
		log.debug(`The device does not list its processes: ${errorText(error)}`);
		return 'unknown';
	}
}

/** The system cuts names of processes short in some of its lists. */
const SHORTEST_CUT = 15;

function isNameOf(process: string, executable: string): boolean {
	return process === executable || (process.length >= SHORTEST_CUT && executable.startsWith(process));
}
