import { join } from 'node:path';
import type { Clock, Logger } from '../../base/index.ts';
import { AGENT_FAULTS, BackupEncryptionState } from '../backupAgent/index.ts';
import { VirtualDevice } from '../device.ts';
import { FaultPlan } from '../faults.ts';
import { createDeviceFiles } from '../files/index.ts';
import { LazyKey } from '../lockdown/keys.ts';
import { DeviceTrust } from '../lockdown/trust.ts';
import type { PairRecords } from '../mux/pairRecords.ts';
import { NotificationHub } from '../notifications.ts';
import { DeviceMedia } from '../services/media/media.ts';
import type { DeviceSettings } from '../settings.ts';
import { createApps } from './appSeeds.ts';
import { decodeDeviceRecord, encodeDeviceRecord } from './deviceRecord.ts';
import { LINK_FAULTS } from './linkFaults.ts';
import { createIdentity } from './models.ts';
import type { LabHost } from './pairing.ts';
import { RunningDevice } from './runningDevice.ts';
import { defaultSettings } from './settingsTable.ts';
import type { StateFolder } from './stateFolder.ts';

/** What a lab gives to each of its devices. */
export interface LabDeviceOptions {
	readonly seed: string;
	readonly index: number;
	readonly profile: string;
	readonly settings: Partial<DeviceSettings>;
	readonly unpaired: boolean;
	readonly state: StateFolder;
	readonly host: LabHost;
	readonly pairRecords: PairRecords;
	readonly clock: Clock;
	readonly log: Logger;
}

/** A device of a lab, and how its state is kept. */
export class LabDevice {
	readonly running: RunningDevice;
	readonly #state: StateFolder;
	readonly #pairRecords: PairRecords;
	readonly #host: LabHost;
	readonly #appsAtStart: string;
	#paired: Promise<void> = Promise.resolve();
	#wasPaired: boolean;
	#isClosed = false;
	#saving: Promise<void> = Promise.resolve();

	private constructor(running: RunningDevice, options: LabDeviceOptions, wasPaired: boolean) {
		this.running = running;
		this.#state = options.state;
		this.#pairRecords = options.pairRecords;
		this.#host = options.host;
		this.#wasPaired = wasPaired;
		this.#appsAtStart = bundleIdsOf(running.device);
	}

	/** A new device, or the one that the state folder keeps. @throws VirtualError `STATE_UNUSABLE`; RangeError for an unknown profile. */
	static async open(options: LabDeviceOptions): Promise<LabDevice> {
		const { seed, index, state, clock, log } = options;
		const identity = createIdentity(seed, index);
		const folder = join('devices', identity.udid);
		const saved = await state.readJson(join(folder, 'device.json'));
		const record = saved === undefined ? undefined : decodeDeviceRecord(saved);
		if (record !== undefined) {
			const { name, iosVersion, buildVersion } = record;
			Object.assign(identity, { name, iosVersion, buildVersion });
		}
		const settings = { ...defaultSettings(), ...options.settings, ...record?.settings };
		const apps = [...(record?.apps ?? createApps(`${seed} ${index}`))];
		const files = await createDeviceFiles({
			seed: `${seed} ${index}`,
			profile: options.profile,
			apps: createApps(`${seed} ${index}`),
			stateFolder: join(state.path, folder, 'files'),
		});
		const media = await DeviceMedia.open({ seed: `${seed} ${index}`, folder: join(state.path, folder, 'media'), files, settings, clock });
		const trust = new DeviceTrust(new LazyKey(() => state.key(identity.udid)), record?.hosts);
		// The device and its keeper know one another; the keeper comes last.
		const keeper: { current: LabDevice | undefined } = { current: undefined };
		const device = new VirtualDevice({
			identity,
			settings,
			encryption: record?.encryption === undefined ? BackupEncryptionState.create() : BackupEncryptionState.fromJson(record.encryption),
			files,
			apps,
			notifications: new NotificationHub(),
			faults: new FaultPlan([...LINK_FAULTS, ...AGENT_FAULTS]),
			clock,
			log,
			save: () => keeper.current?.save() ?? Promise.resolve(),
		});
		const running = new RunningDevice({
			device,
			trust,
			media,
			whenPaired: () => keeper.current?.whenPaired() ?? Promise.resolve(),
			saveTrust: () => keeper.current?.save() ?? Promise.resolve(),
		});
		const labDevice = new LabDevice(running, options, record?.wasPaired ?? false);
		keeper.current = labDevice;
		if (record === undefined && !options.unpaired) {
			labDevice.pair();
		} else {
			trust.deviceKey.prepare();
		}
		return labDevice;
	}

	/** Resolves when a pairing that the lab makes is made. */
	whenPaired(): Promise<void> {
		return this.#paired;
	}

	/** Makes device and muxer trust one another, in the background. */
	pair(): void {
		const { device, trust } = this.running;
		this.#paired = this.#host.pair(device.identity, trust).then(async (record) => {
			await this.#pairRecords.save(device.udid, record);
			this.#wasPaired = true;
			await this.save();
		});
		this.#paired.catch((error: unknown) => device.log.error(`Pairing ${device.identity.name} failed: ${String(error)}`));
	}

	/** The device forgets all hosts; with `also` the muxer forgets the device, too. */
	async unpair(also: 'muxer' | 'nobody'): Promise<void> {
		await this.#paired;
		this.running.trust.forgetAll();
		if (also === 'muxer') {
			await this.#pairRecords.delete(this.running.device.udid);
		}
		await this.save();
	}

	/** Keeps everything about the device, when the lab's state is kept at all. Saves are made one after another. */
	save(): Promise<void> {
		if (!this.#state.isKept || this.#isClosed) {
			return Promise.resolve();
		}
		const done = this.#saving.then(() => this.#saveNow());
		this.#saving = done.catch(() => {
			// Whoever asked for this save learns of its failure.
		});
		return done;
	}

	async close(): Promise<void> {
		this.running.dropConnections();
		await this.#paired.catch(() => {
			// Reported when it failed.
		});
		await this.save();
		// A restart that is under way ends after this, and has nothing left to save.
		this.#isClosed = true;
		this.running.media.close();
		this.running.device.files.dispose();
	}

	async #saveNow(): Promise<void> {
		const { device, trust, media } = this.running;
		const { name, iosVersion, buildVersion } = device.identity;
		await device.files.save();
		await media.save();
		await this.#state.writeJson(
			join('devices', device.udid, 'device.json'),
			encodeDeviceRecord({
				name,
				iosVersion,
				buildVersion,
				settings: device.settings,
				encryption: device.encryption.toJson(),
				hosts: trust.hosts,
				wasPaired: this.#wasPaired,
				apps: bundleIdsOf(device) === this.#appsAtStart ? undefined : device.apps,
			}),
		);
	}
}

function bundleIdsOf(device: VirtualDevice): string {
	return device.apps.map((app) => `${app.bundleId} ${app.version} ${app.buildVersion}`).join(' ');
}
