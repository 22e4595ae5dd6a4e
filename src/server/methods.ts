import type { Clock } from '../base/index.ts';
import type { JobKind, LabMethod, LabParams, LabResult, RollbackParams, ServerOptions } from '../contract/index.ts';
import {
	checkComputer,
	checkSnapshotPassword,
	EngineError,
	forgetAsShown,
	readGitFacts,
	readLeases,
	type Engine,
	type RollbackRequest,
} from '../engine/index.ts';
import { appMethods } from './appMethods.ts';
import type { AutomaticLab } from './automatic.ts';
import { contentsMethods } from './contentsMethods.ts';
import type { DeviceBoard } from './deviceBoard.ts';
import { checked, proved } from './findings.ts';
import type { BoardRun, JobBoard, JobOrder } from './jobBoard.ts';
import type { RequestWatch } from './labService.ts';

/** What answers each method. */
export type Methods = { readonly [M in LabMethod]: (params: LabParams<M>, watch: RequestWatch) => Promise<LabResult<M>> };

/** What the methods work with. */
export interface MethodsContext {
	readonly engine: Engine;
	readonly jobs: JobBoard;
	readonly devices: DeviceBoard;
	readonly automatic: AutomaticLab;
	readonly options: ServerOptions;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly clock: Clock;
	/** Resolves when what was changed in the store has been told. */
	storeChanged(): Promise<void>;
}

/** Leases that are work on a device, not reading. */
const WORK: ReadonlySet<string> = new Set(['backup', 'restore']);

/** Jobs that two programs must not do on a device at a time. */
const ALONE: ReadonlySet<JobKind> = new Set(['snapshot', 'rollback', 'app-snapshot', 'app-rollback', 'install', 'uninstall', 'state']);

