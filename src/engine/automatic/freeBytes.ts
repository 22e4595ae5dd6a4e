import * as fs from 'node:fs/promises';
import * as path from 'node:path';

/** How much a user may still write on the disk of a folder that need not be there yet; undefined where the system does not say. */
export async function freeBytesAt(folder: string): Promise<number | undefined> {
	for (let place = path.resolve(folder); ; place = path.dirname(place)) {
		try {
			const { bavail, bsize } = await fs.statfs(place);
			return bavail * bsize;
		} catch {
			// Not there yet, or no file system that can say: the folder above it is on the same disk, as far as anybody can tell.
			if (place === path.dirname(place)) {
				return undefined;
			}
		}
	}
}
