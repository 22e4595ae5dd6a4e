import type { AppRollbackParams, LabMethod, LabParams, LabResult, StateParams } from '../contract/index.ts';
import { EngineError, type AppRollbackRequest, type Engine, type StateRequest } from '../engine/index.ts';
import { proved } from './findings.ts';
import type { BoardRun, JobOrder } from './jobBoard.ts';
import type { RequestWatch } from './labService.ts';

/** Methods about single apps, and about the cheapest way to a state. */
type AppMethod = Extract<LabMethod, `apps/${string}` | `state/plan` | `state/ensure`>;

/** What answers each of them. */
export type AppMethods = { readonly [M in AppMethod]: (params: LabParams<M>, watch: RequestWatch) => Promise<LabResult<M>> };

/** What they work with. */
export interface AppMethodsContext {
	readonly engine: Pick<Engine, 'apps' | 'library'>;
	/** Whose commit is recorded, unless a request says otherwise. */
	readonly workingFolder: string | undefined;
	/** Runs a job; what it changed in the store is told before it is answered. */
	readonly job: <T>(order: JobOrder, watch: RequestWatch, work: (run: BoardRun) => Promise<T>) => Promise<T>;
}

/** The methods about apps. */
export function appMethods({ engine: { apps, library }, workingFolder: ownFolder, job }: AppMethodsContext): AppMethods {
	/** What is asked for, bound to one snapshot of one app. */
	const rollback = async ({ udid, snapshot, source, bundleId, safety, whenRunning }: AppRollbackParams): Promise<BoundRollback> => {
		const { info } = await library.find(source ?? udid, snapshot, bundleId);
		const app = appOf(info, bundleId);
		const request = { device: udid, app, snapshot: info.id, source: info.udid, safety, whenRunning };
		return { request, order: { udid, snapshot: info.id, snapshotName: info.name, bundleId: app, stages: safety ? 2 : 1 } };
	};
	return {
		'apps/list': ({ udid, sizes = false }, { signal }) => apps.list(udid, { sizes, signal }),
		'apps/readPackage': ({ file }) => apps.readPackage(file),
		'apps/install': ({ udid, file, workingFolder = ownFolder }, watch) =>
			job({ kind: 'install', udid }, watch, (run) => apps.install({ device: udid, file, workingFolder }, run)),
		'apps/uninstall': ({ udid, bundleId }, watch) =>
			job({ kind: 'uninstall', udid, bundleId }, watch, (run) => apps.uninstall({ device: udid, app: bundleId }, run)),
		'apps/snapshot': ({ udid, bundleId, onlyIfChanged = false, workingFolder = ownFolder, ...wishes }, watch) =>
			job({ kind: 'app-snapshot', udid, bundleId, snapshotName: wishes.name }, watch, (run) =>
				apps.snapshot({ ...wishes, device: udid, app: bundleId, ifUnchanged: onlyIfChanged ? 'skip' : 'take', workingFolder }, run),
			),
		'apps/rollbackPlan': async (params, { signal }) => apps.planRollback((await rollback(params)).request, signal),
		'apps/rollBack': async (params, watch) => {
			const { request, order } = await rollback(params);
			return job({ kind: 'app-rollback', ...order }, watch, async (run) => proved(run, await apps.rollBack(request, run)));
		},
		'apps/diff': ({ udid, bundleId, ...rest }, { signal }) => apps.diff({ device: udid, app: bundleId, ...rest }, signal),
		'apps/export': async ({ udid, snapshot, to }, watch) => {
			const { info } = await library.find(udid, snapshot);
			const app = appOf(info);
			const order: JobOrder = { kind: 'export', udid, snapshot: info.id, snapshotName: info.name, bundleId: app };
			return job(order, watch, (run) => apps.exportData({ device: udid, app, snapshot: info.id, to }, run));
		},
		'apps/import': ({ udid, file, name, note }, watch) =>
			job({ kind: 'app-import', udid, snapshotName: name }, watch, (run) => apps.importData({ device: udid, file, name, note }, run)),
		'state/plan': (params, { signal }) => apps.planState(stateRequest(params), signal),
		'state/ensure': async (params, watch) => {
			const { info } = await library.find(params.udid, params.snapshot, params.bundleId);
			const { id: snapshot, name: snapshotName } = info;
			const order: JobOrder = { kind: 'state', udid: params.udid, snapshot, snapshotName, stages: params.safety ? 2 : 1 };
			return job(order, watch, async (run) => proved(run, await apps.ensureState(stateRequest({ ...params, snapshot }), run)));
		},
	};
}

interface BoundRollback {
	readonly request: AppRollbackRequest;
	readonly order: Omit<JobOrder, 'kind'>;
}

function stateRequest({ udid, bundleId, scope = 'auto', whenRunning = 'refuse', ...rest }: StateParams): StateRequest {
	return { ...rest, device: udid, app: bundleId, scope, whenRunning };
}

/** The app that is meant, or that of the snapshot. @throws EngineError `WRONG_USE` - it is one of a whole device. */
function appOf({ app, id }: LabResult<'snapshots/find'>, bundleId?: string): string {
	if (app === undefined) {
		throw new EngineError('WRONG_USE', `${id.slice(0, 8)} is a snapshot of the whole device, not of an app.`, {
			details: { snapshot: id },
		});
	}
	return bundleId ?? app.bundleId;
}
