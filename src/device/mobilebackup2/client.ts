import type { ReadOptions, Connection } from '../transport/connection.ts';
import { DeviceLinkClient } from '../devicelink/client.ts';
import type { ServeOptions } from '../devicelink/run.ts';
import {
	backupRequest,
	changePasswordRequest,
	cloudBackupRequest,
	helloRequest,
	readFinalAnswer,
	readHelloAnswer,
	restoreRequest,
	type RestoreOptions,
} from './messages.ts';

/** Serving without the roots, which follow from the request. */
export type RunOptions = Omit<ServeOptions, 'roots'>;

/**
 * One request to the device's backup service: the device drives, the host's file interface serves it.
 *
 * A connection carries one request (libimobiledevice issue 1648). Every request waits as long as the device takes, because passcode prompts
 * and scans are minutes of silence; it ends by the device's answer, a lost link, or the signal. All throw DeviceError `BACKUP_ERROR` with the
 * device's own code and text when it ends with an error.
 */
export class MobileBackup2Client {
	readonly #link: DeviceLinkClient;

	private constructor(link: DeviceLinkClient) {
		this.#link = link;
	}

	/** Opens DeviceLink and greets. @throws DeviceError `PROTOCOL_VIOLATION` - no version in common. */
	static async open(connection: Connection, options: ReadOptions = {}): Promise<MobileBackup2Client> {
		const link = new DeviceLinkClient(connection);
		try {
			await link.open(options);
			readHelloAnswer(await link.request(helloRequest(), options));
			return new MobileBackup2Client(link);
		} catch (error) {
			await link.end();
			throw error;
		}
	}

	/** Backs up into the folder named like the device. The device decides what is new, unless `forceFull`. */
	async backUp(udid: string, forceFull: boolean, run: RunOptions): Promise<void> {
		await this.#link.send(backupRequest(udid, forceFull));
		readFinalAnswer(await this.#link.serve({ ...run, roots: [udid] }));
	}

	/**
	 * Restores from `sourceFolder` below the backup root.
	 * A device that restarts may cut the link right after its answer, or instead of it once everything was sent; the caller judges by progress.
	 */
	async restore(udid: string, sourceFolder: string, options: RestoreOptions, run: RunOptions): Promise<void> {
		await this.#link.send(restoreRequest(udid, sourceFolder, options));
		readFinalAnswer(await this.#link.serve({ ...run, roots: [sourceFolder, udid] }));
	}

	async changePassword(udid: string, oldPassword: string | undefined, newPassword: string | undefined, run: RunOptions): Promise<void> {
		await this.#link.send(changePasswordRequest(udid, oldPassword, newPassword));
		readFinalAnswer(await this.#link.serve({ ...run, roots: [udid] }));
	}

	async setCloudBackup(udid: string, enabled: boolean, run: RunOptions): Promise<void> {
		await this.#link.send(cloudBackupRequest(udid, enabled));
		readFinalAnswer(await this.#link.serve({ ...run, roots: [udid] }));
	}

	/** Takes leave and closes; in the middle of a request that cancels it. Never throws. */
	end(): Promise<void> {
		return this.#link.end();
	}
}
