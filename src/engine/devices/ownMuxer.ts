import { DeviceError, formatMuxAddress, MuxClient, resolveMuxAddresses } from '../../device/index.ts';

/** A muxer on this computer answers at once. */
const ANSWERS_WITHIN_MS = 1000;

/** The address of the environment's muxer, or of this system's own, when one answers there now. */
export async function ownMuxerIfThere(environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
	try {
		const [address] = resolveMuxAddresses([], environment);
		if (address === undefined) {
			return undefined;
		}
		await new MuxClient(address).listDevices({ timeoutMs: ANSWERS_WITHIN_MS });
		return formatMuxAddress(address);
	} catch (error) {
		if (!DeviceError.is(error)) {
			throw error;
		}
		return undefined;
	}
}
