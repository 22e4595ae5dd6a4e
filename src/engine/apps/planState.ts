import type {
	PreflightFinding,
	RestoreChoices,
	RollbackPlan,
	RollbackResult,
	RouteJudgement,
	SnapshotInfo,
	StatePlan,
	StateRoute,
	WhenRunning,
} from '../../contract/index.ts';
import type { PairedDevice } from '../../device/index.ts';
import type { ContentsLibrary } from '../contents/contentsLibrary.ts';
import { EngineError } from '../errors.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import type { FoundSnapshot, SnapshotLibrary } from '../store/library.ts';
import { findApp, listApps, type FoundApp } from './appInfo.ts';
import { refuseStoreApp, withContainer } from './container.ts';
import type { ContainerChanges } from './containerDiff.ts';
import { readContainer } from './containerTree.ts';
import { compareDevice, differenceText, knownToDiffer } from './deviceDifference.ts';
import { changesTo } from './rollBackApp.ts';
import { appReason, changesText, gapTexts, namesOf, unseenText } from './stateReasons.ts';
import type { AppTarget } from './takeAppSnapshot.ts';
import { stateOfAppSnapshot, stateOfDeviceSnapshot, type WantedState } from './wantedState.ts';

/** A state that a device is to be brought to. */
export interface StateRequest {
	readonly device: string;
	readonly snapshot: string;
	/** Only this app's data is wanted: bundle id, its last part, or the app's name. */
	readonly app?: string | undefined;
	/** `app`: never the whole device. `device`: never an app alone. */
	readonly scope: 'auto' | 'app' | 'device';
	/** Of an encrypted snapshot; a secret. */
	readonly password?: string | undefined;
	readonly safety: boolean;
	readonly whenRunning: WhenRunning;
	readonly waitMs?: number;
	/** Of a roll-back of the whole device. */
	readonly choices: RestoreChoices;
}

/** What the planner needs of the engine. */
export interface StateParts {
	readonly library: SnapshotLibrary;
	readonly contents: ContentsLibrary;
	readonly context: JobContext;
	/** The roll-back of a whole device, its plan and its work. */
	readonly planDevice: (request: DeviceRoute, signal: AbortSignal | undefined) => Promise<RollbackPlan>;
	readonly rollBackDevice: (request: DeviceRoute, run: JobRun) => Promise<RollbackResult>;
}

/** A whole device and the snapshot that it goes to. */
export interface DeviceRoute {
	readonly device: string;
	readonly snapshot: string;
	readonly password?: string | undefined;
	readonly safety: boolean;
	readonly choices: RestoreChoices;
}

/** An app whose container was looked at. */
interface LookedAt {
	readonly app: FoundApp;
	readonly state: WantedState;
	readonly changes: ContainerChanges;
}

/** What a plan was made from, and is carried out with. */
interface PreparedState {
	readonly plan: StatePlan;
	readonly found: FoundSnapshot;
	readonly apps: readonly LookedAt[];
}

/** A device to work on. */
export type Place = Pick<AppTarget, 'paired' | 'device'>;

/**
 * Finds the cheapest way to a state, from what the device tells without a backup: sizes and times of all files of development apps, and, for a
 * whole device, its name, its apps and its photos. Touches nothing.
 * @throws EngineError `APP_NOT_FOUND`, `APP_NOT_DEBUGGABLE`, `WRONG_USE` - there is no way.
 */
