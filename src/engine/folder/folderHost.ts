import { WorkerHost } from '../host/workerHost.ts';
import { workerPath } from '../workerPath.ts';

/** Where a plain folder's files are; both folders exist. */
export interface FolderPlace {
	/** What the device reads beneath its own changes; undefined when the run starts from nothing. */
	readonly base: string | undefined;
	/** Where its changes go. */
	readonly tree: string;
}

/** A backup in a plain folder as DeviceLink's file interface: see OverlayFolder. */
export class FolderHost extends WorkerHost {
	/** @param root - the volume whose free space counts. */
	constructor(root: string, place: FolderPlace) {
		super(root, workerPath('folderWorker.js', 'folder/worker.ts'), place);
	}

	/** Paths below the base that the device removed. To be asked when the run is over. */
	async removedFromBase(): Promise<readonly string[]> {
		return (await this.askOwn('removed')) as readonly string[];
	}
}
