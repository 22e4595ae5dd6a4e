import { workerData } from 'node:worker_threads';
import { silentLogger } from '../../base/index.ts';
import { SnapshotStore } from '../../snapshots/index.ts';
import { systemClock } from '../systemClock.ts';
import { serveHostFolder } from '../host/serveHostFolder.ts';
import { storeToHostError } from './storeErrors.ts';
import { StagingFolder } from './stagingFolder.ts';
import type { StorePlace, StoreQuestion } from './storeHost.ts';

serveHostFolder(async () => {
	const { folder, staging, program } = workerData as StorePlace;
	const store = await SnapshotStore.open(folder, { create: true, clock: systemClock, log: silentLogger, program });
	const area = await store.beginStaging(staging);
	return {
		folder: new StagingFolder(area),
		answerOwn: (question) => answer(question as StoreQuestion),
	};

	async function answer(question: StoreQuestion): Promise<unknown> {
		switch (question.ask) {
			case 'ready':
				return undefined;
			case 'seal':
				return area.seal(question.facts, question.options);
			case 'abandon':
				return area.abandon({ discard: question.discard });
		}
	}
}, storeToHostError);
