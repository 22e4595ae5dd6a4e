import path from 'node:path';
import { startLab, tellLab, type LabOptions, type RunningLab } from '../../../src/virtual/index.ts';
import { runCommand } from './command.ts';

/** A virtual iPhone of a lab, and orders to it: `plug`, `unplug`, `reboot`, `set locked=true`, `fault …` (docs/virtual-device.md). */
export interface LabDevice {
	readonly udid: string;
	readonly name: string;
	/** Gives an order. @returns the lines of the answer */
	tell(verb: string, ...args: string[]): Promise<string[]>;
	/** One digest over everything that a backup of the device carries. */
	fingerprint(): Promise<string>;
}

/** Virtual iPhones on a loopback socket, for an editor that finds them through USBMUXD_SOCKET_ADDRESS. */
export interface EditorLab {
	readonly address: string;
	readonly devices: readonly LabDevice[];
	stop(): Promise<void>;
}

/** Starts a lab: three small paired devices that restart at once, unless `options` says otherwise. */
export async function startEditorLab(options: Partial<LabOptions> = {}): Promise<EditorLab> {
	const lab = await startLab({
		listen: '127.0.0.1:0',
		devices: 3,
		seed: 'tests',
		profile: 'small',
		...options,
		settings: { rebootMs: 50, ...options.settings },
	});
	return { address: lab.address, devices: lab.devices.map((device) => labDevice(lab, device)), stop: () => lab.stop() };
}

function labDevice(lab: RunningLab, { udid, name }: { readonly udid: string; readonly name: string }): LabDevice {
	const tell = async (verb: string, ...args: string[]): Promise<string[]> => {
		const lines: string[] = [];
		await tellLab(lab.address, udid, verb, args, (line) => lines.push(line));
		return lines;
	};
	return { udid, name, tell, fingerprint: async () => (await tell('fingerprint')).at(-1) ?? '' };
}

const cli = path.join(import.meta.dirname, 'devicelab.ts');

/**
 * Runs a command line of `devicelab` in an environment, from the sources: `runDevicelab(env, 'snapshot', 'Lab-1', '--name', 'fresh')`.
 * @returns what it wrote
 * @throws Error when it fails
 */
export function runDevicelab(env: NodeJS.ProcessEnv, ...argv: string[]): Promise<string> {
	return runCommand(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...argv], { env });
}
