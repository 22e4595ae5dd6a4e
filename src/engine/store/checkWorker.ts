import { parentPort } from 'node:worker_threads';
import { damagedIn } from '../../snapshots/index.ts';
import type { FromCheckWorker, ToCheckWorker } from './checkPool.ts';

parentPort?.on('message', ({ sequence, range }: ToCheckWorker) => {
	parentPort?.postMessage({ sequence, damaged: damagedIn(range) } satisfies FromCheckWorker);
});
