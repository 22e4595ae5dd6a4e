import type { Node } from 'jsonc-parser';
import { labDocumentKind, mentionsLab, type LabDocumentKind } from '../../../contract/index.ts';
import { tasksIn, type TaskEntry } from './tasksFile.ts';
import { treeOf } from './tree.ts';

/** A file that language features are asked about, as it is in the editor. */
export interface LabDocument {
	readonly uri: string;
	readonly kind: LabDocumentKind;
	readonly text: string;
	readonly root: Node;
	/** Of a tasks.json; none of other files. */
	readonly tasks: readonly TaskEntry[];
}

/** Undefined for what is left alone: other files, hostile ones, and those that are no object. */
export function readDocument(uri: string, text: string): LabDocument | undefined {
	const kind = labDocumentKind(uri);
	const root = kind === undefined ? undefined : treeOf(text);
	return kind === undefined || root === undefined ? undefined : { uri, kind, text, root, tasks: kind === 'tasks' ? tasksIn(root) : [] };
}

/** Whether there is anything in a document that a lab must be looked at for. */
export function concernsLab({ kind, text }: LabDocument, tasksBeside: readonly TaskEntry[]): boolean {
	return kind === 'lab' || mentionsLab(text) || (kind === 'launch' && tasksBeside.some(({ isOurs }) => isOurs));
}
