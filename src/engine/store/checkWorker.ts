import { parentPort } from 'node:worker_threads';
import { blobsIn, damagedIn } from '../../snapshots/index.ts';
import type { FromCheckWorker, ToCheckWorker } from './checkPool.ts';

parentPort?.on('message', ({ sequence, range, wantsBlobs }: ToCheckWorker) => {
	if (wantsBlobs) {
		const found = blobsIn(range);
		parentPort?.postMessage({ sequence, ...found } satisfies FromCheckWorker, [found.bytes.buffer]);
	} else {
		parentPort?.postMessage({ sequence, damaged: damagedIn(range) } satisfies FromCheckWorker);
	}
});
