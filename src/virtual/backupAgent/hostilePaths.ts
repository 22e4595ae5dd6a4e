import type { VirtualDevice } from '../device.ts';
import type { HostFiles } from './hostFiles.ts';
import { BytesSource } from './sources.ts';

/**
 * Names paths that a host must not follow, in the commands that carry paths, and notes in the device's log what the host answered.
 * Everything that it tries to write says so in its content, so that a search of the computer's disk finds what got out.
 */
export async function playHostilePaths(device: VirtualDevice, host: HostFiles, command: string, kind: string): Promise<void> {
	const commands = command === 'all' ? Object.keys(COMMANDS) : [command];
	const paths = hostilePaths(device.udid);
	const kinds = kind === 'all' ? Object.keys(paths) : [kind];
	for (const name of commands) {
		for (const each of kinds) {
			const path = paths[each];
			const play = COMMANDS[name];
			if (path !== undefined && play !== undefined) {
				const answer = await play(host, path, device.udid);
				device.log.info(`Hostile path (${name}, ${each}): the host answered ${answer}.`);
			}
		}
	}
}

const ESCAPED_NAME = 'hostile-file-from-the-virtual-device';

function hostilePaths(udid: string): Record<string, string> {
	return {
		dotdot: `${udid}/../../${ESCAPED_NAME}`,
		absolute: `/tmp/${ESCAPED_NAME}`,
		'other-udid': `00000000-0000000000000000/${ESCAPED_NAME}`,
		backslash: `${udid}\\..\\..\\${ESCAPED_NAME}`,
		nul: `${udid}/${ESCAPED_NAME}\0.txt`,
		drive: `C:/${ESCAPED_NAME}`,
		dot: `${udid}/./${ESCAPED_NAME}`,
		root: ESCAPED_NAME,
	};
}

const COMMANDS: Readonly<Record<string, (host: HostFiles, path: string, udid: string) => Promise<number>>> = {
	upload: async (host, path) => {
		const content = new BytesSource(new TextEncoder().encode('written through a hostile path\n'));
		return (await host.upload(0, (writer) => writer.file('/var/tmp/hostile', path, content))).code;
	},
	download: async (host, path) => {
		let received = 0;
		const status = await host.download([path], () => ({ write: (bytes) => (received += bytes.length), end() {} }));
		return received > 0 ? received : status.code;
	},
	list: async (host, path) => (await host.list(path)).size,
	create: async (host, path) => (await host.createFolder(path)).code,
	move: async (host, path, udid) => (await host.move(new Map([[`${udid}/Info.plist`, path]]))).code,
	remove: async (host, path) => (await host.remove([path])).code,
};
