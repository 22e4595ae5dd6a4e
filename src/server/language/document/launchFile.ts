import type { Node } from 'jsonc-parser';
import { fieldsOf, itemsOf, stringOf } from './tree.ts';

/** Where a launch.json names a task. */
export interface TaskReference {
	readonly node: Node;
	readonly task: string;
}

/** Fields of a launch configuration, and of a compound, that name a task. */
export const TASK_FIELDS: readonly string[] = ['preLaunchTask', 'postDebugTask'];

/** The lists of a launch.json whose elements may name tasks. */
export const LAUNCH_LISTS: readonly string[] = ['configurations', 'compounds'];

/** The tasks that a launch.json names, as far as they can be made out. */
export function taskReferencesIn(root: Node | undefined): readonly TaskReference[] {
	const fields = fieldsOf(root);
	const entries = LAUNCH_LISTS.flatMap((list) => itemsOf(fields.get(list)?.value)).map(fieldsOf);
	return entries.flatMap((entry) =>
		TASK_FIELDS.flatMap((name) => {
			const node = entry.get(name)?.value;
			const task = stringOf(node);
			return node === undefined || task === undefined || task === '' ? [] : [{ node, task }];
		}),
	);
}
