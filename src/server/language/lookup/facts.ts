import type { AppInfo, DeviceInfo, LabFile, SnapshotInfo } from '../../../contract/index.ts';
import type { TaskEntry } from '../document/tasksFile.ts';

/** The lab file that goes with a document. */
export interface LabFileFacts {
	readonly uri: string;
	/** Undefined when there is none. */
	readonly text: string | undefined;
	/** Undefined when there is none, or none that tasks could use. */
	readonly file: LabFile | undefined;
}

/** All that language features know when they are asked: plain values, of one moment. */
export interface LabFacts {
	/** Devices and snapshots have been told; before, nobody can say that one is missing. */
	readonly isKnown: boolean;
	/** What is attached. */
	readonly devices: readonly DeviceInfo[];
	/** By UDID, newest first, also of devices that are not attached. */
	readonly snapshots: ReadonlyMap<string, readonly SnapshotInfo[]>;
	readonly lab: LabFileFacts;
	/** The phones of this desk that stand for names of the lab file, by that name in lower case. */
	readonly mapped: ReadonlyMap<string, string>;
	/** Whether a password is remembered, by `passwordKey`; absent where nobody has asked yet. */
	readonly remembered: ReadonlyMap<string, boolean>;
	/** The apps on devices that were asked for them. */
	readonly apps: ReadonlyMap<string, readonly AppInfo[]>;
	/** The tasks of the tasks.json that goes with the document. */
	readonly tasks: readonly TaskEntry[];
	/** Milliseconds since 1970. */
	readonly nowMs: number;
	/** A BCP 47 tag. */
	readonly locale: string;
}

/** What a person sees of a device that has told nobody its name. */
const SHORT_UDID_LENGTH = 6;

/** The device as it is attached; undefined when it is not. */
export function attachedDevice({ devices }: Pick<LabFacts, 'devices'>, udid: string): DeviceInfo | undefined {
	return devices.find((device) => device.udid === udid);
}

/** As a device is called now, or was in its newest snapshot; else the end of its UDID. */
export function deviceName(facts: Pick<LabFacts, 'devices' | 'snapshots'>, udid: string): string {
	const named = facts.snapshots.get(udid)?.find((snapshot) => snapshot.deviceName !== undefined);
	return attachedDevice(facts, udid)?.name ?? named?.deviceName ?? udid.slice(-SHORT_UDID_LENGTH);
}

/** Every device that is attached or has a snapshot, those that are attached first. */
export function knownDevices({ devices, snapshots }: Pick<LabFacts, 'devices' | 'snapshots'>): readonly string[] {
	return [...new Set([...devices.map(({ udid }) => udid), ...snapshots.keys()])];
}

/** The key of a snapshot in `remembered`. */
export function passwordKey({ udid, id }: Pick<SnapshotInfo, 'udid' | 'id'>): string {
	return `${udid}/${id}`;
}
