import { findNodeAtLocation, getLocation, type JSONPath, type Location } from 'jsonc-parser';
import type { LabDocument } from '../document/labDocument.ts';
import { LAUNCH_LISTS, TASK_FIELDS } from '../document/launchFile.ts';
import { tasksWithOurs, textIn, type TaskEntry } from '../document/tasksFile.ts';
import { fieldsOf, stringOf } from '../document/tree.ts';
import type { LabFacts } from '../lookup/facts.ts';
import { devicesMeant, deviceWithoutName, findDevice } from '../lookup/findDevice.ts';
import { snapshotKindOf } from '../lookup/findSnapshot.ts';
import { deviceOffers, nameOffers, udidOffers } from './deviceOffers.ts';
import { MAX_OFFERS, type Offer, type Offers } from './offer.ts';
import { bundleIdOffers, commandOffers, offeredTaskOffers, taskOffers, variableOffers } from './otherOffers.ts';
import { baselineOffers, snapshotOffers } from './snapshotOffers.ts';

/** The beginning of the ids of commands that answer values. */
const VALUE_COMMANDS = 'deviceLab.value.';

/** What can be put in at a place of a document. Words of tasks, such as actions, are not among them: their schema has them. */
export function complete(document: LabDocument, offset: number, facts: LabFacts): Offers | undefined {
	const location = getLocation(document.text, offset);
	if (location.isAtPropertyKey) {
		return undefined;
	}
	const variable = document.kind === 'lab' ? undefined : variableAt(document.text, offset, location);
	if (variable !== undefined) {
		return variable;
	}
	const offers = offersAt(location.path, document, facts);
	if (offers === undefined) {
		return undefined;
	}
	const own = stringAt(offset, location);
	return {
		offers: offers.slice(0, MAX_OFFERS),
		offset: own?.offset ?? offset,
		length: own?.length ?? 0,
		as: 'json',
		isCut: offers.length > MAX_OFFERS,
	};
}

/** The devices whose apps are wanted at a place of a document; none elsewhere. They have to be asked first. */
export function appsWantedAt(document: LabDocument, offset: number, facts: LabFacts): readonly string[] {
	const { path, isAtPropertyKey } = getLocation(document.text, offset);
	const task =
		document.kind === 'tasks' && !isAtPropertyKey && path.length === 3 && path[2] === 'bundleId' ? taskAt(document, path) : undefined;
	const attached = new Set(facts.devices.map(({ udid }) => udid));
	return task === undefined ? [] : devicesOf(task, facts).filter((udid) => attached.has(udid));
}

/** The devices whose snapshots and apps a task is about. */
function devicesOf(task: TaskEntry, facts: LabFacts): readonly string[] {
	const device = textIn(task, 'device');
	return devicesMeant(device === undefined ? deviceWithoutName(facts) : findDevice(device, facts), facts);
}

function offersAt(path: JSONPath, document: LabDocument, facts: LabFacts): readonly Offer[] | undefined {
	switch (document.kind) {
		case 'tasks':
			return taskOffersAt(path, document, facts) ?? inputOffersAt(path, document, facts);
		case 'launch': {
			const [list, , field] = path;
			const isTask = path.length === 3 && LAUNCH_LISTS.includes(String(list)) && TASK_FIELDS.includes(String(field));
			return isTask ? [...taskOffers(tasksWithOurs(facts.tasks)), ...offeredTaskOffers(facts)] : inputOffersAt(path, document, facts);
		}
		case 'lab':
			return labOffersAt(path, facts);
	}
}

function taskOffersAt(path: JSONPath, document: LabDocument, facts: LabFacts): readonly Offer[] | undefined {
	const [list, , field] = path;
	const task = list === 'tasks' ? taskAt(document, path) : undefined;
	if (task === undefined) {
		return undefined;
	}
	if (field === 'dependsOn' && path.length <= 4) {
		return [...taskOffers(document.tasks.filter(({ isOurs, index }) => isOurs && index !== task.index)), ...offeredTaskOffers(facts)];
	}
	if (!task.isOurs || path.length !== 3) {
		return undefined;
	}
	switch (field) {
		case 'device':
			return deviceOffers(facts);
		case 'snapshot':
			return snapshotOffers(devicesOf(task, facts), snapshotKindOf(task.action, textIn(task, 'scope'), textIn(task, 'bundleId')), facts);
		case 'bundleId':
			return bundleIdOffers(devicesOf(task, facts), facts);
		case 'task':
			return taskOffers(document.tasks.filter(({ index }) => index !== task.index));
		default:
			return undefined;
	}
}

function inputOffersAt(path: JSONPath, { root }: LabDocument, facts: LabFacts): readonly Offer[] | undefined {
	const [list, index, field, argument] = path;
	const input = list === 'inputs' && typeof index === 'number' ? fieldsOf(findNodeAtLocation(root, [list, index])) : undefined;
	if (input === undefined || stringOf(input.get('type')?.value) !== 'command') {
		return undefined;
	}
	if (field === 'command' && path.length === 3) {
		return commandOffers();
	}
	const command = stringOf(input.get('command')?.value);
	if (field !== 'args' || path.length !== 4 || command?.startsWith(VALUE_COMMANDS) !== true) {
		return undefined;
	}
	const device = stringOf(fieldsOf(input.get('args')?.value).get('device')?.value);
	const meant = device === undefined ? deviceWithoutName(facts) : findDevice(device, facts);
	return argument === 'device'
		? deviceOffers(facts)
		: argument === 'snapshot'
			? snapshotOffers(devicesMeant(meant, facts), { of: 'device' }, facts)
			: undefined;
}

function labOffersAt(path: JSONPath, facts: LabFacts): readonly Offer[] | undefined {
	const [list, , field] = path;
	if (list === 'baselines' && path.length === 2) {
		return baselineOffers(facts);
	}
	if (list !== 'devices' || path.length !== 3) {
		return undefined;
	}
	return field === 'udid' ? udidOffers(facts) : field === 'name' ? nameOffers(facts) : undefined;
}

function taskAt({ tasks }: LabDocument, [, index]: JSONPath): TaskEntry | undefined {
	return typeof index === 'number' ? tasks[index] : undefined;
}

/** The text that the cursor is in; undefined where none is begun. */
function stringAt(offset: number, { previousNode }: Location): { readonly offset: number; readonly length: number } | undefined {
	const isIn = previousNode?.type === 'string' && offset > previousNode.offset && offset <= previousNode.offset + previousNode.length;
	return isIn ? previousNode : undefined;
}

/** Behind `$`, `${` or `${command:dev`, within a text. */
function variableAt(text: string, offset: number, location: Location): Offers | undefined {
	const own = stringAt(offset, location);
	const [begun] = own === undefined ? [] : (/\$(?:\{[\w.:-]*)?$/.exec(text.slice(own.offset + 1, offset)) ?? []);
	if (own === undefined || begun === undefined) {
		return undefined;
	}
	const [rest = ''] = /^[\w.:-]*\}/.exec(text.slice(offset, own.offset + own.length)) ?? [];
	return { offers: variableOffers(), offset: offset - begun.length, length: begun.length + rest.length, as: 'inside', isCut: false };
}
