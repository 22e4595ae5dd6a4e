export { DeviceError, type DeviceErrorCode } from './errors.ts';
export type { Connection, ReadOptions } from './transport/connection.ts';
export { PlistChannel } from './transport/plistChannel.ts';
export { defaultMuxAddress, formatMuxAddress, parseMuxAddress, resolveMuxAddresses, type MuxAddress } from './usbmux/address.ts';
export { MuxClient } from './usbmux/client.ts';
export {
	DeviceWatcher,
	listAttachedDevices,
	transportOf,
	type AttachedDevice,
	type Attachment,
	type DeviceListing,
} from './usbmux/directory.ts';
export type { MuxTransport } from './usbmux/messages.ts';
export type { LockdownClient } from './lockdown/client.ts';
export { findPairRecord, PairedDevice, withLockdown } from './lockdown/pairedDevice.ts';
export type { PairRecord } from './lockdown/pairRecord.ts';
export { pairDevice, type PairingObstacle } from './lockdown/pairing.ts';
export {
	HostFileError,
	resolveDevicePath,
	type DeviceLinkHost,
	type DevicePath,
	type HostDirectoryEntry,
	type HostFileErrorCode,
	type HostFileReader,
	type HostFileWriter,
} from './devicelink/host.ts';
export type { DeviceLinkProgress } from './devicelink/run.ts';
export { MobileBackup2Client, type RunOptions } from './mobilebackup2/client.ts';
export { MOBILE_BACKUP_2_SERVICE, type BackupErrorReason, type RestoreOptions } from './mobilebackup2/messages.ts';
export { SyncLock } from './mobilebackup2/syncLock.ts';
export { AfcClient } from './afc/client.ts';
export { AFC_SERVICE } from './services/names.ts';
export { isAfcDenied, isAfcNotFound, isAfcStatus } from './afc/errors.ts';
export type { AfcFileInfo } from './afc/fileInfo/messages.ts';
export { AFC_STATUS } from './afc/frame.ts';
export { scanTree } from './afc/scan.ts';
export { readBlocks, readFileIfPresent, writeFile } from './afc/transfer.ts';
export type { AfcEntry } from './afc/walk.ts';
export { answerHeartbeat } from './services/heartbeat/client.ts';
export { HEARTBEAT_SERVICE } from './services/heartbeat/messages.ts';
export { InstallationProxyClient, type InstallationProgress } from './services/installationProxy/client.ts';
export { INSTALLATION_PROXY_SERVICE, type InstalledApp } from './services/installationProxy/messages.ts';
export { NotificationProxyClient } from './services/notificationProxy/client.ts';
export { NOTIFICATION, NOTIFICATION_PROXY_SERVICE } from './services/notificationProxy/messages.ts';
export { DiagnosticsRelayClient } from './services/diagnosticsRelay/client.ts';
export { DIAGNOSTICS_RELAY_SERVICE } from './services/diagnosticsRelay/messages.ts';
export { SpringboardClient } from './services/springboardServices/client.ts';
export { SPRINGBOARD_SERVICE } from './services/springboardServices/messages.ts';
export { walk } from './afc/walk.ts';
export { vendContainer } from './services/houseArrest/client.ts';
export { HOUSE_ARREST_SERVICE } from './services/houseArrest/messages.ts';
export { listProcesses } from './services/osTraceRelay/client.ts';
export { OS_TRACE_RELAY_SERVICE } from './services/osTraceRelay/messages.ts';
