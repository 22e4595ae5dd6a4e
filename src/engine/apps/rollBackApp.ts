import { randomUUID } from 'node:crypto';
import { delay } from '../../base/index.ts';
import type { AppActivity, AppRollbackPlan, AppRollbackResult, PreflightFinding, SnapshotInfo, WhenRunning } from '../../contract/index.ts';
import type { AfcClient } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import type { FoundSnapshot, SnapshotLibrary } from '../store/library.ts';
import { readActivity } from './activity.ts';
import { AppProgress } from './appProgress.ts';
import { proveContainer } from './appProof.ts';
import { applyState } from './applyState.ts';
import { gapsOf, withContainer } from './container.ts';
import { noteEvent } from './events.ts';
import { isSameItem, planChanges, type ContainerChanges } from './containerDiff.ts';
import { readContainer, type ContainerTree } from './containerTree.ts';
import { readSnapshotTree } from './snapshotTree.ts';
import { takeAppSnapshot, type AppTarget } from './takeAppSnapshot.ts';
import { translatedForDevice } from './translated.ts';
import { inStepsOf, type WantedState } from './wantedState.ts';

export interface AppRollbackOrder {
	readonly target: AppTarget;
	readonly found: FoundSnapshot;
	readonly state: WantedState;
	/** Take a snapshot first, unless what is there is in the app's head. */
	readonly safety: boolean;
	readonly whenRunning: WhenRunning;
	/** How long `wait` waits for the app to be closed. */
	readonly waitMs: number;
}

const LOOK_EVERY_MS = 500;
const MAX_PATHS = 100;

/** What a roll-back of an app would do; touches nothing. */
export async function planAppRollback(
	order: AppRollbackOrder,
	library: SnapshotLibrary,
	context: JobContext,
	signal?: AbortSignal,
): Promise<AppRollbackPlan> {
	const { target, found, state } = order;
	return withContainer(target.paired, target.app.info, signal, async (afc) => {
		const tree = await readContainer(afc, signal);
		const changes = changesTo(state, tree);
		const activity = await readActivity(target.paired, target.app, context.log, signal);
		return {
			snapshot: found.info,
			udid: target.device.udid,
			...present('deviceName', target.device.name),
			app: target.app.info,
			activity,
			writeFiles: changes.write.length,
			writeBytes: changes.writeBytes,
			removeItems: changes.removeItems,
			sameFiles: changes.sameFiles,
			paths: [...changes.write, ...changes.remove].sort().slice(0, MAX_PATHS),
			isKept: await isAtHead(tree, target, library),
			findings: findingsOf(order, activity, changes),
			gaps: gapsOf(target.app.info),
		};
	});
}

/**
 * Brings an app's container to a state: nothing but what differs is written, what the state does not have goes. The snapshot becomes the app's
 * head, when it is one of this app.
 * @throws EngineError `APP_RUNNING`, `APP_NOT_DEBUGGABLE`, `DEVICE_BUSY`, `DEVICE_FULL` - nothing was changed.
 */
export async function rollBackApp(
	order: AppRollbackOrder,
	library: SnapshotLibrary,
	run: JobRun,
	context: JobContext,
): Promise<AppRollbackResult> {
	const startedAt = context.clock.now();
	const { target, found, state } = order;
	const { udid } = target.device;
	const progress = new AppProgress(run, context.clock);
	progress.enter('connecting');
	const activity = await settleActivity(order, progress, run, context);
	const safety = order.safety ? await takeSafety(order, library, run, context) : undefined;
	return withContainer(target.paired, target.app.info, run.signal, (afc) =>
		translatedForDevice(async () => {
			const store = await library.store();
			const lease = await store.acquireLease({ kind: 'restore', udid, snapshot: found.info.id, jobId: randomUUID() });
			try {
				progress.enter('preparing');
				const tree = await readContainer(afc, run.signal);
				const changes = changesTo(state, tree);
				refuseIfFull(changes, target.device.freeBytes);
				const { timesKept } = await applyState(afc, state, changes, progress, run.signal);
				progress.enter('verifying');
				const proof = await prove(afc, state, changes, timesKept);
				if (isOfThisApp(found, target)) {
					await store.setHead(udid, found.snapshot.record.id);
				}
				await noteEvent(library, context, udid, 'app-rolled-back', target.app.info.bundleId, {
					snapshot: found.info.id,
					name: found.info.name,
				});
				return {
					snapshot: { ...found.info, isHead: isOfThisApp(found, target) },
					udid,
					writtenFiles: changes.write.length,
					writtenBytes: changes.writeBytes,
					removedItems: changes.removeItems,
					sameFiles: changes.sameFiles,
					activity,
					...present('safety', safety),
					proof,
					gaps: gapsOf(target.app.info),
					durationMs: context.clock.now() - startedAt,
				};
			} finally {
				await lease.release();
			}
		}),
	);
}

/** What leads from the container as it is now to a state. */
export function changesTo(state: WantedState, tree: ContainerTree): ContainerChanges {
	return planChanges(inStepsOf(state, tree.items), state.items, { hidden: tree.hidden, covers: state.covers });
}

