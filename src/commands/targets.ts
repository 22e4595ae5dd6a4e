import type { CommandTarget } from '../contributions.ts';

/**
 * The rows that a command was called on, the one under the pointer first: where only one can be acted on, it is that one. Arguments come from menus, key bindings, tasks and other extensions: what has no field of a target
 * counts as none, so that the command asks.
 */
export function targetsOf(target: unknown, selected: unknown): CommandTarget[] {
	const several = Array.isArray(selected) ? selected.flatMap(targetOf) : [];
	const own = targetOf(target);
	// An action of a row that is not among the selected ones is meant for that row.
	const isSelected = own.every((one) => several.some((each) => isSame(each, one)));
	return isSelected && several.length > 0 ? unique([...own, ...several]) : own;
}

function targetOf(value: unknown): CommandTarget[] {
	if (typeof value !== 'object' || value === null) {
		return [];
	}
	const { udid, snapshot, jobId, withNow, bundleId, file, backupPath, name } = value as Record<string, unknown>;
	const target: CommandTarget = {
		...(typeof udid === 'string' ? { udid } : {}),
		...(typeof snapshot === 'string' ? { snapshot } : {}),
		...(typeof jobId === 'string' ? { jobId } : {}),
		...(withNow === true ? { withNow } : {}),
		...(typeof bundleId === 'string' ? { bundleId } : {}),
		...(typeof udid === 'string' && typeof file === 'string' ? { file } : {}),
		...(typeof backupPath === 'string' ? { backupPath } : {}),
		...(typeof udid === 'string' && typeof name === 'string' ? { name } : {}),
	};
	return Object.keys(target).length === 0 ? [] : [target];
}

function unique(targets: readonly CommandTarget[]): CommandTarget[] {
	return targets.filter((target, index) => targets.findIndex((each) => isSame(each, target)) === index);
}

function isSame(a: CommandTarget, b: CommandTarget): boolean {
	return (
		a.udid === b.udid && a.snapshot === b.snapshot && a.jobId === b.jobId && a.bundleId === b.bundleId && a.backupPath === b.backupPath
	);
}
