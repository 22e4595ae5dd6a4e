import type {
	AppExportResult,
	AppInfo,
	AppPackageInfo,
	AppRollbackPlan,
	AppRollbackResult,
	AppSnapshotResult,
	DeviceInfo,
	GitFacts,
	InstallResult,
	LabHistoryEvent,
	SnapshotDiff,
	SnapshotInfo,
	StatePlan,
	StateResult,
	WhenRunning,
} from '../../contract/index.ts';
import { PairedDevice, type AttachedDevice } from '../../device/index.ts';
import { readDevice } from '../devices/readDevice.ts';
import { EngineError } from '../errors.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { FoundSnapshot } from '../store/library.ts';
import { appsMeant, findApp, listApps, type ListAppsOptions } from './appInfo.ts';
import { refuseStoreApp, withContainer } from './container.ts';
import { openAppPackage } from './appPackage.ts';
import { readContainer } from './containerTree.ts';
import { diffContainers, NOW } from './diffApp.ts';
import { ensureState } from './ensureState.ts';
import { readHistory } from './events.ts';
import { installApp, uninstallApp } from './install.ts';
import { packageFacts } from './packageFacts.ts';
import { prepareState, type StateParts, type StateRequest } from './planState.ts';
import { planAppRollback, rollBackApp, type AppRollbackOrder } from './rollBackApp.ts';
import { readSnapshotTree } from './snapshotTree.ts';
import { takeAppSnapshot, type AppTarget } from './takeAppSnapshot.ts';
import { stateOfAppSnapshot } from './wantedState.ts';
import { exportAppData, importAppData } from './xcappdata.ts';

/** What the apps of devices need of the engine. */
export interface AppsParts extends StateParts {
	/** The attached device that a person means. */
	readonly select: (selector: string, signal: AbortSignal | undefined) => Promise<AttachedDevice>;
	/** Commit, branch and build of a work tree. */
	readonly gitFacts: (folder: string | undefined, signal: AbortSignal | undefined) => Promise<GitFacts | undefined>;
}

/** A snapshot of an app that is to be taken. */
export interface AppSnapshotOrder {
	readonly device: string;
	/** Bundle id, its last part, or the app's name. */
	readonly app: string;
	readonly name?: string | undefined;
	readonly note?: string | undefined;
	readonly trigger?: string;
	readonly full?: boolean;
	/** `skip`: take none when nothing differs from the app's head. */
	readonly ifUnchanged?: 'take' | 'skip';
	readonly workingFolder?: string | undefined;
}

/** A roll-back of an app that is asked for. */
export interface AppRollbackRequest {
	readonly device: string;
	readonly app: string;
	readonly snapshot: string;
	/** The device whose snapshot it is, when it is another one. */
	readonly source?: string | undefined;
	readonly safety: boolean;
	/** What happens while the app runs, since nothing here can end it. */
	readonly whenRunning: WhenRunning;
	/** For `wait`; two minutes when absent. */
	readonly waitMs?: number;
}

const DEFAULT_WAIT_MS = 120_000;

/** The apps on devices, and the snapshots of their containers: the fast one of the two speeds. */
export class Apps {
	readonly #parts: AppsParts;

	constructor(parts: AppsParts) {
		this.#parts = parts;
	}

	/** The apps on a device, by name. */
	async list(device: string, options: ListAppsOptions = {}): Promise<readonly AppInfo[]> {
		const attached = await this.#parts.select(device, options.signal);
		const found = await listApps(await PairedDevice.open(attached, { signal: options.signal }), options);
		return found.map(({ info }) => info);
	}

	/** Takes a snapshot of an app's container. @throws EngineError `APP_NOT_FOUND`, `APP_NOT_DEBUGGABLE`, `DEVICE_BUSY`. */
	async snapshot(order: AppSnapshotOrder, run: JobRun): Promise<AppSnapshotResult> {
		const { library, context, gitFacts } = this.#parts;
		const target = await this.#target(order.device, order.app, run.signal);
		const wishes = { ...order, trigger: order.trigger ?? 'manual', git: await gitFacts(order.workingFolder, run.signal) };
		return takeAppSnapshot(target, library, wishes, run, context);
	}

