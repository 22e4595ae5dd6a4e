import * as l10n from '@vscode/l10n';
import { findNodeAtOffset, getNodePath, type JSONPath, type Node } from 'jsonc-parser';
import { aboutDevice, deviceFacts } from './completion/deviceOffers.ts';
import { taskFacts } from './completion/otherOffers.ts';
import { aboutSnapshot, snapshotFacts } from './completion/snapshotOffers.ts';
import type { LabDocument } from './document/labDocument.ts';
import { LAUNCH_LISTS, TASK_FIELDS } from './document/launchFile.ts';
import { textIn } from './document/tasksFile.ts';
import { stringOf } from './document/tree.ts';
import { deviceName, type LabFacts } from './lookup/facts.ts';
import { devicesMeant, deviceWithoutName, findDevice, type DeviceWord } from './lookup/findDevice.ts';
import { findSnapshot, snapshotKindOf, type SnapshotKind } from './lookup/findSnapshot.ts';
import { offeredTasksOf } from './lookup/offeredTasks.ts';
import { factsText, plain, quoted } from './text.ts';

/** What is known of what the pointer is on. */
export interface HoverText {
	/** Plain text, a fact or sentence on each line. */
	readonly text: string;
	readonly node: Node;
}

/** A snapshot that `all` devices have is told of so many. */
const MAX_TOLD = 5;

/** What is known of a device, a snapshot or a task that is named at a place. What a field means its schema says. */
export function hover(document: LabDocument, offset: number, facts: LabFacts): HoverText | undefined {
	const node = findNodeAtOffset(document.root, offset);
	const named = stringOf(node);
	if (node === undefined || named === undefined) {
		return undefined;
	}
	const path = getNodePath(node);
	const lines = isKey(node) ? ofKey(path, named, document, facts) : ofValue(path, named, document, facts);
	return lines === undefined || lines.length === 0 ? undefined : { text: lines.join('\n'), node };
}

function isKey(node: Node): boolean {
	return node.parent?.type === 'property' && node.parent.children?.[0] === node;
}

function ofKey(path: JSONPath, name: string, { kind }: LabDocument, facts: LabFacts): readonly string[] | undefined {
	return kind === 'lab' && path.length === 2 && path[0] === 'devices' ? aboutNamedDevice(name, facts) : undefined;
}

function ofValue(path: JSONPath, text: string, document: LabDocument, facts: LabFacts): readonly string[] | undefined {
	const [list, index, field] = path;
	if (document.kind === 'lab') {
		const isDevice = list === 'devices' && path.length === 3;
		return isDevice
			? aboutNamedDevice(text, facts)
			: list === 'baselines'
				? aboutNamedSnapshot(text, [...facts.snapshots.keys()], { of: 'device' }, facts)
				: undefined;
	}
	if (document.kind === 'launch') {
		return LAUNCH_LISTS.includes(String(list)) && TASK_FIELDS.includes(String(field)) ? aboutTask(text, facts) : undefined;
	}
	const task = list === 'tasks' && typeof index === 'number' && path.length === 3 ? document.tasks[index] : undefined;
	if (task?.isOurs !== true) {
		return undefined;
	}
	if (field === 'device') {
		return aboutNamedDevice(text, facts);
	}
	const device = textIn(task, 'device');
	const udids = devicesMeant(device === undefined ? deviceWithoutName(facts) : findDevice(device, facts), facts);
	const kind = snapshotKindOf(task.action, textIn(task, 'scope'), textIn(task, 'bundleId'));
	return field === 'snapshot' ? aboutNamedSnapshot(text, udids, kind, facts) : undefined;
}

function aboutTask(text: string, facts: LabFacts): readonly string[] | undefined {
	const task = facts.tasks.find(({ label }) => label === text);
	if (task !== undefined) {
		return task.isOurs ? [l10n.t('A task of Device Lab: {0}', taskFacts(task))] : undefined;
	}
	return offeredTasksOf(facts).some(({ label }) => label === text)
		? [l10n.t('A task of Device Lab that is there while the device is attached, without being written.')]
		: undefined;
}

function aboutNamedDevice(text: string, facts: LabFacts): readonly string[] | undefined {
	const found = findDevice(text, facts);
	switch (found.kind) {
		case 'device': {
			const name = plain(deviceName(facts, found.udid));
			const title = found.friendly === undefined ? name : l10n.t('{0}, which is {1} of the lab file', name, quoted(found.friendly));
			return [title, deviceFacts(found.udid, facts), found.udid, aboutDevice(found.udid, facts)];
		}
		case 'unmapped':
			return [l10n.t('No phone here is {0} of the lab file. It is asked for once, when a task needs it.', quoted(found.friendly))];
		case 'word':
			return aboutWord(found.word, facts);
		default:
			return undefined;
	}
}

function aboutWord(word: DeviceWord, facts: LabFacts): readonly string[] {
	switch (word) {
		case 'all': {
			const names = factsText(facts.devices.map(({ udid }) => plain(deviceName(facts, udid))));
			return [l10n.t('Each device that is attached.'), ...(names === '' ? [] : [names])];
		}
		case 'select':
			return [l10n.t('The task asks for the device each time.')];
		case 'last-selected':
			return [l10n.t('The device that was chosen last in this window; before that the task asks.')];
	}
}

function aboutNamedSnapshot(text: string, udids: readonly string[], kind: SnapshotKind, facts: LabFacts): readonly string[] | undefined {
	const found = udids.flatMap((udid) => {
		const result = findSnapshot(text, udid, kind, facts);
		return result.kind === 'snapshot' ? [result.snapshot] : [];
	});
	const told = found.slice(0, MAX_TOLD).flatMap((snapshot) => {
		const title = snapshot.name ?? snapshot.id.slice(0, 8);
		return [factsText([plain(title), snapshotFacts(snapshot, facts)]), ...aboutSnapshot(snapshot, facts).split('\n')];
	});
	return found.length > MAX_TOLD ? [...told, l10n.t('{0} more devices have it.', found.length - MAX_TOLD)] : told;
}
