import { HostFileError, type DeviceLinkHost } from '../../device/index.ts';

function refuse(): never {
	throw new HostFileError('OTHER', 'This request has no folder.');
}

/** The file interface for requests that move no files: everything the device might ask for is refused. */
export const NO_FILES: DeviceLinkHost = {
	freeSpaceBytes: () => Promise.resolve(0),
	list: () => Promise.resolve([]),
	createDirectory: () => Promise.resolve().then(refuse),
	move: () => Promise.resolve().then(refuse),
	remove: () => Promise.resolve().then(refuse),
	copy: () => Promise.resolve().then(refuse),
	openRead: () => Promise.resolve().then(refuse),
	openWrite: refuse,
	settle: () => Promise.resolve(),
};