	/** What a roll-back would do; touches nothing. */
	async planRollback(request: AppRollbackRequest, signal?: AbortSignal): Promise<AppRollbackPlan> {
		return planAppRollback(await this.#rollbackOrder(request, signal), this.#parts.library, this.#parts.context, signal);
	}

	/** Brings an app's container to a snapshot. @throws EngineError `APP_RUNNING` and what else refuses; nothing was changed then. */
	async rollBack(request: AppRollbackRequest, run: JobRun): Promise<AppRollbackResult> {
		return rollBackApp(await this.#rollbackOrder(request, run.signal), this.#parts.library, run, this.#parts.context);
	}

	/** What a package says of itself; needs no device. @throws EngineError `PACKAGE_UNUSABLE`. */
	async readPackage(file: string): Promise<AppPackageInfo> {
		return packageFacts(await openAppPackage(file));
	}

	/**
	 * Installs an .ipa file or an .app folder; the data of an app that is there stays.
	 * @throws EngineError `PACKAGE_UNUSABLE`, `INSTALL_REFUSED`, `DEVICE_FULL`.
	 */
	async install(
		order: { readonly device: string; readonly file: string; readonly workingFolder?: string | undefined },
		run: JobRun,
	): Promise<InstallResult> {
		const { library, context, gitFacts } = this.#parts;
		const { paired, device } = await this.#device(order.device, run.signal);
		const git = await gitFacts(order.workingFolder, run.signal);
		return installApp({ paired, device, file: order.file, git }, library, run, context);
	}

	/** Removes an app with all its data. @throws EngineError `APP_NOT_FOUND`, `INSTALL_REFUSED`. */
	async uninstall(order: { readonly device: string; readonly app: string }, run: JobRun): Promise<AppInfo> {
		const { library, context } = this.#parts;
		const { paired, device } = await this.#device(order.device, run.signal);
		return uninstallApp({ paired, device, app: await findApp(paired, order.app, run.signal) }, library, run, context);
	}

	/** The cheapest way to a state; touches nothing. */
	async planState(request: StateRequest, signal?: AbortSignal): Promise<StatePlan> {
		return (await prepareState(await this.#device(request.device, signal), request, this.#parts, signal)).plan;
	}

	/** Brings a device to a state in the cheapest way, and proves it. @throws EngineError - there is no way, or what the way refuses. */
	async ensureState(request: StateRequest, run: JobRun): Promise<StateResult> {
		return ensureState(await this.#device(request.device, run.signal), request, this.#parts, run);
	}

	/** What differs between two snapshots of an app, or between one and the container as it is now (without `after`). */
	async diff(
		order: {
			readonly device: string;
			readonly app: string;
			readonly before: string;
			readonly after?: string | undefined;
			readonly maxFiles?: number;
		},
		signal?: AbortSignal,
	): Promise<SnapshotDiff> {
		const { library } = this.#parts;
		const target = order.after === undefined ? await this.#target(order.device, order.app, signal) : undefined;
		const bundleId = target?.app.info.bundleId ?? (await this.#keptApp(order.device, order.app));
		const udid = target?.device.udid ?? order.device;
		const side = async (selector: string) => {
			const found = await this.#findOf(udid, selector, bundleId);
			return { id: found.info.id, items: await readSnapshotTree(await library.store(), found.snapshot.record) };
		};
		const after =
			target === undefined
				? await side(order.after ?? '')
				: {
						id: NOW,
						items: (await withContainer(target.paired, target.app.info, signal, (afc) => readContainer(afc, signal))).items,
					};
		return diffContainers(await side(order.before), after, order.maxFiles ?? 0);
	}

	/** Writes a snapshot of an app as a package that Xcode reads. Needs no device attached. */
	async exportData(
		order: { readonly device: string; readonly app: string; readonly snapshot: string; readonly to: string },
		run: JobRun,
	): Promise<AppExportResult> {
		const { library, context } = this.#parts;
		const bundleId = await this.#keptApp(order.device, order.app);
		return exportAppData(library, await this.#findOf(order.device, order.snapshot, bundleId), order.to, run, context);
	}

	/** Adopts a package that Xcode wrote as a snapshot of its app; it becomes the app's head where there is none. */
	async importData(
		order: { readonly device: string; readonly file: string; readonly name?: string | undefined; readonly note?: string | undefined },
		run: JobRun,
	): Promise<SnapshotInfo> {
		const { library, context } = this.#parts;
		return importAppData(library, { ...order, udid: await library.udidOf(order.device) }, run, context);
	}

	/** What happened to a device beside its snapshots, oldest first; needs no device attached. */
	history(device: string, limit?: number): Promise<readonly LabHistoryEvent[]> {
		return readHistory(this.#parts.library, device, limit);
	}

	async #rollbackOrder(request: AppRollbackRequest, signal: AbortSignal | undefined): Promise<AppRollbackOrder> {
		const { library } = this.#parts;
		const target = await this.#target(request.device, request.app, signal);
		const found = await this.#findOf(request.source ?? target.device.udid, request.snapshot, target.app.info.bundleId);
		const state = await stateOfAppSnapshot(await library.store(), found.snapshot.record);
		const { safety, whenRunning, waitMs = DEFAULT_WAIT_MS } = request;
		return { target, found, state, safety, whenRunning, waitMs };
	}

	/** The bundle id of an app that has snapshots, without its device; what fits none stays what it is. */
	async #keptApp(device: string, selector: string): Promise<string> {
		const { snapshots } = await this.#parts.library.list(device);
		const apps = new Map(snapshots.flatMap(({ app }) => (app === undefined ? [] : [[app.bundleId, app]])));
		const [app, ...others] = appsMeant(selector, [...apps.values()], (each) => each);
		return app === undefined || others.length > 0 ? selector : app.bundleId;
	}

	/** A snapshot of an app. @throws EngineError `WRONG_USE` - it is one of something else. */
	async #findOf(device: string, selector: string, bundleId: string): Promise<FoundSnapshot> {
		const found = await this.#parts.library.find(device, selector, bundleId);
		const { app, id } = found.info;
		if (app === undefined) {
			throw new EngineError('WRONG_USE', `${id.slice(0, 8)} is a snapshot of the whole device: roll the device back to it.`);
		}
		if (app.bundleId !== bundleId) {
			throw new EngineError('WRONG_USE', `${id.slice(0, 8)} is a snapshot of ${app.bundleId}, not of ${bundleId}.`);
		}
		return found;
	}

	async #target(device: string, app: string, signal: AbortSignal | undefined): Promise<AppTarget> {
		const { paired, device: info } = await this.#device(device, signal);
		const found = await findApp(paired, app, signal);
		refuseStoreApp(found.info);
		return { paired, device: info, app: found };
	}

	async #device(selector: string, signal: AbortSignal | undefined): Promise<{ paired: PairedDevice; device: DeviceInfo }> {
		const { select, context } = this.#parts;
		const attached = await select(selector, signal);
		const [paired, device] = await Promise.all([PairedDevice.open(attached, { signal }), readDevice(attached, context.log, { signal })]);
		return { paired, device };
	}
}
