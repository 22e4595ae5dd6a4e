import { encodePidList, isPidListRequest } from '../../device/services/osTraceRelay/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import { executableOf } from '../apps.ts';
import type { ServiceContext } from './service.ts';

/** What runs on every phone. */
const SYSTEM_PROCESSES = ['launchd', 'SpringBoard', 'backboardd', 'lockdownd', 'installd', 'afcd'];

/** Lists processes; logs are not relayed. One request for each connection. */
export async function serveOsTraceRelay({ device, channel }: ServiceContext): Promise<void> {
	if (!isPidListRequest(await readPlist(channel))) {
		return;
	}
	const system = SYSTEM_PROCESSES.map((name, index) => ({ pid: index === 0 ? 1 : 40 + index, name }));
	const apps = [...device.running].flatMap(([bundleId, pid]) => {
		const app = device.apps.find((one) => one.bundleId === bundleId);
		return app === undefined ? [] : [{ pid, name: executableOf(app) }];
	});
	await channel.write(Uint8Array.of(1));
	await writePlist(channel, encodePidList([...system, ...apps]));
}
