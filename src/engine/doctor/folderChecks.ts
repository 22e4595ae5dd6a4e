import * as path from 'node:path';
import type { DoctorCheck } from '../../contract/index.ts';
import type { DoctorHost } from './host.ts';

const GB = 1000 ** 3;
/** A first backup of a phone in use is rarely smaller. */
const COMFORTABLE_BYTES = 20 * GB;

/** Free space where backups usually go: the home folder's disk. */
export async function checkFreeSpace(host: DoctorHost): Promise<DoctorCheck> {
	const folder = appleFolders(host)[0]?.path ?? host.home;
	const freeBytes = await host.freeBytes(folder);
	if (freeBytes === undefined) {
		return {
			id: 'space',
			title: 'Free space',
			status: 'warning',
			finding: `How much is free at ${host.home} cannot be told.`,
			remedy: 'Check that the folder is there and can be read.',
		};
	}
	const finding = `${(freeBytes / GB).toFixed(1)} GB are free at ${host.home}.`;
	return freeBytes >= COMFORTABLE_BYTES
		? { id: 'space', title: 'Free space', status: 'ok', finding }
		: {
				id: 'space',
				title: 'Free space',
				status: 'warning',
				finding,
				remedy: 'A first backup may take as much as the phone holds. Name a folder on a larger disk: backup --to DIR.',
			};
}

interface AppleFolder {
	readonly path: string;
	readonly owner: string;
}

/** Where Apple's own programs keep their backups. They do not exist on Linux. */
export function appleFolders(host: Pick<DoctorHost, 'platform' | 'home' | 'environment'>): AppleFolder[] {
	if (host.platform === 'darwin') {
		return [{ path: path.join(host.home, 'Library/Application Support/MobileSync/Backup'), owner: 'Finder' }];
	}
	if (host.platform === 'win32') {
		const roaming = host.environment['APPDATA'] ?? path.win32.join(host.home, 'AppData', 'Roaming');
		return [
			{ path: path.win32.join(roaming, 'Apple Computer', 'MobileSync', 'Backup'), owner: 'iTunes' },
			{ path: path.win32.join(host.home, 'Apple', 'MobileSync', 'Backup'), owner: 'Apple Devices or iTunes from the Store' },
		];
	}
	return [];
}

/** Whether the backups that Apple's programs made here can be read; the system says "no such folder" and "not allowed" very differently. */
export async function checkBackupFolders(host: DoctorHost): Promise<DoctorCheck[]> {
	return Promise.all(
		appleFolders(host).map(async (folder, index): Promise<DoctorCheck> => {
			const identity = { id: index === 0 ? 'apple-backups' : `apple-backups-${index + 1}`, title: `Backups of ${folder.owner}` };
			const names = await host.list(folder.path);
			if (names === 'absent') {
				return { ...identity, status: 'ok', finding: `None: ${folder.path} does not exist.` };
			}
			if (names === 'denied') {
				return {
					...identity,
					status: 'warning',
					finding: `The system does not let this program read ${folder.path}.`,
					remedy:
						host.platform === 'darwin'
							? 'System Settings › Privacy & Security › Full Disk Access: turn it on for the terminal (or the editor) that runs this program, and restart it.'
							: 'Check who owns the folder, and whether this account may read it.',
				};
			}
			const count = names.filter((name) => /^(?:[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16})(?:-|$)/i.test(name)).length;
			return { ...identity, status: 'ok', finding: `${count === 0 ? 'None' : count} in ${folder.path}.` };
		}),
	);
}