export async function prepareState(
	place: Place,
	request: StateRequest,
	parts: StateParts,
	signal: AbortSignal | undefined,
): Promise<PreparedState> {
	const { library } = parts;
	const { device, paired } = place;
	const wanted = request.app === undefined ? undefined : await findApp(paired, request.app, signal);
	const found = await library.find(device.udid, request.snapshot, wanted?.info.bundleId);
	const { info } = found;
	if (info.kind === 'app') {
		return prepareAppState(place, request, wanted, found, parts, signal);
	}
	const { apps, unseen } = await lookAtApps(place, request, wanted, info, parts, signal);
	const differing = apps.filter(({ changes }) => isChanged(changes));
	const seen = wanted === undefined ? await compareDevice(paired, found, parts.context.log, signal) : [];
	// What the device tells is a few facts: where the store knows of more, that counts.
	const hidden =
		wanted === undefined
			? await knownToDiffer(library, found, { seen: apps.map(({ app }) => app.info.bundleId), password: request.password, signal })
			: [];
	const known = [...(seen ?? []), ...(hidden ?? [])];
	const places = known.length === 0 && (seen === undefined || hidden === undefined) ? undefined : known;
	const isOnlyApps = places !== undefined && places.length === 0;
	const wholeDevice =
		request.scope === 'app' ? undefined : await judgeDevice(device.udid, request, found, parts, places, differing, signal);
	const appGap = unseen ?? (isOnlyApps ? undefined : differenceText(places));
	const judgements: RouteJudgement[] = [
		{
			route: 'nothing',
			possible: isOnlyApps && differing.length === 0 && (unseen === undefined || wanted === undefined),
			reason:
				differing.length > 0
					? `the data of ${namesOf(differing)} differs`
					: isOnlyApps
						? `what the device tells is as it was${apps.length === 0 ? '' : `, and so is the data of ${namesOf(apps)}`}`
						: differenceText(places),
			restarts: false,
			leavesOut: [unseenText(wanted, apps, unseen)],
		},
		{
			route: 'app',
			possible: request.scope !== 'device' && differing.length > 0 && isOnlyApps,
			reason: request.scope === 'device' ? 'only the whole device was asked for' : (appGap ?? appReason(differing)),
			files: differing.reduce((sum, { changes }) => sum + changes.write.length, 0),
			bytes: differing.reduce((sum, { changes }) => sum + changes.writeBytes, 0),
			restarts: false,
			leavesOut: [
				'everything but the data of these apps',
				'caches and temporary files, which no backup has',
				...differing.flatMap(({ app }) => gapTexts(app.info)),
			],
		},
		wholeDevice?.judgement ?? {
			route: 'device',
			possible: false,
			reason: 'only an app was asked for',
			restarts: true,
			leavesOut: [],
		},
	];
	return choose(place, found, judgements, wholeDevice?.findings ?? [], differing);
}

async function prepareAppState(
	place: Place,
	request: StateRequest,
	wanted: FoundApp | undefined,
	found: FoundSnapshot,
	{ library }: StateParts,
	signal: AbortSignal | undefined,
): Promise<PreparedState> {
	const bundleId = found.info.app?.bundleId ?? '';
	if (request.scope === 'device' || (wanted !== undefined && wanted.info.bundleId !== bundleId)) {
		const id = found.info.id.slice(0, 8);
		throw new EngineError('WRONG_USE', `${id} is a snapshot of ${bundleId} alone.`, { details: { snapshot: found.info.id } });
	}
	const app = wanted ?? (await findApp(place.paired, bundleId, signal));
	refuseStoreApp(app.info);
	const state = await stateOfAppSnapshot(await library.store(), found.snapshot.record);
	const changes = await lookAt(place.paired, app, state, signal);
	const leavesOut = gapTexts(app.info);
	const judgements: RouteJudgement[] = [
		{
			route: 'nothing',
			possible: !isChanged(changes),
			reason: isChanged(changes) ? changesText(changes) : `all ${changes.sameFiles} files are as they were`,
			restarts: false,
			leavesOut,
		},
		{
			route: 'app',
			possible: true,
			reason: isChanged(changes) ? changesText(changes) : 'nothing differs',
			files: changes.write.length,
			bytes: changes.writeBytes,
			restarts: false,
			leavesOut,
		},
		{ route: 'device', possible: false, reason: 'the snapshot holds one app only', restarts: true, leavesOut: [] },
	];
	return choose(place, found, judgements, [], [{ app, state, changes }]);
}