async function prove(
	afc: AfcClient,
	state: WantedState,
	changes: ContainerChanges,
	timesKept: boolean,
): Promise<AppRollbackResult['proof']> {
	// The signal is left out: what is done is done, and looking at it takes a moment.
	const after = await readContainer(afc, undefined);
	return proveContainer(inStepsOf(state, after.items), state.items, { covers: state.covers, written: new Set(changes.write), timesKept });
}

/** What a roll-back would destroy is kept first; there is nothing to keep when all of it is in the app's head. */
async function takeSafety(
	order: AppRollbackOrder,
	library: SnapshotLibrary,
	run: JobRun,
	context: JobContext,
): Promise<SnapshotInfo | undefined> {
	const { info } = order.found;
	const note = `Taken before the roll-back to ${info.name ?? info.id.slice(0, 8)}.`;
	const wishes = { trigger: 'safety', note, ifUnchanged: 'skip' as const };
	const { snapshot, unchanged } = await takeAppSnapshot(order.target, library, wishes, run, context);
	return unchanged ? undefined : snapshot;
}

/**
 * The means of plain lockdown end no process: iOS 17 and later do so through a tunnel only, older ones with a developer image. So the app is
 * looked for, and a person closes it.
 */
async function settleActivity(order: AppRollbackOrder, progress: AppProgress, run: JobRun, context: JobContext): Promise<AppActivity> {
	const { target, whenRunning, waitMs } = order;
	const { clock, log } = context;
	let activity = await readActivity(target.paired, target.app, log, run.signal);
	if (activity !== 'running' || whenRunning === 'go-on') {
		return activity;
	}
	const name = target.app.info.name ?? target.app.info.bundleId;
	if (whenRunning === 'wait') {
		progress.notice({
			code: 'APP_RUNNING',
			message: `Close ${name} on the device now: swipe it away in the app switcher.`,
			details: { bundleId: target.app.info.bundleId },
		});
		for (const endAt = clock.now() + waitMs; activity === 'running' && clock.now() < endAt;) {
			await delay(clock, LOOK_EVERY_MS);
			run.signal?.throwIfAborted();
			activity = await readActivity(target.paired, target.app, log, run.signal);
		}
	}
	if (activity === 'running') {
		throw new EngineError('APP_RUNNING', `${name} runs, and would write over what is put back.`, {
			details: { bundleId: target.app.info.bundleId },
		});
	}
	return activity;
}

function findingsOf(
	{ target, whenRunning, found }: AppRollbackOrder,
	activity: AppActivity,
	changes: ContainerChanges,
): PreflightFinding[] {
	const { app, device } = target;
	const findings: PreflightFinding[] = [];
	const name = app.info.name ?? app.info.bundleId;
	const warn = (code: string, message: string, details: Record<string, unknown> = {}): void =>
		void findings.push({ code, severity: 'warning', message, details });
	if (activity === 'running') {
		const isRefused = whenRunning === 'refuse';
		findings.push({
			code: 'APP_RUNNING',
			severity: isRefused ? 'refusal' : 'warning',
			message: `${name} is running.`,
			details: { bundleId: app.info.bundleId },
		});
	} else if (activity === 'unknown') {
		warn('APP_ACTIVITY_UNKNOWN', `The device does not say whether ${name} runs; if it does, close it.`);
	}
	if (device.freeBytes !== undefined && changes.writeBytes > device.freeBytes) {
		const details = { neededBytes: changes.writeBytes, freeBytes: device.freeBytes };
		findings.push({ code: 'DEVICE_FULL', severity: 'refusal', message: 'There is not enough free space on the device.', details });
	}
	const was = found.info.app;
	if (was?.version !== undefined && (was.version !== app.info.version || was.build !== app.info.build)) {
		warn('OTHER_BUILD', `The data is of ${name} ${versionText(was)}; ${versionText(app.info)} is installed now.`, {
			snapshot: was,
			installed: { version: app.info.version, build: app.info.build },
		});
	}
	if (found.info.udid !== device.udid) {
		warn('OTHER_DEVICE', 'The data is of another device.', { udid: found.info.udid });
	}
	return findings;
}

function versionText({ version, build }: { readonly version?: string; readonly build?: string }): string {
	return build === undefined ? (version ?? '?') : `${version ?? '?'} (${build})`;
}

function refuseIfFull({ writeBytes }: ContainerChanges, freeBytes: number | undefined): void {
	if (freeBytes !== undefined && writeBytes > freeBytes) {
		throw new EngineError('DEVICE_FULL', 'There is not enough free space on the device.', {
			details: { neededBytes: writeBytes, freeBytes },
		});
	}
}

function isOfThisApp({ snapshot: { record } }: FoundSnapshot, { device, app }: AppTarget): boolean {
	return record.kind === 'app' && record.app === app.info.bundleId && record.udid === device.udid;
}

async function isAtHead(tree: ContainerTree, { device, app }: AppTarget, library: SnapshotLibrary): Promise<boolean> {
	const store = await library.store();
	const head = (await store.appHeads(device.udid)).get(app.info.bundleId);
	if (head === undefined) {
		return false;
	}
	const items = await readSnapshotTree(store, await store.snapshot(device.udid, head));
	return items.size === tree.items.size && [...items].every(([path, item]) => isSame(tree, path, item));
}

function isSame(tree: ContainerTree, path: string, item: Parameters<typeof isSameItem>[0]): boolean {
	const there = tree.items.get(path);
	return there !== undefined && isSameItem(there, item);
}
