import type { SnapshotInfo, StateResult } from '../../contract/index.ts';
import type { JobRun } from '../jobs/progress.ts';
import { deviceRoute, prepareState, type Place, type StateParts, type StateRequest } from './planState.ts';
import { rollBackApp } from './rollBackApp.ts';

const DEFAULT_WAIT_MS = 120_000;

/** Brings a device to a state in the way that was planned. */
export async function ensureState(place: Place, request: StateRequest, parts: StateParts, run: JobRun): Promise<StateResult> {
	const startedAt = parts.context.clock.now();
	const { plan, found, apps } = await prepareState(place, request, parts, run.signal);
	const done = (proof: StateResult['proof'], safeties: readonly (SnapshotInfo | undefined)[] = []): StateResult => ({
		plan,
		route: plan.route,
		safeties: safeties.filter((safety) => safety !== undefined),
		proof,
		durationMs: parts.context.clock.now() - startedAt,
	});
	switch (plan.route) {
		case 'nothing':
			return done({ verdict: 'verified', differences: [] });
		case 'app': {
			const { safety, whenRunning, waitMs = DEFAULT_WAIT_MS } = request;
			const results = [];
			for (const { app, state } of apps) {
				const order = { target: { ...place, app }, found, state, safety, whenRunning, waitMs };
				results.push(await rollBackApp(order, parts.library, run, parts.context));
			}
			const differences = results.flatMap(({ proof }) => proof.differences);
			const verdict = differences.length === 0 ? 'verified' : 'differs';
			return done(
				{ verdict, differences },
				results.map((result) => result.safety),
			);
		}
		case 'device': {
			const result = await parts.rollBackDevice(deviceRoute(place.device.udid, request, found), run);
			return done(result.proof, [result.safety]);
		}
	}
}
