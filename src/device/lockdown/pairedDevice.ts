import { DeviceError } from '../errors.ts';
import type { Connection, ReadOptions } from '../transport/connection.ts';
import { upgradeToTls } from '../transport/tls.ts';
import { connectToDevice, type AttachedDevice } from '../usbmux/directory.ts';
import { LockdownClient } from './client.ts';
import { LOCKDOWN_PORT } from './frame.ts';
import { readPairRecord, type PairRecord } from './pairRecord.ts';

/** Opens lockdown in clear, uses it, and closes it whatever happens. */
export async function withLockdown<T>(
	device: AttachedDevice,
	use: (lockdown: LockdownClient) => Promise<T>,
	options: ReadOptions = {},
): Promise<T> {
	const lockdown = new LockdownClient(await connectToDevice(device, LOCKDOWN_PORT, options));
	try {
		return await use(lockdown);
	} finally {
		await lockdown.end();
	}
}

/** The pair record that the device's muxer keeps; undefined when this host was never paired with it. */
export async function findPairRecord(device: AttachedDevice, options: ReadOptions = {}): Promise<PairRecord | undefined> {
	for (const { mux } of device.attachments) {
		const bytes = await mux.readPairRecord(device.udid, options);
		if (bytes !== undefined) {
			return readPairRecord(bytes);
		}
	}
	return undefined;
}

/** A device together with the trust that opens it: where sessions and services come from. Each use has connections of its own. */
export class PairedDevice {
	readonly device: AttachedDevice;
	readonly #record: PairRecord;

	constructor(device: AttachedDevice, record: PairRecord) {
		this.device = device;
		this.#record = record;
	}

	/** @throws DeviceError `NOT_PAIRED` - the muxer has no pair record for it. */
	static async open(device: AttachedDevice, options: ReadOptions = {}): Promise<PairedDevice> {
		const record = await findPairRecord(device, options);
		if (record === undefined) {
			throw new DeviceError('NOT_PAIRED', 'This computer is not paired with the device.', { details: { udid: device.udid } });
		}
		return new PairedDevice(device, record);
	}

	/** Runs `use` inside a lockdown session. */
	async withSession<T>(use: (lockdown: LockdownClient) => Promise<T>, options: ReadOptions = {}): Promise<T> {
		return withLockdown(
			this.device,
			async (lockdown) => {
				await lockdown.startSession(this.#record, options);
				return use(lockdown);
			},
			options,
		);
	}

	/** Starts a service in a session of its own and connects to it. */
	openService(service: string, options: ReadOptions & { readonly escrow?: boolean } = {}): Promise<Connection> {
		return this.withSession((lockdown) => this.startService(lockdown, service, options), options);
	}

	/**
	 * Starts a service in a running session and connects to it, encrypted where the device says so.
	 *
	 * @param options.escrow - sends the escrow bag, so that the service starts while the screen is locked.
	 */
	async startService(
		lockdown: LockdownClient,
		service: string,
		options: ReadOptions & { readonly escrow?: boolean } = {},
	): Promise<Connection> {
		const descriptor = await lockdown.startService(service, options.escrow === true ? this.#record.escrowBag : undefined, options);
		const connection = await connectToDevice(this.device, descriptor.port, options);
		return descriptor.enableTls ? upgradeToTls(connection, this.#record, options) : connection;
	}

	/** Makes the device forget this host, and this host the device. */
	async unpair(options: ReadOptions = {}): Promise<void> {
		await this.withSession((lockdown) => lockdown.unpair(this.#record.hostId, options), options);
		for (const { mux } of this.device.attachments) {
			await mux.deletePairRecord(this.device.udid, options);
		}
	}
}
