/** Where a work tree keeps its lab file. */
export const LAB_FILE = '.vscode/device-lab.json';

/** More is no lab file. */
export const MAX_LAB_FILE_LENGTH = 1024 * 1024;

/** A device of the lab. Both fields are hints: somebody else's lab has other phones under the same friendly names. */
export interface LabFileDevice {
	readonly udid?: string;
	/** As the device calls itself. */
	readonly name?: string;
}

/**
 * What a team agrees on about its devices: names and rules, never data or secrets.
 * schemas/device-lab.json says the same as a JSON schema.
 */
export interface LabFile {
	/** By friendly name. */
	readonly devices: ReadonlyMap<string, LabFileDevice>;
	/** Names of the snapshots that tests rely on. */
	readonly baselines: readonly string[];
	/** The rules by which old snapshots go, as the setting and the command line have them: `last=10,daily=7`. */
	readonly retention?: string;
	/** Tasks of the editor that run around those of the lab, by their labels. Never a command: what runs is in tasks.json. */
	readonly hooks: ReadonlyMap<LabHook, string>;
}

/** When a hook runs. A `before` that fails has nothing be done; an `after` runs when all went well. */
export const LAB_HOOKS = ['beforeBackup', 'afterBackup', 'beforeRollback', 'afterRollback', 'beforeInstall', 'afterInstall'] as const;
export type LabHook = (typeof LAB_HOOKS)[number];

/** A lab file, or what is wrong with it, as the end of a sentence about the file. */
export type LabFileReading = { readonly file: LabFile } | { readonly problem: string };

const FIELDS = ['$schema', 'devices', 'baselines', 'retention', 'hooks'];
const DEVICE_FIELDS = ['udid', 'name'];

/** Reads what was parsed from a lab file; nothing in it is taken on trust. */
export function readLabFile(value: unknown): LabFileReading {
	if (!isObject(value)) {
		return { problem: 'it must be an object' };
	}
	const stranger = Object.keys(value).find((key) => !FIELDS.includes(key));
	if (stranger !== undefined) {
		return { problem: `it has no field ${JSON.stringify(stranger)}` };
	}
	const { devices = {}, baselines = [], retention, hooks = {} } = value;
	if (!isObject(devices)) {
		return { problem: '"devices" must be an object: friendly names and their devices' };
	}
	const found = new Map<string, LabFileDevice>();
	for (const [name, device] of Object.entries(devices)) {
		if (name.trim() === '' || !isDevice(device)) {
			return { problem: `the device ${JSON.stringify(name)} must be an object with "udid" or "name"` };
		}
		found.set(name, {
			...(device.udid === undefined ? {} : { udid: device.udid }),
			...(device.name === undefined ? {} : { name: device.name }),
		});
	}
	if (!Array.isArray(baselines) || !baselines.every((name) => typeof name === 'string' && name.trim() !== '')) {
		return { problem: '"baselines" must be a list of names' };
	}
	if (retention !== undefined && !isText(retention)) {
		return { problem: '"retention" must be rules such as "last=10,daily=7"' };
	}
	if (!isObject(hooks)) {
		return { problem: '"hooks" must be an object: when, and the label of a task' };
	}
	const wrong = Object.entries(hooks).find(([when, label]) => !isHook(when) || !isText(label));
	if (wrong !== undefined) {
		return { problem: `the hook ${JSON.stringify(wrong[0])} must be one of ${LAB_HOOKS.join(', ')}, and name a task` };
	}
	return {
		file: {
			devices: found,
			baselines: baselines as string[],
			...(retention === undefined ? {} : { retention }),
			hooks: new Map(Object.entries(hooks) as [LabHook, string][]),
		},
	};
}

/** Rules that also keep the baselines of a lab file, whoever wrote the rules. A comma parts rules, so it fits any letter here. */
export function withBaselines(rules: string, { baselines }: Pick<LabFile, 'baselines'>): string {
	return [rules, ...baselines.map((name) => `baseline=${name.replaceAll(',', '?')}`)].join(',');
}

/** The device of a friendly name, in any case; undefined when the file has none. */
export function labDeviceNamed({ devices }: LabFile, name: string): LabFileDevice | undefined {
	const exact = devices.get(name);
	return exact ?? [...devices].find(([friendly]) => friendly.toLowerCase() === name.toLowerCase())?.[1];
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value.trim() !== '';
}

function isHook(value: string): value is LabHook {
	return (LAB_HOOKS as readonly string[]).includes(value);
}

function isDevice(value: unknown): value is LabFileDevice {
	return (
		isObject(value) &&
		Object.entries(value).every(([key, field]) => DEVICE_FIELDS.includes(key) && typeof field === 'string' && field.trim() !== '')
	);
}
