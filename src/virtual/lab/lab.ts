import { silentLogger, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import { obey } from '../control/verbs.ts';
import { serveOrder } from '../control/server.ts';
import { VirtualError } from '../errors.ts';
import { Random } from '../files/random.ts';
import { LazyKey } from '../lockdown/keys.ts';
import { Attachments } from '../mux/attachments.ts';
import { PairRecords } from '../mux/pairRecords.ts';
import { MuxServer } from '../mux/server.ts';
import type { DeviceSettings } from '../settings.ts';
import { formatAddress, parseListenAddress } from './address.ts';
import { LabDevice } from './labDevice.ts';
import { LabHost } from './pairing.ts';
import { StateFolder } from './stateFolder.ts';

/** How a lab is started. */
export interface LabOptions {
	/** See parseListenAddress; port 0 takes a free one. */
	readonly listen: string;
	/** 1 if not given, or as many as the state folder has. */
	readonly devices?: number;
	/** Decides everything about the devices but their keys. */
	readonly seed?: string;
	/** How much is on them: `small` (the default), `typical`, `large`, or another that `parseProfile` knows. */
	readonly profile?: string;
	/** A folder that keeps the lab; without one nothing is left behind. */
	readonly state?: string;
	/** New devices trust nobody yet. */
	readonly unpaired?: boolean;
	/** Settings of new devices that differ from the usual ones. */
	readonly settings?: Partial<DeviceSettings>;
	readonly log?: Logger;
	readonly clock?: Clock;
}

/** A lab that is running. */
export interface RunningLab {
	/** As clients take it in USBMUXD_SOCKET_ADDRESS, with the real port. */
	readonly address: string;
	readonly devices: readonly { readonly udid: string; readonly name: string; readonly model: string; readonly iosVersion: string }[];
	/** Ends every connection, keeps or removes the state, and frees the address. */
	stop(): Promise<void>;
}

const MAX_DEVICES = 100;
const DEFAULT_SEED = 'lab';

/** What `lab.json` holds. */
interface LabRecord {
	readonly format: 1;
	readonly seed: string;
	readonly profile: string;
	readonly devices: number;
	readonly systemBuid: string;
}

/**
 * Starts virtual devices behind a virtual muxer.
 * @throws VirtualError `BAD_ADDRESS`, `ADDRESS_IN_USE`, `LISTEN_FAILED`, `STATE_UNUSABLE`, `BAD_ARGUMENT`
 */
export async function startLab(options: LabOptions): Promise<RunningLab> {
	const address = parseListenAddress(options.listen);
	const state = await StateFolder.open(options.state);
	try {
		const lab = await VirtualLab.open(options, state);
		try {
			const bound = await lab.mux.listen(address);
			return { address: formatAddress(bound), devices: lab.describe(), stop: () => lab.stop() };
		} catch (error) {
			await lab.stop();
			throw error;
		}
	} catch (error) {
		await state.close();
		throw error;
	}
}

/** Several devices and their muxer. */
export class VirtualLab {
	readonly attachments = new Attachments();
	readonly mux: MuxServer;
	readonly devices: readonly LabDevice[];
	readonly #state: StateFolder;
	readonly #subscriptions: IDisposable[] = [];
	#stopping: Promise<void> | undefined;

	private constructor(devices: readonly LabDevice[], pairRecords: PairRecords, systemBuid: string, state: StateFolder, log: Logger) {
		this.devices = devices;
		this.#state = state;
		this.mux = new MuxServer({
			buid: systemBuid,
			attachments: this.attachments,
			pairRecords,
			listeners: new Map(),
			log,
			whenPaired: async (udid) => {
				await devices.find(({ running }) => running.device.udid === udid)?.whenPaired();
			},
			control: (message, answer) => serveOrder(message, answer, (device, verb, args, line) => obey(this, device, verb, args, line)),
			pieceBytes: () => this.#pieceBytes(),
		});
		for (const device of devices) {
			const { running } = device;
			running.device.usePower({ down: () => this.unplug(device), up: () => this.plug(device) });
			this.#subscriptions.push(running.onDidChangeSettings(() => this.#followWifi(device)));
			this.plug(device);
		}
	}

	static async open(options: LabOptions, state: StateFolder): Promise<VirtualLab> {
		const log = options.log ?? silentLogger;
		const record = await settleRecord(options, state);
		const pairRecords = new PairRecords(await state.pairRecords.load(), state.pairRecords);
		const host = new LabHost(record.seed, record.systemBuid, new LazyKey(() => state.key('root')), new LazyKey(() => state.key('host')));
		if (options.unpaired !== true) {
			host.prepare();
		}
		const devices: LabDevice[] = [];
		try {
			for (let index = 0; index < record.devices; index++) {
				devices.push(
					await LabDevice.open({
						seed: record.seed,
						index,
						profile: record.profile,
						settings: options.settings ?? {},
						unpaired: options.unpaired === true,
						state,
						host,
						pairRecords,
						clock: options.clock ?? systemClock,
						log,
					}),
				);
			}
		} catch (error) {
			await Promise.all(devices.map((device) => device.close()));
			throw error instanceof RangeError ? new VirtualError('BAD_ARGUMENT', error.message, { cause: error }) : error;
		}
		return new VirtualLab(devices, pairRecords, record.systemBuid, state, log);
	}

	describe(): RunningLab['devices'] {
		return this.devices.map(({ running }) => {
			const { udid, name, marketingName, iosVersion } = running.device.identity;
			return { udid, name, model: marketingName, iosVersion };
		});
	}

	/**
	 * The device that a person means: by UDID, its unique beginning (dashes and case do not matter), or its name.
	 * @throws VirtualError `UNKNOWN_DEVICE`, `AMBIGUOUS_DEVICE`
	 */
	find(text: string): LabDevice {
		const plain = (one: string): string => one.replaceAll('-', '').toLowerCase();
		const named = this.devices.filter(({ running }) => running.device.identity.name === text || running.device.udid === text);
		const found =
			named.length > 0 || text === '' ? named : this.devices.filter(({ running }) => plain(running.device.udid).startsWith(plain(text)));
		const [first, second] = found;
		if (first === undefined) {
			throw new VirtualError('UNKNOWN_DEVICE', `The lab has no device “${text}”.`, {
				details: { device: text, known: this.devices.map(({ running }) => running.device.udid) },
			});
		}
		if (second !== undefined) {
			throw new VirtualError('AMBIGUOUS_DEVICE', `Several devices of the lab match “${text}”.`, {
				details: { candidates: found.map(({ running }) => running.device.udid) },
			});
		}
		return first;
	}

	/** Pulls the cable and ends Wi-Fi: every connection of the device is cut. */
	unplug({ running }: LabDevice): void {
		running.dropConnections();
		this.attachments.detach(running);
	}

	plug(device: LabDevice): void {
		if (this.#stopping === undefined) {
			this.attachments.attach(device.running, 'usb');
			this.#followWifi(device);
		}
	}

	stop(): Promise<void> {
		this.#stopping ??= this.#stop();
		return this.#stopping;
	}

	async #stop(): Promise<void> {
		for (const subscription of this.#subscriptions) {
			subscription.dispose();
		}
		await this.mux.stop();
		await Promise.all(this.devices.map((device) => device.close()));
		await this.#state.close();
	}

	/** A device that is attached by cable is listed over Wi-Fi when that is on. */
	#followWifi({ running }: LabDevice): void {
		if (!running.device.settings.wifi) {
			this.attachments.detach(running, 'network');
		} else if (this.attachments.isAttached(running, 'usb')) {
			this.attachments.attach(running, 'network');
		}
	}

	#pieceBytes(): number | undefined {
		for (const { running } of this.devices) {
			const args = running.device.faults.peek('mux-split');
			if (args !== undefined) {
				return Math.max(1, Math.floor(Number(args[0] ?? 1)) || 1);
			}
		}
		return undefined;
	}
}