/** The development apps of which the snapshot has data, or the one that is wanted. */
async function lookAtApps(
	{ paired }: Place,
	request: StateRequest,
	wanted: FoundApp | undefined,
	snapshot: SnapshotInfo,
	{ contents }: StateParts,
	signal: AbortSignal | undefined,
): Promise<{ readonly apps: readonly LookedAt[]; readonly unseen: string | undefined }> {
	if (wanted !== undefined) {
		refuseStoreApp(wanted.info);
	}
	if (snapshot.encrypted && request.password === undefined && wanted !== undefined) {
		throw new EngineError('PASSWORD_REQUIRED', 'This snapshot is encrypted; its password is needed to look for the data of the app.');
	}
	if (snapshot.encrypted && request.password === undefined) {
		return { apps: [], unseen: 'the snapshot is encrypted and its password was not given, so apps were not looked into' };
	}
	const candidates =
		wanted === undefined ? (await listApps(paired, { signal })).filter(({ info }) => info.signing === 'development') : [wanted];
	const apps: LookedAt[] = [];
	for (const app of candidates) {
		const state = await stateOfDeviceSnapshot(contents, snapshot, app.info.bundleId, { password: request.password, signal });
		// An app that was not there then has no state to be brought to.
		if (state.items.size > 0) {
			apps.push({ app, state, changes: await lookAt(paired, app, state, signal) });
		} else if (wanted !== undefined) {
			throw new EngineError('APP_NOT_FOUND', `The snapshot holds nothing of ${app.info.bundleId}.`, {
				details: { app: app.info.bundleId },
			});
		}
	}
	return { apps, unseen: undefined };
}

function lookAt(paired: PairedDevice, app: FoundApp, state: WantedState, signal: AbortSignal | undefined): Promise<ContainerChanges> {
	return withContainer(paired, app.info, signal, async (afc) => changesTo(state, await readContainer(afc, signal)));
}

async function judgeDevice(
	udid: string,
	request: StateRequest,
	found: FoundSnapshot,
	parts: StateParts,
	places: readonly string[] | undefined,
	differing: readonly LookedAt[],
	signal: AbortSignal | undefined,
): Promise<{ readonly judgement: RouteJudgement; readonly findings: readonly PreflightFinding[] }> {
	const { findings } = await parts.planDevice(deviceRoute(udid, request, found), signal);
	const refusal = findings.find(({ severity }) => severity === 'refusal');
	const why =
		places === undefined || places.length > 0
			? differenceText(places)
			: differing.length > 0
				? appReason(differing)
				: 'nothing that the device tells differs';
	return {
		findings,
		judgement: {
			route: 'device',
			possible: true,
			reason: refusal === undefined ? why : `${why}; but: ${refusal.message}`,
			files: found.info.fileCount,
			bytes: found.info.sizeBytes,
			restarts: true,
			leavesOut: ['what no backup holds: the apps themselves, caches, what is in iCloud, Face ID, Apple Pay'],
		},
	};
}

/** The first way that leads there, in the order of what they cost. */
function choose(
	{ device }: Place,
	found: FoundSnapshot,
	judgements: readonly RouteJudgement[],
	deviceFindings: readonly PreflightFinding[],
	apps: readonly LookedAt[],
): PreparedState {
	const chosen = judgements.find(({ possible }) => possible);
	if (chosen === undefined) {
		const reasons = judgements.map(({ route, reason }) => `${route}: ${reason}`).join('; ');
		throw new EngineError('WRONG_USE', `There is no way to this state: ${reasons}.`, { details: { judgements } });
	}
	const route: StateRoute = chosen.route;
	const plan: StatePlan = {
		snapshot: found.info,
		udid: device.udid,
		...present('deviceName', device.name),
		route,
		judgements,
		findings: route === 'device' ? deviceFindings : [],
	};
	return { plan, found, apps };
}

/** The roll-back of the whole device that the request may come to. */
export function deviceRoute(udid: string, { password, safety, choices }: StateRequest, { info }: FoundSnapshot): DeviceRoute {
	return { device: udid, snapshot: info.id, password, safety, choices };
}

function isChanged({ write, makeFolders, remove }: ContainerChanges): boolean {
	return write.length + makeFolders.length + remove.length > 0;
}
