import { Disposable, type Clock, type IDisposable, type Logger } from '../base/index.ts';
import type {
	BackupResult,
	CloudBackupStatus,
	DeviceInfo,
	DeviceList,
	EncryptionStatus,
	PairingState,
	RestoreChoices,
	GitFacts,
	RestoreResult,
	RollbackPlan,
	RollbackResult,
	SnapshotInfo,
	StateCheck,
} from '../contract/index.ts';
import {
	DeviceError,
	listAttachedDevices,
	MuxClient,
	pairDevice,
	PairedDevice,
	resolveMuxAddresses,
	type AttachedDevice,
} from '../device/index.ts';
import { Apps } from './apps/apps.ts';
import { refuseAppSnapshot } from './apps/deviceOnly.ts';
import { DeviceRoll, type DeviceIdentity } from './devices/deviceRoll.ts';
import { readDevice, readDeviceForWork, readDeviceName } from './devices/readDevice.ts';
import { ContentsLibrary } from './contents/contentsLibrary.ts';
import { withFolderHost } from './folder/restoreHost.ts';
import { selectDevice } from './devices/selectDevice.ts';
import { EngineError } from './errors.ts';
import { present } from './known.ts';
import { backUpDevice, type JobContext } from './jobs/backUp.ts';
import { findRestoreSource, preflightRestore, type RestorePreflight, type RestoreSource } from './jobs/preflight.ts';
import type { JobRun } from './jobs/progress.ts';
import { refuseIfForbidden, restoreDevice } from './jobs/restore.ts';
import { readBuildNumber } from './facts/buildNumber.ts';
import { readGitFacts } from './facts/gitFacts.ts';
import type { LeaseProgram } from '../snapshots/index.ts';
import { SnapshotLibrary } from './store/library.ts';
import { checkState } from './store/checkState.ts';
import { planRollback, rollBack, type RollbackOrder } from './store/rollBack.ts';
import { takeSnapshot } from './store/takeSnapshot.ts';
import { changeEncryption, readCloudBackup, readEncryption, setCloudBackup } from './jobs/settings.ts';

/** How long a device may think about its name when one is looked for by name: no other device's user waits longer for it. */
const NAMED_WITHIN_MS = 5000;

export interface EngineOptions {
	/** Addresses of muxers as people write them; with none, `USBMUXD_SOCKET_ADDRESS` and then this system's own count. */
	readonly muxers: readonly string[];
	readonly environment?: Readonly<Record<string, string | undefined>>;
	/** Where snapshots are kept; made by the first thing that needs it. */
	readonly storeFolder: string;
	/** What others see at work in the store. */
	readonly program?: LeaseProgram;
	readonly clock: Clock;
	readonly log: Logger;
}

/** A snapshot that is to be taken. */
export interface SnapshotOrder {
	readonly device: string;
	readonly name?: string | undefined;
	readonly note?: string | undefined;
	readonly full?: boolean;
	/** Why: `manual` unless said otherwise. */
	readonly trigger?: string;
	/** Whose git work tree is recorded with it. */
	readonly workingFolder?: string | undefined;
	/** It is made unasked: others see that, and none is made when there is one younger than this by the time that the device is held. */
	readonly automatic?: { readonly unlessTakenSinceMs: number };
}

/** A roll-back that is asked for. */
export interface RollbackRequest {
	readonly device: string;
	readonly snapshot: string;
	/** The device whose snapshot it is, when it is another one. */
	readonly source?: string | undefined;
	/** Of an encrypted snapshot; a secret. */
	readonly password?: string | undefined;
	readonly choices: RestoreChoices;
	/** Take a snapshot of the present state first. */
	readonly safety: boolean;
	/** Whose git work tree is recorded with the safety snapshot. */
	readonly workingFolder?: string | undefined;
}

/** A backup in a plain folder and the device that it goes to. */
export interface RestoreOrder {
	readonly device: string;
	/** The root that holds one folder per device, or the backup itself. */
	readonly folder: string;
	/** The folder below the root, when it is not named like the device. */
	readonly source?: string | undefined;
	/** Of an encrypted backup; a secret. */
	readonly password?: string | undefined;
	readonly choices: RestoreChoices;
}

/**
 * Everything that the product does with devices, behind one door: the command line runs it in process, the editor in its server.
 *
 * A device is named by its UDID, a unique prefix of it, or its name. Methods throw errors of their rooms; `reportError` turns each into what
 * crosses a border.
 */
export class Engine extends Disposable {
	readonly #muxes: readonly MuxClient[];
	readonly #context: JobContext;
	readonly #environment: Readonly<Record<string, string | undefined>>;
	readonly #roll: DeviceRoll;
	/** The snapshots of all devices; needs none of them attached. */
	readonly library: SnapshotLibrary;
	/** Apps on devices, and snapshots of their containers. */
	readonly apps: Apps;
	/** What is in snapshots and backup folders. */
	readonly contents: ContentsLibrary;