/** Brings together what was asked for and what the state folder says. */
async function settleRecord(options: LabOptions, state: StateFolder): Promise<LabRecord> {
	const saved = (await state.readJson('lab.json')) as Partial<LabRecord> | undefined;
	if (
		saved !== undefined &&
		(saved.format !== 1 || typeof saved.seed !== 'string' || typeof saved.profile !== 'string' || typeof saved.systemBuid !== 'string')
	) {
		throw new VirtualError('STATE_UNUSABLE', 'The state folder was not made by this kind of lab.', { details: { path: state.path } });
	}
	if (saved?.seed !== undefined && options.seed !== undefined && saved.seed !== options.seed) {
		throw new VirtualError('STATE_UNUSABLE', `The state folder belongs to a lab with the seed “${saved.seed}”.`, {
			details: { path: state.path },
		});
	}
	const seed = saved?.seed ?? options.seed ?? DEFAULT_SEED;
	const record: LabRecord = {
		format: 1,
		seed,
		profile: options.profile ?? saved?.profile ?? 'small',
		devices: options.devices ?? saved?.devices ?? 1,
		systemBuid: saved?.systemBuid ?? new Random(`muxer ${seed}`).uuid(),
	};
	if (!Number.isInteger(record.devices) || record.devices < 1 || record.devices > MAX_DEVICES) {
		throw new VirtualError('BAD_ARGUMENT', `A lab has 1 to ${MAX_DEVICES} devices.`);
	}
	if (state.isKept) {
		await state.writeJson('lab.json', record);
	}
	return record;
}

const systemClock: Clock = {
	now: () => Date.now(),
	after: (delayMs, callback) => {
		const timer = setTimeout(callback, delayMs);
		return { dispose: () => clearTimeout(timer) };
	},
};
