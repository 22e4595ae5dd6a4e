import { DeviceFiles, type DeviceFilesOptions } from './deviceFiles.ts';

export { DeviceFiles, type DeviceFilesOptions, type FilesSnapshot, type RestoreRules } from './deviceFiles.ts';
export type { ChangedItem } from './change.ts';
export type { Content } from './content.ts';
export { devicePathOf, domainKindOf, isSetting, recordsDigest, type DomainKind } from './domains.ts';
export { kindOfMode, type DeviceEntry, type EntryFacts, type EntryKind } from './entry.ts';
export type { DeviceTree } from './tree.ts';
export type { FingerprintScope } from './fingerprint.ts';
export type { AppIdentity } from './layout.ts';
export { parseProfile, type DeviceProfile } from './profiles.ts';
export type { ContentReceiver, RestoreArea } from './restoreArea.ts';
export type { TouchResult } from './touch.ts';

/**
 * The files of a device: those that were saved in the state folder, or new ones made from seed and profile.
 *
 * @throws RangeError when there is no such profile; Error when a saved state cannot be read.
 */
export function createDeviceFiles(options: DeviceFilesOptions): Promise<DeviceFiles> {
	return DeviceFiles.open(options);
}