	/** @throws DeviceError `MUX_UNAVAILABLE` - an address cannot be read. */
	constructor(options: EngineOptions) {
		super();
		this.#muxes = resolveMuxAddresses(options.muxers, options.environment).map((address) => new MuxClient(address));
		this.#context = { clock: options.clock, log: options.log };
		this.#environment = options.environment ?? process.env;
		this.library = this.register(
			new SnapshotLibrary({
				folder: options.storeFolder,
				program: options.program,
				keeper: { platform: process.platform, environment: this.#environment },
				clock: options.clock,
				log: options.log,
				findAttached: async (selector) => (await this.#select(selector, undefined).catch(ignoreAbsence))?.udid,
			}),
		);
		this.#roll = new DeviceRoll({ ...this.#context, identityOf: (udid) => this.#identityOf(udid) });
		this.contents = this.register(new ContentsLibrary(this.library));
		this.apps = new Apps({
			library: this.library,
			contents: this.contents,
			context: this.#context,
			planDevice: (request, signal) => this.planRollback(request, signal),
			rollBackDevice: (request, run) => this.rollBack(request, run),
			select: (selector, signal) => this.#select(selector, signal),
			gitFacts: (folder, signal) => this.#gitFacts(folder, signal),
		});
	}

	async listDevices(signal?: AbortSignal): Promise<DeviceList> {
		return this.#roll.list(await listAttachedDevices(this.#muxes, { signal }), signal);
	}

	/** Reports what is attached, first as soon as it is known and then at each change, until disposed. */
	watchDevices(listener: (list: DeviceList) => void): IDisposable {
		return this.register(this.#roll.watch(this.#muxes, listener));
	}

	async device(selector: string, signal?: AbortSignal): Promise<DeviceInfo> {
		return this.#roll.read(await this.#select(selector, signal), signal);
	}

	/** Pairs this computer with a device; waits for the person at it. @throws DeviceError `PAIRING_DENIED`, `PAIRING_PROHIBITED`. */
	async pair(selector: string, options: { onState(state: PairingState): void; readonly signal?: AbortSignal }): Promise<DeviceInfo> {
		const device = await this.#select(selector, options.signal);
		await pairDevice(device, { clock: this.#context.clock, signal: options.signal, onObstacle: (obstacle) => options.onState(obstacle) });
		return readDevice(device, this.#context.log, { signal: options.signal });
	}

	/** Ends the trust on both sides. */
	async unpair(selector: string, signal?: AbortSignal): Promise<void> {
		const paired = await PairedDevice.open(await this.#select(selector, signal), { signal });
		await paired.unpair({ signal });
	}

	/** Backs up into `<folder>/<UDID>`; the backup that is there is replaced only by a whole one. */
	async backUp(request: { readonly device: string; readonly folder: string; readonly full?: boolean }, run: JobRun): Promise<BackupResult> {
		return backUpDevice(await this.#select(request.device, run.signal), request.folder, request.full ?? false, run, this.#context);
	}

	/** What would happen, and what speaks against it; touches nothing. */
	async preflightRestore(order: RestoreOrder, signal?: AbortSignal): Promise<RestorePreflight> {
		return (await this.#prepareRestore(order, signal)).preflight;
	}

	/** @throws EngineError with the code of the first refusal of the preflight. */
	async restore(order: RestoreOrder, run: JobRun): Promise<RestoreResult> {
		const { device, source, preflight } = await this.#prepareRestore(order, run.signal);
		refuseIfForbidden(preflight.findings);
		const findAgain = (): Promise<AttachedDevice | undefined> => this.#findAgain(device.udid, run.signal);
		return withFolderHost(source.root, source.path, (host) => {
			const content = { host, folder: source.folder, name: source.path };
			const { choices, password } = order;
			return restoreDevice({ device, source: content, preflight, findAgain, choices, password }, run, this.#context);
		});
	}

	async encryptionStatus(selector: string, signal?: AbortSignal): Promise<EncryptionStatus> {
		return readEncryption(await this.#select(selector, signal), { signal });
	}

	/** On: only a new password. Off: only the old one. Change: both. */
	async changeEncryption(
		request: { readonly device: string; readonly oldPassword?: string | undefined; readonly newPassword?: string | undefined },
		run: JobRun,
	): Promise<EncryptionStatus> {
		const device = await this.#select(request.device, run.signal);
		return changeEncryption(device, { old: request.oldPassword, new: request.newPassword }, run, this.#context);
	}

	async cloudBackupStatus(selector: string, signal?: AbortSignal): Promise<CloudBackupStatus> {
		return readCloudBackup(await this.#select(selector, signal), { signal });
	}

	async setCloudBackup(request: { readonly device: string; readonly enabled: boolean }, run: JobRun): Promise<CloudBackupStatus> {
		return setCloudBackup(await this.#select(request.device, run.signal), request.enabled, run, this.#context);
	}

	/** Backs up into the store, as a child of the snapshot that the device stands at. Records the git work tree of `workingFolder`. */
	async takeSnapshot(request: SnapshotOrder, run: JobRun): Promise<SnapshotInfo> {
		const device = await this.#select(request.device, run.signal);
		const info = await readDeviceForWork(device, this.#context.log, { signal: run.signal });
		const wishes = {
			name: request.name,
			note: request.note,
			full: request.full ?? false,
			trigger: request.trigger ?? 'manual',
			git: await this.#gitFacts(request.workingFolder, run.signal),
			...(request.automatic === undefined ? {} : { ...request.automatic, program: 'automatic' as const }),
		};
		return takeSnapshot(device, info, this.library, wishes, run, this.#context);
	}

	/** Whether an attached device is at one of its snapshots, as far as it tells without a backup. */
	async checkState(selector: string, snapshot: string, signal?: AbortSignal): Promise<StateCheck> {
		const device = await this.#select(selector, signal);
		return checkState(device, await this.library.find(device.udid, snapshot), this.#context, signal);
	}

	/** What a roll-back would do, and what speaks against it; touches nothing. */
	async planRollback(request: RollbackRequest, signal?: AbortSignal): Promise<RollbackPlan> {
		return planRollback(await this.#prepareRollback(request, signal), this.library, this.#context, signal);
	}

	/** Brings a device to a snapshot: check, safety snapshot, restore, restart, proof. @throws EngineError with the code of the first refusal. */
	async rollBack(request: RollbackRequest, run: JobRun): Promise<RollbackResult> {
		const order = await this.#prepareRollback(request, run.signal);
		const git = request.safety ? await this.#gitFacts(request.workingFolder, run.signal) : undefined;
		return rollBack({ ...order, git }, this.library, run, this.#context);
	}

	async #prepareRollback(request: RollbackRequest, signal: AbortSignal | undefined): Promise<RollbackOrder> {
		const device = await this.#select(request.device, signal);
		const found = refuseAppSnapshot(
			await this.library.find(request.source ?? device.udid, request.snapshot),
			'app-rollback brings it back',
		);
		const target = await readDeviceForWork(device, this.#context.log, { signal });
		const { choices, password, safety } = request;
		return { device, target, found, choices, password, safety, findAgain: () => this.#findAgain(device.udid, signal) };
	}

	/** Who a device was when its last snapshot was taken. */
	async #identityOf(udid: string): Promise<DeviceIdentity | undefined> {
		const snapshots = await this.library.ofDevice(udid).catch(() => {
			// A store that is away must not hide the devices; it is told of where snapshots are asked for.
			return [];
		});
		const { deviceName: name, model } = snapshots[0] ?? {};
		return { ...present('name', name), ...present('model', model) };
	}

	async #findAgain(udid: string, signal: AbortSignal | undefined): Promise<AttachedDevice | undefined> {
		const { devices } = await listAttachedDevices(this.#muxes, { signal });
		return devices.find((each) => each.udid === udid);
	}

	async #gitFacts(folder: string | undefined, signal: AbortSignal | undefined): Promise<GitFacts | undefined> {
		const git =
			folder === undefined
				? undefined
				: await readGitFacts(folder, { environment: this.#environment, ...(signal === undefined ? {} : { signal }) });
		const build = readBuildNumber(this.#environment);
		return git === undefined && build === undefined ? undefined : { ...git, ...(build === undefined ? {} : { build }) };
	}

	async #select(selector: string, signal: AbortSignal | undefined): Promise<AttachedDevice> {
		const { devices, unreachable } = await listAttachedDevices(this.#muxes, { signal });
		const problem = unreachable[0];
		if (devices.length === 0 && problem !== undefined) {
			throw problem;
		}
		return selectDevice(selector, devices, (device) => readDeviceName(device, { signal, timeoutMs: NAMED_WITHIN_MS }));
	}

	async #prepareRestore(
		order: RestoreOrder,
		signal: AbortSignal | undefined,
	): Promise<{ device: AttachedDevice; source: RestoreSource; preflight: RestorePreflight }> {
		const device = await this.#select(order.device, signal);
		const source = await findRestoreSource(order.folder, order.source, device.udid);
		const target = await readDeviceForWork(device, this.#context.log, { signal });
		return { device, source, preflight: await preflightRestore(target, source, order.choices, order.password, signal) };
	}
}

/** Snapshots are handled without a device, or a muxer, too. */
function ignoreAbsence(error: unknown): undefined {
	if (DeviceError.is(error) || EngineError.is(error, 'DEVICE_NOT_FOUND')) {
		return undefined;
	}
	throw error;
}
