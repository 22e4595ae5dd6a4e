import { getNodeValue, type Node } from 'jsonc-parser';
import { readLabFile, type LabFile } from '../../../contract/index.ts';
import { fieldsOf, itemsOf, stringOf } from './tree.ts';

/** A device of a lab file, where it is written. */
export interface LabDeviceEntry {
	readonly name: string;
	readonly key: Node;
}

/** A name in the list of baselines, where it is written. */
export interface BaselineEntry {
	readonly name: string;
	readonly node: Node;
}

/** The devices of a lab file, as far as they can be made out. */
export function labDevicesIn(root: Node | undefined): readonly LabDeviceEntry[] {
	return [...fieldsOf(fieldsOf(root).get('devices')?.value)].map(([name, { key }]) => ({ name, key }));
}

/** The baselines of a lab file, as far as they can be made out. */
export function baselinesIn(root: Node | undefined): readonly BaselineEntry[] {
	return itemsOf(fieldsOf(root).get('baselines')?.value).flatMap((node) => {
		const name = stringOf(node);
		return name === undefined || name.trim() === '' ? [] : [{ name, node }];
	});
}

/**
 * What a lab file agrees on, also while it is being written: an entry that tasks could not use is left out. Undefined for what is no object.
 */
export function labFileOf(root: Node | undefined): LabFile | undefined {
	if (root === undefined) {
		return undefined;
	}
	const devices = [...fieldsOf(fieldsOf(root).get('devices')?.value)].flatMap(([name, { value }]) => {
		const reading = readLabFile({ devices: { [name]: value === undefined ? undefined : (getNodeValue(value) as unknown) } });
		return 'file' in reading ? [...reading.file.devices] : [];
	});
	return { devices: new Map(devices), baselines: baselinesIn(root).map(({ name }) => name), hooks: new Map() };
}
