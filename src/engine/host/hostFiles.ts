import { concatBytes, MiB } from '../../base/index.ts';
import { HostFileError, resolveDevicePath, type DeviceLinkHost } from '../../device/index.ts';

/** Control files are some kilobytes, Info.plist of a phone with many apps some megabytes. */
const MAX_SMALL_FILE_BYTES = 64 * MiB;

/** A small file of a backup as the device would read it; undefined when it is not there. */
export async function readHostFile(host: DeviceLinkHost, udid: string, name: string): Promise<Uint8Array | undefined> {
	const portions: Uint8Array[] = [];
	let sizeBytes = 0;
	for await (const portion of hostFilePortions(host, udid, name)) {
		sizeBytes += portion.length;
		if (sizeBytes > MAX_SMALL_FILE_BYTES) {
			throw new HostFileError('OTHER', `${name} is too large to be what its name says.`);
		}
		portions.push(portion);
	}
	return sizeBytes === 0 ? undefined : concatBytes(portions);
}

/** A file of a backup in portions; none for one that is not there. */
export async function* hostFilePortions(host: DeviceLinkHost, udid: string, name: string): AsyncGenerator<Uint8Array> {
	let reader;
	try {
		reader = await host.openRead(resolveDevicePath(`${udid}/${name}`, [udid]));
	} catch (error) {
		if (HostFileError.is(error, 'NOT_FOUND')) {
			return;
		}
		throw error;
	}
	try {
		for (let portion = await reader.read(MiB); portion !== undefined; portion = await reader.read(MiB)) {
			yield portion;
		}
	} finally {
		await reader.close();
	}
}

/** Puts a file of the host's own, such as Info.plist, beside what the device sends. */
export async function writeHostFile(host: DeviceLinkHost, udid: string, name: string, bytes: Uint8Array): Promise<void> {
	const writer = host.openWrite(resolveDevicePath(`${udid}/${name}`, [udid]));
	await writer.write(bytes);
	await writer.finish();
	await host.settle();
}
