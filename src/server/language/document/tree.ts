import { createScanner, parseTree, type Node } from 'jsonc-parser';
import { MAX_LAB_DOCUMENT_LENGTH } from '../../../contract/index.ts';

/** Deeper ones are no file of ours, and the parser calls itself for each level. */
const MAX_DEPTH = 100;

/** A field of an object as it is written. */
export interface Field {
	readonly key: Node;
	/** Absent while it is being written. */
	readonly value: Node | undefined;
}

/** Whether a text can be parsed without harm: no larger and no deeper than what people write. */
export function isTame(text: string): boolean {
	if (text.length > MAX_LAB_DOCUMENT_LENGTH) {
		return false;
	}
	const scanner = createScanner(text, true);
	for (let depth = 0; scanner.getPosition() < text.length;) {
		scanner.scan();
		// A text begins with its quotation mark, so that the first character says what it is.
		const first = text[scanner.getTokenOffset()];
		depth += first === '{' || first === '[' ? 1 : first === '}' || first === ']' ? -1 : 0;
		if (depth > MAX_DEPTH) {
			return false;
		}
	}
	return true;
}

/** The tree of a text, as far as it can be made out while it is being written; undefined when it is not tame, or no object. */
export function treeOf(text: string): Node | undefined {
	const tree = isTame(text) ? parseTree(text, [], { allowTrailingComma: true }) : undefined;
	return tree?.type === 'object' ? tree : undefined;
}

/** The fields of an object by name; none of anything else. Of two with one name the last counts, as for whoever reads the file. */
export function fieldsOf(node: Node | undefined): ReadonlyMap<string, Field> {
	const fields = new Map<string, Field>();
	for (const { type, children = [] } of node?.type === 'object' ? (node.children ?? []) : []) {
		const [key, value] = children;
		if (type === 'property' && key !== undefined && typeof key.value === 'string') {
			fields.set(key.value, { key, value });
		}
	}
	return fields;
}

/** The elements of a list; none of anything else. */
export function itemsOf(node: Node | undefined): readonly Node[] {
	return node?.type === 'array' ? (node.children ?? []) : [];
}

/** The text that a node is; undefined when it is none. */
export function stringOf(node: Node | undefined): string | undefined {
	return node?.type === 'string' && typeof node.value === 'string' ? node.value : undefined;
}
