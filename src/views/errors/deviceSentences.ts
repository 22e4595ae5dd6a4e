import * as vscode from 'vscode';
import { holderOf, spaceText, textDetail, type SentenceOf } from './facts.ts';

/** Codes about the way to a device, its trust, what it answers, and what is refused before anything is done. */
type DeviceCode =
	| 'MUX_UNAVAILABLE'
	| 'MUX_REFUSED'
	| 'DEVICE_NOT_FOUND'
	| 'DEVICE_AMBIGUOUS'
	| 'CONNECTION_REFUSED'
	| 'CONNECTION_LOST'
	| 'TIMED_OUT'
	| 'PROTOCOL_VIOLATION'
	| 'UNSAFE_PATH'
	| 'NOT_PAIRED'
	| 'PAIR_RECORD_STALE'
	| 'PAIRING_PENDING'
	| 'PAIRING_DENIED'
	| 'PAIRING_PROHIBITED'
	| 'DEVICE_LOCKED'
	| 'CERTIFICATE_MISMATCH'
	| 'SERVICE_UNAVAILABLE'
	| 'VALUE_UNAVAILABLE'
	| 'DEVICE_REFUSED'
	| 'SYNC_BUSY'
	| 'AFC_ERROR'
	| 'DEVICE_BUSY'
	| 'FIND_MY_ON'
	| 'IOS_TOO_OLD'
	| 'DEVICE_FULL'
	| 'BATTERY_LOW'
	| 'SUPERVISION_DIFFERS'
	| 'CABLE_NEEDED'
	| 'ENCRYPTION_ALREADY_ON'
	| 'ENCRYPTION_ALREADY_OFF'
	| 'ENCRYPTION_REQUIRED';

const replug = (): string => vscode.l10n.t('Check the cable, keep this computer awake, and try again.');