/** The methods of the lab over an engine. */
export function createMethods(context: MethodsContext): Methods {
	const { engine, jobs, devices, automatic, options, environment, clock } = context;
	const { library } = engine;

	/** The device's own lock and the store's would say so too, but only after a wait. */
	const refuseIfBusyElsewhere = async (udid: string): Promise<void> => {
		const other = (await readLeases(library.folder, clock)).find((lease) => lease.udid === udid && !lease.own && WORK.has(lease.kind));
		if (other !== undefined) {
			throw new EngineError('DEVICE_BUSY', `Another program works on this device: ${other.holder}.`, {
				details: { udid, kind: other.kind, holder: other.holder, program: other.program, since: other.since },
			});
		}
	};
	/** Runs a job; what it changed in the store is told before it is answered, also when it failed half way. */
	const job = async <T>(order: JobOrder, { signal, onJob }: RequestWatch, work: (run: BoardRun) => Promise<T>): Promise<T> => {
		try {
			if (order.udid !== undefined && ALONE.has(order.kind)) {
				await refuseIfBusyElsewhere(order.udid);
			}
			return await jobs.run(order, work, { signal, ...(onJob === undefined ? {} : { onDidChange: onJob }) });
		} finally {
			await context.storeChanged();
		}
	};
	/** A change of the store that takes no time. */
	const change = async <T>(work: Promise<T>): Promise<T> => {
		const result = await work;
		await context.storeChanged();
		return result;
	};
	const snapshotNamed = async (udid: string, snapshot: string) => {
		const { id, name } = await library.show(udid, snapshot);
		return { snapshot: id, snapshotName: name };
	};
	const rollbackRequest = (params: RollbackParams): RollbackRequest => ({
		device: params.udid,
		snapshot: params.snapshot,
		source: params.source,
		password: params.password,
		choices: params.choices,
		safety: params.safety,
		workingFolder: params.workingFolder ?? options.workingFolder,
	});

	return {
		'devices/list': (_, { signal }) => devices.look(signal),
		'devices/pair': ({ udid }, watch) =>
			job({ kind: 'pair', udid }, watch, (run) =>
				engine.pair(udid, { signal: run.signal, onState: (state) => run.waitFor(state === 'locked' ? 'unlock' : 'trust') }),
			),
		'devices/forget': async ({ udid }, { signal }) => {
			await engine.unpair(udid, signal);
			devices.touch(true);
			return null;
		},
		'devices/history': ({ udid }) => engine.apps.history(udid),
		'encryption/status': ({ udid }, { signal }) => engine.encryptionStatus(udid, signal),
		'encryption/change': ({ udid, oldPassword, newPassword }, watch) =>
			job({ kind: 'encryption', udid }, watch, (run) => engine.changeEncryption({ device: udid, oldPassword, newPassword }, run)),
		'cloudBackup/status': ({ udid }, { signal }) => engine.cloudBackupStatus(udid, signal),
		'cloudBackup/set': ({ udid, enabled }, watch) =>
			job({ kind: 'cloud-backup', udid }, watch, (run) => engine.setCloudBackup({ device: udid, enabled }, run)),
		'snapshots/list': async ({ udid }) => {
			try {
				return await library.list(udid);
			} catch (error) {
				if (EngineError.is(error, 'DEVICE_NOT_FOUND')) {
					return { snapshots: [], problems: [] };
				}
				throw error;
			}
		},
		'snapshots/take': ({ udid, workingFolder = options.workingFolder, ...wishes }, watch) =>
			job({ kind: 'snapshot', udid, snapshotName: wishes.name }, watch, (run) =>
				engine.takeSnapshot({ ...wishes, device: udid, workingFolder }, run),
			),
		'snapshots/find': ({ udid, snapshot }) => library.show(udid, snapshot),
		'state/check': ({ udid, snapshot }, { signal }) => engine.checkState(udid, snapshot, signal),
		'workspace/facts': async ({ workingFolder = options.workingFolder }, { signal }) =>
			(workingFolder === undefined ? undefined : await readGitFacts(workingFolder, { environment, signal })) ?? {},
		'snapshots/rename': ({ udid, snapshot, name }) => change(library.rename(udid, snapshot, name)),
		'snapshots/setNote': ({ udid, snapshot, note }) => change(library.setNote(udid, snapshot, note)),
		'snapshots/setPinned': ({ udid, snapshot, pinned }) => change(library.setPinned(udid, snapshot, pinned)),
		'snapshots/delete': ({ udid, snapshots }) => change(library.delete(udid, snapshots)),
		'snapshots/diff': ({ udid, before, after, ...rest }, { signal }) => library.diff(udid, before, after, { ...rest, signal }),
		'snapshots/export': async ({ udid, snapshot, folder }, watch) => {
			const named = await snapshotNamed(udid, snapshot);
			return job({ kind: 'export', udid, ...named }, watch, (run) =>
				library.exportTo({ device: udid, snapshot: named.snapshot, folder }, run),
			);
		},
		'snapshots/import': ({ folder, name }, watch) => job({ kind: 'import' }, watch, (run) => library.importFrom({ folder, name }, run)),
		'snapshots/verify': async ({ udid, snapshot, sample }, watch) => {
			const named = udid === undefined || snapshot === undefined ? {} : await snapshotNamed(udid, snapshot);
			const request = {
				...(udid === undefined ? {} : { device: udid }),
				...(snapshot === undefined ? {} : { snapshot }),
				...(sample === undefined ? {} : { sample }),
			};
			return job({ kind: 'verify', udid, ...named }, watch, async (run) => checked(run, await library.verify(request, run)));
		},
		'snapshots/checkPassword': async ({ udid, snapshot, password }, { signal }) => ({
			correct: await checkSnapshotPassword(library, { device: udid, snapshot, password }, signal),
		}),
		...contentsMethods(engine.contents),
		...appMethods({ engine, workingFolder: options.workingFolder, job }),
		'rollback/plan': (params, { signal }) => engine.planRollback(rollbackRequest(params), signal),
		'rollback/run': async (params, watch) => {
			const named = await snapshotNamed(params.source ?? params.udid, params.snapshot);
			const order: JobOrder = { kind: 'rollback', udid: params.udid, ...named, stages: params.safety ? 2 : 1 };
			return job(order, watch, async (run) => proved(run, await engine.rollBack(rollbackRequest(params), run)));
		},
		'retention/preview': async ({ udid, policy }) => {
			const { decisions, plan } = await library.previewRetention(udid, policy);
			return {
				decisions: decisions.map(({ udid: device, id, name, takenAt, keep, reasons }) => ({
					udid: device,
					snapshot: id,
					...(name === undefined ? {} : { name }),
					takenAt,
					keep,
					reasons: reasons.map(({ code }) => code),
				})),
				freedBytes: plan.freedBytes,
			};
		},
		'retention/apply': ({ udid, policy, forget }, watch) =>
			job({ kind: 'retention', udid }, watch, async () => pruned(await forgetAsShown(library, udid, policy, forget))),
		'store/prune': (_, watch) => job({ kind: 'prune' }, watch, async (run) => pruned(await library.prune(run))),
		'store/repair': (_, watch) =>
			job({ kind: 'repair' }, watch, async (run) => {
				const { damagedPacks, headsSet } = await library.repair(run);
				return { damagedPacks: damagedPacks.length, headsSet };
			}),
		'store/leases': () => readLeases(library.folder, clock),
		'backups/list': async (_, { signal }) => {
			try {
				return await library.findLocalBackups({ sizes: true, signal });
			} catch (error) {
				// On a system where no program of Apple keeps backups there are none.
				if (EngineError.is(error, 'WRONG_USE')) {
					return { backups: [], places: [], problems: [] };
				}
				throw error;
			}
		},
		'automatic/set': async ({ rules }) => automatic.set(rules ?? undefined),
		'computer/check': (_, { signal }) => checkComputer({ muxers: options.muxers, environment, signal }),
		'jobs/list': async () => jobs.jobs,
		'jobs/cancel': async ({ id }) => {
			jobs.cancel(id);
			return null;
		},
	};
}

function pruned(result: Awaited<ReturnType<Engine['library']['prune']>>): LabResult<'store/prune'> {
	return {
		forgotten: result.forgotten.map(({ udid, id }) => ({ udid, snapshot: id })),
		freedBytes: result.freedBytes,
		waitingBytes: result.waitingBytes,
	};
}
