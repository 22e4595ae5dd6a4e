import { workerData } from 'node:worker_threads';
import { serveHostFolder } from '../host/serveHostFolder.ts';
import type { FolderPlace } from './folderHost.ts';
import { OverlayFolder } from './overlay.ts';

serveHostFolder(() => {
	const { base, tree } = workerData as FolderPlace;
	const overlay = new OverlayFolder(base, tree);
	// The one thing that only an overlay knows is what it took out of the base.
	return { folder: overlay, answerOwn: () => overlay.removedFromBase };
});