/** Sentences for them. */
export const deviceSentences: Readonly<Record<DeviceCode, SentenceOf>> = {
	MUX_UNAVAILABLE: (known) => {
		const address = textDetail(known, 'address');
		return {
			message:
				address === undefined
					? vscode.l10n.t('The program that connects iPhones to this computer does not answer.')
					: vscode.l10n.t('The program that connects iPhones to this computer does not answer at {0}.', address),
			next: vscode.l10n.t('“Check This Computer” says what is missing. Without a phone, start the virtual lab.'),
		};
	},
	MUX_REFUSED: () => ({
		message: vscode.l10n.t('The program that connects iPhones to this computer refused a request.'),
		next: vscode.l10n.t('Unplug the device and plug it in again; if that does not help, see “Check This Computer”.'),
	}),
	DEVICE_NOT_FOUND: ({ subject }) => ({
		message: vscode.l10n.t('{0} is not attached.', subject),
		next: vscode.l10n.t('Plug it in, unlock it, and try again.'),
	}),
	DEVICE_AMBIGUOUS: () => ({
		message: vscode.l10n.t('That may be several of the attached devices.'),
		next: vscode.l10n.t('Choose one in the Devices view.'),
	}),
	CONNECTION_REFUSED: ({ subject }) => ({
		message: vscode.l10n.t('{0} does not take connections.', subject),
		next: vscode.l10n.t('Unlock it, or wait until it has started. If it goes on, restart the device.'),
	}),
	CONNECTION_LOST: ({ device }) => ({ message: vscode.l10n.t('The connection to {0} was lost.', device), next: replug() }),
	TIMED_OUT: ({ subject }) => ({
		message: vscode.l10n.t('{0} did not answer in time.', subject),
		next: `${vscode.l10n.t('Look at its screen; it may be waiting for you.')} ${replug()}`,
	}),
	PROTOCOL_VIOLATION: ({ subject }) => ({
		message: vscode.l10n.t('{0} sent something that Device Lab does not understand, so it stopped.', subject),
		next: vscode.l10n.t('Try again. If it happens each time, report it with what the log says.'),
	}),
	UNSAFE_PATH: ({ subject }) => ({
		message: vscode.l10n.t('{0} asked for a file outside of its backup, and was refused.', subject),
		next: vscode.l10n.t('A real iPhone never does this. Do not trust this device, or what it is connected through.'),
	}),
	NOT_PAIRED: ({ subject }) => ({
		message: vscode.l10n.t('{0} does not trust this computer yet.', subject),
		next: vscode.l10n.t('Unlock it and pair it.'),
	}),
	PAIR_RECORD_STALE: ({ subject }) => ({
		message: vscode.l10n.t('{0} no longer trusts this computer: it was reset or restored, or its trust settings were.', subject),
		next: vscode.l10n.t('Unlock it and pair it again.'),
	}),
	PAIRING_PENDING: ({ device }) => ({
		message: vscode.l10n.t('The question whether to trust this computer was not answered on {0}.', device),
		next: vscode.l10n.t('Unlock it, tap Trust, enter its passcode, and try again.'),
	}),
	PAIRING_DENIED: ({ device }) => ({
		message: vscode.l10n.t('“Don’t Trust” was tapped on {0}.', device),
		next: vscode.l10n.t('Unplug the cable and plug it in to be asked again, then pair once more and tap Trust.'),
	}),
	PAIRING_PROHIBITED: ({ subject }) => ({
		message: vscode.l10n.t('{0} may not be paired with this computer this way.', subject),
		next: vscode.l10n.t('Pair over the cable. A managed device pairs only with the computers that its organisation allows.'),
	}),
	DEVICE_LOCKED: ({ subject }) => ({
		message: vscode.l10n.t('{0} is locked.', subject),
		next: vscode.l10n.t('Unlock it with its passcode, leave it unlocked, and try again.'),
	}),
	CERTIFICATE_MISMATCH: ({ device }) => ({
		message: vscode.l10n.t('What answers is not the device that was paired as {0}.', device),
		next: vscode.l10n.t('If the device was erased since, forget it and pair it again. Otherwise somebody is between you and it.'),
	}),
	SERVICE_UNAVAILABLE: ({ subject }) => ({
		message: vscode.l10n.t('{0} does not offer what this needs.', subject),
		next: vscode.l10n.t('Finish its setup and unlock it. Some services exist only on some iOS versions, or not on managed devices.'),
	}),
	VALUE_UNAVAILABLE: ({ subject }) => ({
		message: vscode.l10n.t('{0} does not give out a value that this needs.', subject),
		next: vscode.l10n.t('Unlock it and try again.'),
	}),
	DEVICE_REFUSED: ({ subject }) => ({
		message: vscode.l10n.t('{0} refused.', subject),
		next: vscode.l10n.t('Look at its screen, unlock it, and try again.'),
	}),
	SYNC_BUSY: ({ device }) => ({
		message: vscode.l10n.t('Another program is synchronising with {0}.', device),
		next: vscode.l10n.t('Let Finder, iTunes or the other tool finish, or quit it, and try again.'),
	}),
	AFC_ERROR: ({ subject }) => ({
		message: vscode.l10n.t('{0} refused to read or write a file.', subject),
		next: vscode.l10n.t('Unlock it and try again. If that does not help, restart it.'),
	}),
	DEVICE_BUSY: (known) => {
		const holder = holderOf(known);
		return {
			message:
				holder === undefined
					? vscode.l10n.t('{0} is busy with another job.', known.subject)
					: vscode.l10n.t('{0} is busy with another job of {1}.', known.subject, holder),
			next: vscode.l10n.t('Wait for it to finish, or cancel it there.'),
		};
	},
	FIND_MY_ON: ({ device }) => ({
		message: vscode.l10n.t('Find My is on, and {0} takes no restore while it is.', device),
		next: vscode.l10n.t('On the phone: Settings › your name › Find My › Find My iPhone, turn it off, then try again.'),
	}),
	IOS_TOO_OLD: (known) => {
		const [own, backup] = [textDetail(known, 'device'), textDetail(known, 'backup')];
		return {
			message:
				own === undefined || backup === undefined
					? vscode.l10n.t('{0} has an older iOS than the snapshot.', known.subject)
					: vscode.l10n.t('{0} has iOS {1}, which is older than the snapshot’s {2}.', known.subject, own, backup),
			next: vscode.l10n.t('Update the device to the iOS of the snapshot or later, then try again.'),
		};
	},
	DEVICE_FULL: (known) => ({
		message: `${vscode.l10n.t('There is not enough free space on {0}.', known.device)}${spaceText(known)}`,
		next: vscode.l10n.t('Free some space there, or restore to a larger device.'),
	}),
	BATTERY_LOW: ({ device }) => ({
		message: vscode.l10n.t('The battery of {0} is too low for this.', device),
		next: vscode.l10n.t('Charge it, and leave it on the cable.'),
	}),
	SUPERVISION_DIFFERS: ({ device }) => ({
		message: vscode.l10n.t(
			'The snapshot and {0} differ in supervision: a supervised backup goes to supervised devices only, and the reverse.',
			device,
		),
		next: vscode.l10n.t('Choose another snapshot, or another device.'),
	}),
	CABLE_NEEDED: ({ subject }) => ({
		message: vscode.l10n.t('{0} is attached over Wi-Fi, and this needs the cable: over the air it can be cut off in the middle.', subject),
		next: vscode.l10n.t('Plug it in and try again.'),
	}),
	ENCRYPTION_ALREADY_ON: ({ device }) => ({
		message: vscode.l10n.t('Backups of {0} are encrypted already.', device),
		next: vscode.l10n.t('The password can be changed instead.'),
	}),
	ENCRYPTION_ALREADY_OFF: ({ device }) => ({ message: vscode.l10n.t('Backups of {0} are not encrypted.', device) }),
	ENCRYPTION_REQUIRED: ({ subject }) => ({
		message: vscode.l10n.t('{0} is managed, and its organisation requires encrypted backups.', subject),
		next: vscode.l10n.t('Only whoever manages the device can change that.'),
	}),
};
