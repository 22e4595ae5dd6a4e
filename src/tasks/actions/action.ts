import type { ExitCode, LabTask } from '../../contract/index.ts';
import { inline, quoted } from '../../views/index.ts';
import type { TaskRun } from '../world.ts';

/** What one action does on one device. Resolves with the exit code; rejects as `runOnDevice` explains. */
export type Action = (task: LabTask, udid: string, run: TaskRun) => Promise<ExitCode>;

const MAX_DIFFERENCES = 5;

/** A device as sentences name it. */
export function nameOf(udid: string, { world }: Pick<TaskRun, 'world'>): string {
	return quoted(world.lab.deviceName(udid));
}

/** The first places of those in which a device differs. */
export function placesOf(differences: readonly string[]): string {
	return differences
		.slice(0, MAX_DIFFERENCES)
		.map((place) => inline(place))
		.join(', ');
}
