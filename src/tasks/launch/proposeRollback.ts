import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, type Node, type ParseError } from 'jsonc-parser';
import { TASK_TYPE } from '../../contract/index.ts';

/** The roll-back that a launch is to wait for. */
export interface LaunchRollback {
	readonly device: string;
	readonly snapshot: string;
	/** What the task is called, unless another one has the name. */
	readonly label: string;
	/** What the task is called that does this first and then what the launch waits for already. */
	readonly sequenceLabel: string;
}

/** Both files as they would be. */
export interface Proposal {
	readonly tasks: string;
	readonly launch: string;
}

/** A launch configuration that can be chosen, or several that begin together. */
export interface LaunchChoice {
	readonly list: LaunchList;
	readonly index: number;
	readonly name: string;
	/** Empty where it begins several. */
	readonly type: string;
}

type LaunchList = (typeof LAUNCH_LISTS)[number];

/** Both wait for a `preLaunchTask`. */
const LAUNCH_LISTS = ['configurations', 'compounds'] as const;

const NO_TASKS = '{\n\t"version": "2.0.0",\n\t"tasks": []\n}\n';

/** The launch configurations of a launch.json, and its compounds behind them. @returns undefined when the text is no JSON. */
export function launchChoices(launchText: string): LaunchChoice[] | undefined {
	const tree = treeOf(launchText);
	const choices = LAUNCH_LISTS.map((name) => choicesIn(list(tree, name), name));
	return choices.every((each) => each !== undefined) ? choices.flat() : undefined;
}

function choicesIn(values: readonly unknown[] | undefined, list: LaunchList): LaunchChoice[] | undefined {
	return values?.flatMap((value, index) => {
		const { name, type } = (value ?? {}) as { name?: unknown; type?: unknown };
		return typeof name === 'string' ? [{ list, index, name, type: typeof type === 'string' ? type : '' }] : [];
	});
}

/**
 * Has a launch configuration wait for a roll-back: a task for it, and `preLaunchTask`. Where the launch waits for something already, a task does
 * both in sequence, the roll-back first. All that is there keeps its comments and its formatting.
 *
 * @param tasksText - undefined when there is no tasks.json.
 * @returns undefined when a text is no JSON of its kind; both as they were when nothing is left to do.
 */
export function proposeRollback(
	tasksText: string | undefined,
	launchText: string,
	launch: Pick<LaunchChoice, 'list' | 'index'>,
	rollback: LaunchRollback,
): Proposal | undefined {
	const before = tasksText === undefined || tasksText.trim() === '' ? NO_TASKS : tasksText;
	const tasks = list(treeOf(before), 'tasks');
	const launchTree = treeOf(launchText);
	const configuration = launchTree && findNodeAtLocation(launchTree, [launch.list, launch.index]);
	if (tasks === undefined || configuration?.type !== 'object') {
		return undefined;
	}
	const waitsFor: unknown = (getNodeValue(configuration) as Record<string, unknown>)['preLaunchTask'];
	const own = { type: TASK_TYPE, action: 'rollback', device: rollback.device, snapshot: rollback.snapshot };
	const kept = tasks.find((task) => isSame(task, own));
	const label = labelOf(kept) ?? freeLabel(rollback.label, tasks);
	if (waitsFor === label || doesFirst(tasks, waitsFor, label)) {
		return { tasks: before, launch: launchText };
	}
	let text = before;
	if (kept === undefined) {
		text = appended(text, { label, ...own, problemMatcher: [] });
	}
	if (waitsFor === undefined || waitsFor === '') {
		return { tasks: text, launch: waitingFor(launchText, configuration, label) };
	}
	const sequence = freeLabel(rollback.sequenceLabel, tasks);
	text = appended(text, { label: sequence, dependsOrder: 'sequence', dependsOn: [label, waitsFor], problemMatcher: [] });
	return { tasks: text, launch: waitingFor(launchText, configuration, sequence) };
}

function treeOf(text: string): Node | undefined {
	const errors: ParseError[] = [];
	const tree = parseTree(text, errors, { allowTrailingComma: true });
	return errors.length > 0 || tree?.type !== 'object' ? undefined : tree;
}

/** The values of a list, empty where the file has none; undefined where it is something else. */
function list(tree: Node | undefined, name: string): unknown[] | undefined {
	if (tree === undefined) {
		return undefined;
	}
	const node = findNodeAtLocation(tree, [name]);
	return node === undefined ? [] : node.type === 'array' ? (getNodeValue(node) as unknown[]) : undefined;
}

