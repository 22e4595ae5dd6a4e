import { delay } from '../../base/index.ts';
import type { VirtualDevice } from '../device.ts';
import { AgentFailure, MB_ERROR } from './errors.ts';

/** Posted when the device shows its passcode prompt, and when the prompt goes. Hosts that observe them show a hint. */
const PROMPT_PRESENTED = 'com.apple.LocalAuthentication.ui.presented';
const PROMPT_DISMISSED = 'com.apple.LocalAuthentication.ui.dismissed';

/** How long a device waits for its owner. Source: docs/protocol.md#passcode. */
const PATIENCE_MS = 180_000;

/**
 * Asks for the passcode as the settings say, when this version of iOS does; nothing changes on the wire meanwhile.
 * @param since - the first iOS version that asks before this kind of request.
 * @throws AgentFailure 208 when nobody enters it in time.
 */
export async function askForPasscode(device: VirtualDevice, since: number): Promise<void> {
	const [kind = 'none', amount] = device.settings.passcode.split(':');
	if (kind === 'none' || Number.parseFloat(device.identity.iosVersion) < since) {
		return;
	}
	device.notifications.post(PROMPT_PRESENTED);
	const patienceMs = kind === 'never' && amount !== undefined ? Number(amount) : PATIENCE_MS;
	const enteredAfterMs = kind === 'delay' ? Number(amount ?? 0) : kind === 'never' ? Infinity : 0;
	if (enteredAfterMs > 0) {
		await delay(device.clock, Math.min(enteredAfterMs, patienceMs));
	}
	device.notifications.post(PROMPT_DISMISSED);
	if (enteredAfterMs > patienceMs) {
		throw new AgentFailure(MB_ERROR.deviceLocked, 'Device locked');
	}
}
