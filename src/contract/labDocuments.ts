import { MiB } from '../base/index.ts';
import type { SnapshotRef } from './api.ts';

/** Files of a work tree in which people name devices and snapshots. */
export type LabDocumentKind = 'tasks' | 'launch' | 'lab';

/** Larger ones are left alone: nobody writes them by hand. */
export const MAX_LAB_DOCUMENT_LENGTH = MiB;

const FILES: Readonly<Record<LabDocumentKind, string>> = { tasks: 'tasks.json', launch: 'launch.json', lab: 'device-lab.json' };

/** The files as an editor finds them in a work tree. */
export const LAB_DOCUMENT_PATTERN = `**/.vscode/{${Object.values(FILES).join(',')}}`;

/** What a file is for us, by its path with forward slashes or its URI; undefined for any other file. */
export function labDocumentKind(path: string): LabDocumentKind | undefined {
	const [, name] = /(?:^|\/)\.vscode\/([^/]+)$/.exec(path) ?? [];
	return (Object.keys(FILES) as LabDocumentKind[]).find((kind) => FILES[kind] === name);
}

/** The URI of another file in the same folder. */
export function siblingUri(uri: string, kind: LabDocumentKind): string {
	return `${uri.slice(0, uri.lastIndexOf('/') + 1)}${FILES[kind]}`;
}

/** Whether a tasks.json or a launch.json has to do with us; a cheap look that may say yes too often. */
export function mentionsLab(text: string): boolean {
	return text.includes('deviceLab');
}

/** What the language features in the engine's process ask of the editor: method → what it takes and answers. */
export interface EditorRequests {
	/** The text of one of the files of `labDocumentKind`, as it is saved; null when there is none, or it is too large. */
	'language/readFile': { params: { readonly uri: string }; result: string | null };
	/** Which phone of this desk stands for each of some names of the lab file, in their order; null where nobody has said. */
	'language/mappedDevices': { params: { readonly names: readonly string[] }; result: readonly (string | null)[] };
	/** Whether a password is remembered for each of the snapshots, in their order. Never the password. */
	'language/remembered': { params: { readonly snapshots: readonly SnapshotRef[] }; result: readonly boolean[] };
}

export type EditorMethod = keyof EditorRequests;

/** The notification that answers to `EditorRequests` may be others now. */
export const EDITOR_FACTS_CHANGED = 'language/didChangeEditorFacts';

/** Commands that only language features offer. They are not in the palette. */
export const LANGUAGE_COMMANDS = {
	/** Asks for the password of a snapshot (`SnapshotRef`), and remembers it when it is right and a person wants so. */
	enterPassword: '_deviceLab.language.enterPassword',
	/** Asks which phone stands for a name of the lab file: `{ name }`. */
	choosePhone: '_deviceLab.language.choosePhone',
} as const;
