import { AbortError, Disposable, errorText, type Clock, type Logger } from '../../base/index.ts';
import {
	AfcClient,
	answerHeartbeat,
	HEARTBEAT_SERVICE,
	MOBILE_BACKUP_2_SERVICE,
	MobileBackup2Client,
	NOTIFICATION,
	NOTIFICATION_PROXY_SERVICE,
	AFC_SERVICE,
	NotificationProxyClient,
	PairedDevice,
	PlistChannel,
	SyncLock,
	transportOf,
	type AttachedDevice,
} from '../../device/index.ts';

/** What the device is asked to tell of while a request runs. */
const OBSERVED = [
	NOTIFICATION.SYNC_CANCEL_REQUEST,
	NOTIFICATION.SYNC_SUSPEND_REQUEST,
	NOTIFICATION.SYNC_RESUME_REQUEST,
	NOTIFICATION.BACKUP_DOMAIN_CHANGED,
	NOTIFICATION.PASSCODE_PROMPT_PRESENTED,
	NOTIFICATION.PASSCODE_PROMPT_DISMISSED,
];

export interface DeviceSessionContext {
	readonly clock: Clock;
	readonly log: Logger;
	readonly signal?: AbortSignal | undefined;
	/** The passcode prompt came up on the device's screen, or went. */
	onPasscodePrompt?(isShown: boolean): void;
}

/**
 * Everything that one request to the backup service needs of a device, opened afresh for it: the service itself, notifications, AFC, over
 * Wi-Fi the heartbeat, and where files are moved the sync lock.
 *
 * `signal` fires when the caller's does and when the person at the device cancels there.
 */
export class DeviceSession extends Disposable {
	readonly paired: PairedDevice;
	readonly backup: MobileBackup2Client;
	readonly afc: AfcClient;
	readonly signal: AbortSignal;
	readonly #notifications: NotificationProxyClient;
	readonly #context: DeviceSessionContext;
	#lock: SyncLock | undefined;

	private constructor(parts: {
		paired: PairedDevice;
		backup: MobileBackup2Client;
		afc: AfcClient;
		notifications: NotificationProxyClient;
		context: DeviceSessionContext;
	}) {
		super();
		this.paired = parts.paired;
		this.backup = parts.backup;
		this.afc = parts.afc;
		this.#notifications = parts.notifications;
		this.#context = parts.context;
		const cancelledThere = new AbortController();
		this.signal = AbortSignal.any([cancelledThere.signal, ...(parts.context.signal === undefined ? [] : [parts.context.signal])]);
		this.register(
			parts.notifications.onDidReceive((name) => {
				if (name === NOTIFICATION.SYNC_CANCEL_REQUEST) {
					cancelledThere.abort(new AbortError('The backup was cancelled on the device.'));
				} else if (name === NOTIFICATION.PASSCODE_PROMPT_PRESENTED) {
					parts.context.onPasscodePrompt?.(true);
				} else if (name === NOTIFICATION.PASSCODE_PROMPT_DISMISSED) {
					parts.context.onPasscodePrompt?.(false);
				}
			}),
		);
		if (transportOf(parts.paired.device) === 'network') {
			this.#keepAlive();
		}
	}

	/** @throws DeviceError of pairing, lockdown and the services; what was opened is closed again. */
	static async open(device: AttachedDevice, context: DeviceSessionContext): Promise<DeviceSession> {
		const paired = await PairedDevice.open(device, context);
		return paired.withSession(async (lockdown) => {
			const start = (service: string, escrow = false) => paired.startService(lockdown, service, { signal: context.signal, escrow });
			const notifications = new NotificationProxyClient(new PlistChannel(await start(NOTIFICATION_PROXY_SERVICE)));
			let afc: AfcClient | undefined;
			try {
				for (const name of OBSERVED) {
					await notifications.observe(name);
				}
				afc = new AfcClient(await start(AFC_SERVICE));
				const backup = await MobileBackup2Client.open(await start(MOBILE_BACKUP_2_SERVICE, true), { signal: context.signal });
				return new DeviceSession({ paired, backup, afc, notifications, context });
			} catch (error) {
				afc?.close();
				notifications.dispose();
				throw error;
			}
		}, context);
	}

	/** Takes the device's lock against another sync, for as long as this session lives. @throws DeviceError `SYNC_BUSY`. */
	async takeSyncLock(): Promise<void> {
		this.#lock = await SyncLock.acquire(this.afc, this.#notifications, {
			clock: this.#context.clock,
			log: this.#context.log,
			signal: this.signal,
		});
	}

	/** Takes leave of every service and gives the lock back; cancels a request that is still running. Never throws. */
	async end(): Promise<void> {
		await this.#lock?.release();
		await this.backup.end();
		this.afc.close();
		await this.#notifications.shutdown();
		this.dispose();
	}

	/** A device drops connections over Wi-Fi whose host does not answer its heartbeat. */
	#keepAlive(): void {
		const stop = new AbortController();
		this.register({ dispose: () => stop.abort() });
		const keep = async (): Promise<void> => {
			const channel = new PlistChannel(await this.paired.openService(HEARTBEAT_SERVICE, { signal: stop.signal }));
			await answerHeartbeat(channel, stop.signal);
		};
		keep().catch((error: unknown) => this.#context.log.debug(`No heartbeat: ${errorText(error)}`));
	}
}
