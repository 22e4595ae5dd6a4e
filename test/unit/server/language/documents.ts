import assert from 'node:assert/strict';
import { readDocument, type LabDocument } from '../../../../src/server/language/document/labDocument.ts';
import { labFileOf } from '../../../../src/server/language/document/labFileTree.ts';
import { tasksIn } from '../../../../src/server/language/document/tasksFile.ts';
import { treeOf } from '../../../../src/server/language/document/tree.ts';
import type { LabFacts } from '../../../../src/server/language/lookup/facts.ts';
import type { DeviceInfo, LabDocumentKind, SnapshotInfo } from '../../../../src/contract/index.ts';
import { device, snapshot } from '../../../support/fakeLab.ts';

const folder = 'file:///app/.vscode';
const files: Readonly<Record<LabDocumentKind, string>> = { tasks: 'tasks.json', launch: 'launch.json', lab: 'device-lab.json' };

/** What is known in a test; nothing unless it says so. */
export interface KnownInTest {
	readonly devices?: readonly Partial<DeviceInfo>[];
	readonly snapshots?: readonly Partial<SnapshotInfo>[];
	/** The lab file beside the document. */
	readonly lab?: string;
	/** The tasks.json beside the document. */
	readonly tasks?: string;
	readonly mapped?: Readonly<Record<string, string>>;
	readonly remembered?: Readonly<Record<string, boolean>>;
	readonly apps?: LabFacts['apps'];
	readonly isKnown?: boolean;
}

/** Facts as the server gathers them. */
export function factsOf(known: KnownInTest, document?: LabDocument): LabFacts {
	const snapshots = new Map<string, SnapshotInfo[]>();
	for (const each of (known.snapshots ?? []).map(snapshot)) {
		snapshots.set(each.udid, [...(snapshots.get(each.udid) ?? []), each]);
	}
	const lab = document?.kind === 'lab' ? document.text : known.lab;
	return {
		isKnown: known.isKnown ?? true,
		devices: (known.devices ?? []).map(device),
		snapshots,
		apps: known.apps ?? new Map(),
		lab: { uri: `${folder}/device-lab.json`, text: lab, file: lab === undefined ? undefined : labFileOf(treeOf(lab)) },
		mapped: new Map(Object.entries(known.mapped ?? {})),
		remembered: new Map(Object.entries(known.remembered ?? {})),
		tasks: document?.kind === 'tasks' ? document.tasks : tasksIn(known.tasks === undefined ? undefined : treeOf(known.tasks)),
		nowMs: Date.UTC(2026, 0, 2, 4),
		locale: 'en-GB',
	};
}

/** A document, and the place of `|` in it. */
export function documentOf(kind: LabDocumentKind, marked: string): { readonly document: LabDocument; readonly offset: number } {
	const offset = marked.indexOf('|');
	const document = readDocument(`${folder}/${files[kind]}`, marked.replace('|', ''));
	assert.ok(document, 'it is read');
	return { document, offset };
}

/** A tasks.json with one task of ours; `fields` are JSON. */
export function taskText(fields: string): string {
	return `// by hand\n{ "version": "2.0.0", "tasks": [ { "label": "clean phone", "type": "deviceLab", ${fields} }, ] }`;
}