function isSame(task: unknown, own: Readonly<Record<string, string>>): boolean {
	const fields = (task ?? {}) as Record<string, unknown>;
	return labelOf(task) !== undefined && Object.entries(own).every(([key, value]) => fields[key] === value);
}

function labelOf(task: unknown): string | undefined {
	const { label } = (task ?? {}) as { label?: unknown };
	return typeof label === 'string' ? label : undefined;
}

function doesFirst(tasks: readonly unknown[], name: unknown, label: string): boolean {
	const { dependsOn } = (tasks.find((task) => labelOf(task) !== undefined && labelOf(task) === name) ?? {}) as { dependsOn?: unknown };
	return Array.isArray(dependsOn) ? dependsOn.includes(label) : dependsOn === label;
}

function freeLabel(label: string, tasks: readonly unknown[]): string {
	const taken = new Set(tasks.map(labelOf));
	for (let number = 1; ; number++) {
		const candidate = number === 1 ? label : `${label} (${number})`;
		if (!taken.has(candidate)) {
			return candidate;
		}
	}
}

/** A task behind the others. The library would format its neighbour anew as well. */
function appended(text: string, task: unknown): string {
	const tree = treeOf(text);
	const list = tree && findNodeAtLocation(tree, ['tasks']);
	const last = list?.children?.at(-1);
	const insertion = JSON.stringify(task, undefined, unitOf(text));
	if (last !== undefined) {
		return insertedBehind(text, last, insertion);
	}
	const end = list === undefined ? 0 : list.offset + list.length - 1;
	if (list !== undefined && text.slice(list.offset + 1, end).trim() !== '') {
		return insertedBeforeEnd(text, end, insertion);
	}
	const formattingOptions = {
		insertSpaces: unitOf(text) !== '\t',
		tabSize: unitOf(text) === '\t' ? 4 : unitOf(text).length,
		eol: eolOf(text),
	};
	return applyEdits(text, modify(text, ['tasks'], [task], { formattingOptions }));
}

/** The configuration with another `preLaunchTask`. */
function waitingFor(text: string, configuration: Node, label: string): string {
	const value = JSON.stringify(label);
	const present = findNodeAtLocation(configuration, ['preLaunchTask']);
	const last = configuration.children?.at(-1);
	if (present !== undefined) {
		return text.slice(0, present.offset) + value + text.slice(present.offset + present.length);
	}
	return last === undefined ? text : insertedBehind(text, last, `"preLaunchTask": ${value}`);
}

/** Puts an element or a property behind another one: on a line of its own where that one has one, and behind the comment on that line. */
function insertedBehind(text: string, node: Node, insertion: string): string {
	const end = node.offset + node.length;
	const lineStart = text.lastIndexOf('\n', node.offset - 1) + 1;
	const before = text.slice(lineStart, node.offset);
	const indent = /^[ \t]*/.exec(before)?.[0] ?? '';
	const [whole = '', comma = '', comment = ''] = /^(?:[ \t]*(,))?([ \t]*\/\/[^\r\n]*)?/.exec(text.slice(end)) ?? [];
	const isAlone = before.trim() === '' && /^[ \t]*(\r?\n|$)/.test(text.slice(end + whole.length));
	if (!isAlone) {
		return `${text.slice(0, end)}, ${insertion.replace(/\s*\n\s*/g, ' ')}${text.slice(end)}`;
	}
	const eol = eolOf(text);
	const lines = insertion.split('\n').map((line) => `${eol}${indent}${line}`);
	return `${text.slice(0, end)},${comment}${lines.join('')}${comma}${text.slice(end + whole.length)}`;
}

/** Puts an element into a list that has nothing but comments: behind them. The library would take them away. */
function insertedBeforeEnd(text: string, end: number, insertion: string): string {
	const before = text.slice(0, end).trimEnd();
	const eol = eolOf(text);
	const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', end - 1) + 1))?.[0] ?? '';
	const lines = insertion.split('\n').map((line) => `${eol}${indent}${unitOf(text)}${line}`);
	return `${before}${lines.join('')}${eol}${indent}${text.slice(end)}`;
}

function eolOf(text: string): string {
	return text.includes('\r\n') ? '\r\n' : '\n';
}

/** One step of indentation, as the file has it. */
function unitOf(text: string): string {
	return /^[ \t]+(?=")/m.exec(text)?.[0] ?? '\t';
}
