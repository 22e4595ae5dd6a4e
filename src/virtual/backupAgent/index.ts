import type { ServiceChannel } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import { AgentSession } from './session.ts';

export { BackupEncryptionState, type DeviceKeybag } from './encryption.ts';
export { AGENT_FAULTS, AGENT_PHASES, type AgentPhase } from './faultTable.ts';

/** The device's side of `com.apple.mobilebackup2` on one connection. Resolves when the connection has ended, however it did. */
export function serveMobileBackup2(device: VirtualDevice, channel: ServiceChannel): Promise<void> {
	return new AgentSession(device, channel).run();
}
