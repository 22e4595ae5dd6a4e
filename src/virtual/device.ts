import { delay, type Clock, type Logger } from '../base/index.ts';
import type { BackupEncryptionState } from './backupAgent/index.ts';
import type { DeviceFiles } from './files/index.ts';
import type { DeviceIdentity } from './identity.ts';
import type { DeviceSettings } from './settings.ts';
import type { FaultPlan } from './faults.ts';
import type { NotificationHub } from './notifications.ts';
import type { VirtualApp } from './apps.ts';

/** What a virtual device is made of. */
export interface DeviceParts {
	readonly identity: DeviceIdentity;
	readonly settings: DeviceSettings;
	/** What the device knows about the backup password: whether there is one, keybag and class keys. */
	readonly encryption: BackupEncryptionState;
	/** The files that a backup carries. */
	readonly files: DeviceFiles;
	readonly apps: VirtualApp[];
	readonly notifications: NotificationHub;
	readonly faults: FaultPlan;
	readonly clock: Clock;
	readonly log: Logger;
	/** Keeps settings and state; called after each change that a restart of the lab must not lose. */
	readonly save: () => Promise<void>;
}

/** How a device is attached to the lab's muxer; the lab provides it. */
export interface DevicePower {
	/** Drops every connection of the device and detaches it. */
	down(): void;
	/** Attaches it again, with new mux device IDs. */
	up(): void;
}

/** The system's own processes come first. */
const FIRST_APP_PID = 400;

/** One virtual phone: who it is, how it is set, and what is on it. Services read and change it; the muxer knows how it is attached. */
export class VirtualDevice {
	readonly identity: DeviceIdentity;
	readonly settings: DeviceSettings;
	readonly encryption: BackupEncryptionState;
	readonly files: DeviceFiles;
	readonly apps: VirtualApp[];
	readonly notifications: NotificationHub;
	readonly faults: FaultPlan;
	readonly clock: Clock;
	readonly log: Logger;
	/** Bundle ids of apps whose process runs, with its number. */
	readonly running = new Map<string, number>();
	readonly #save: () => Promise<void>;
	#power: DevicePower = { down() {}, up() {} };
	#rebooting: Promise<void> | undefined;
	#launches = 0;

	constructor(parts: DeviceParts) {
		this.identity = parts.identity;
		this.settings = parts.settings;
		this.encryption = parts.encryption;
		this.files = parts.files;
		this.apps = parts.apps;
		this.notifications = parts.notifications;
		this.faults = parts.faults;
		this.clock = parts.clock;
		this.log = parts.log;
		this.#save = parts.save;
	}

	get udid(): string {
		return this.identity.udid;
	}

	/** Keeps settings, name and state; nothing happens in a lab without a state folder. */
	save(): Promise<void> {
		return this.#save();
	}

	/** Starts an app, as a tap on its icon does; one that runs goes on. */
	launch(bundleId: string): void {
		if (!this.running.has(bundleId)) {
			this.running.set(bundleId, FIRST_APP_PID + this.#launches++);
		}
	}

	/** Connects the device to the lab's muxer. */
	usePower(power: DevicePower): void {
		this.#power = power;
	}

	/**
	 * Drops every connection, detaches, and after a pause attaches with a new mux device ID; runs `whileDown` in between.
	 * A restart that is under way is shared: its `whileDown` counts.
	 */
	reboot(whileDown: () => Promise<void> = () => Promise.resolve()): Promise<void> {
		this.#rebooting ??= this.#restart(whileDown).finally(() => {
			this.#rebooting = undefined;
		});
		return this.#rebooting;
	}

	async #restart(whileDown: () => Promise<void>): Promise<void> {
		this.#power.down();
		this.running.clear();
		try {
			await whileDown();
			// A restore that asked for no restart takes its place at the next one, whoever causes it.
			await this.files.completeRestore();
			await delay(this.clock, this.settings.rebootMs);
			this.settings.restorePending = false;
			await this.save();
		} finally {
			this.#power.up();
		}
	}
}
