import type { VirtualDevice } from '../device.ts';
import { AgentFailure, MB_ERROR } from './errors.ts';
import type { HostRequest } from './messages.ts';
import { askForPasscode } from './passcode.ts';

/** Posted when the setting changes; hosts then ask lockdown for `WillEncrypt` again. */
const DOMAIN_CHANGED = 'com.apple.mobile.backup.domain_changed';

/** iOS asks for the passcode before it changes the backup password since this version. */
const ASKS_SINCE = 13;

/**
 * Sets, changes or removes the backup password: new alone, both, or old alone.
 * @throws AgentFailure 207 wrong old password; 208 passcode; 1 when neither was given, or when a profile forbids it.
 */
export async function changePassword(device: VirtualDevice, request: HostRequest): Promise<void> {
	const { encryption, settings } = device;
	const { oldPassword, newPassword } = request;
	if ((oldPassword ?? '') === '' && (newPassword ?? '') === '') {
		throw new AgentFailure(MB_ERROR.generic, 'Neither an old nor a new password was given');
	}
	if (encryption.willEncrypt && !(await encryption.matches(oldPassword ?? ''))) {
		throw new AgentFailure(MB_ERROR.wrongPassword, 'Invalid password');
	}
	const removes = newPassword === undefined || newPassword === '';
	if (removes && settings.encryptionLocked) {
		throw new AgentFailure(
			MB_ERROR.generic,
			'Error setting WillEncrypt value in lockdown. Underlying error: Backup encryption is required by a profile (MCErrorDomain/22)',
		);
	}
	if (removes && !encryption.willEncrypt) {
		throw new AgentFailure(MB_ERROR.wrongPassword, 'Backup encryption is not enabled');
	}
	await askForPasscode(device, ASKS_SINCE);
	if (removes) {
		encryption.clear();
	} else {
		await encryption.setPassword(newPassword, { outerRounds: settings.dpic, rounds: settings.iterations });
	}
	await device.save();
	device.notifications.post(DOMAIN_CHANGED);
}
