import type { Node } from 'jsonc-parser';
import { TASK_ACTIONS, TASK_TYPE, type TaskAction } from '../../../contract/index.ts';
import { fieldsOf, itemsOf, stringOf, type Field } from './tree.ts';

/** A task of a tasks.json, of whichever type. */
export interface TaskEntry {
	readonly node: Node;
	/** Its place in the list. */
	readonly index: number;
	/** As launch configurations name it. */
	readonly label: string | undefined;
	/** It is a task of type `deviceLab`. */
	readonly isOurs: boolean;
	/** Undefined while it is not written, or none that there is. */
	readonly action: TaskAction | undefined;
	readonly fields: ReadonlyMap<string, Field>;
}

/** The tasks of a tasks.json, as far as they can be made out. */
export function tasksIn(root: Node | undefined): readonly TaskEntry[] {
	return itemsOf(fieldsOf(root).get('tasks')?.value).map((node, index) => {
		const fields = fieldsOf(node);
		const text = (name: string): string | undefined => stringOf(fields.get(name)?.value);
		const action = TASK_ACTIONS.find((each) => each === text('action'));
		return { node, index, label: text('label') ?? text('taskName'), isOurs: text('type') === TASK_TYPE, action, fields };
	});
}

/** The tasks of ours, and those that others of which lead to one: a sequence of a roll-back and a build. */
export function tasksWithOurs(tasks: readonly TaskEntry[]): readonly TaskEntry[] {
	const found = new Set(tasks.filter(({ isOurs }) => isOurs));
	// Each round finds what names one of the round before; a circle ends as it finds nothing new.
	for (let before = -1; before < found.size;) {
		before = found.size;
		const labels = new Set([...found].flatMap(({ label }) => label ?? []));
		tasks.filter((task) => dependenciesOf(task).some((label) => labels.has(label))).forEach((task) => found.add(task));
	}
	return tasks.filter((task) => found.has(task));
}

/** The labels of the tasks that a task waits for, as far as they are texts. */
export function dependenciesOf({ fields }: Pick<TaskEntry, 'fields'>): readonly string[] {
	const node = fields.get('dependsOn')?.value;
	return [node, ...itemsOf(node)].flatMap((each) => stringOf(each) ?? []);
}

/** A text that a task has in a field, without spaces around it; undefined when it has none there, or an empty one. */
export function textIn(task: Pick<TaskEntry, 'fields'>, name: string): string | undefined {
	const text = stringOf(task.fields.get(name)?.value)?.trim();
	return text === '' ? undefined : text;
}

/** Whether a text has a variable in it, whose value nobody knows before the task runs. */
export function hasVariable(text: string): boolean {
	return text.includes('${');
}
