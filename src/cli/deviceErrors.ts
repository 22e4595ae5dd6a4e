import type { Advice, FailureFacts } from './facts.ts';
import { quoted } from './escape.ts';

/** What an error that the phone's own backup program ended with means for the person in front of it, by `details.reason`. */
const REASONS: Readonly<Record<string, (device: string, facts: FailureFacts) => Advice>> = {
	'device-locked': (device) => ({
		what: `The passcode was not entered on ${device} in time, or it was locked again.`,
		next: 'Run the command again, stay with the phone, and enter the passcode when its screen asks for it.',
	}),
	'wrong-password': (device) => ({
		what: `${device} did not take the backup password.`,
		next: 'It is the password that was set when encryption was turned on. Nobody can recover it; on the phone, Settings › General › Transfer or Reset › Reset All Settings takes it off for future backups.',
	}),
	'find-my-on': (device) => ({
		what: `Find My is on, and ${device} takes no restore while it is.`,
		next: 'On the phone: Settings › your name › Find My › Find My iPhone, turn it off, then run the command again.',
	}),
	'setup-unfinished': (device) => ({
		what: `${device} has not been set up yet.`,
		next: 'Finish the setup on its screen (“Hello”), then run the command again.',
	}),
	'host-full': () => ({
		what: 'The device found too little free space on this computer.',
		next: 'Free some space, or name a folder on another disk.',
	}),
	'device-full': (device) => ({
		what: `There is not enough free space on ${device}.`,
		next: 'Free some space there, or restore to a larger device.',
	}),
	'backup-invalid': (device, facts) => ({
		what: `${device} does not accept the backup: it is incomplete or damaged.`,
		next:
			facts.operation === 'restore'
				? 'Restore from another backup.'
				: 'Back up again with `--full`, or into a fresh folder: then nothing of the old one is built upon.',
	}),
	'restart-device': (device) => ({
		what: `${device} still holds a leftover of an earlier, cut-off backup or restore.`,
		next: 'Restart the phone, then run the command again.',
	}),
	'files-unreadable': (device) => ({
		what: `${device} could not read or send some of its files.`,
		next: 'Unlock it, leave it unlocked, and run the command again. If that does not help, restart it.',
	}),
	managed: (device) => ({
		what: `${device} is managed, and its organisation does not allow this.`,
		next: 'Only whoever manages the device can change that.',
	}),
	other: (device) => ({
		what: `${device} ended with an error of its own.`,
		next: 'Unlock it, restart it if need be, and run the command again.',
	}),
};

/** What happened and what to do, for an error that the device's backup program reported. */
export function backupErrorAdvice(facts: FailureFacts): Advice {
	const { reason } = facts.details;
	const advice = (typeof reason === 'string' ? REASONS[reason] : undefined) ?? REASONS['other'];
	const device = facts.device === undefined ? 'the device' : quoted(facts.device);
	const { what, next } = advice?.(device, facts) ?? { what: facts.message };
	// The device itself says more, and its words are shown beside this.
	return { what: what.charAt(0).toUpperCase() + what.slice(1), next, complete: true };
}

/** The device's own words and number, for the end of a message: `Device locked (MBErrorDomain/208)`. */
export function deviceWords(details: Readonly<Record<string, unknown>>): string | undefined {
	const { deviceText, deviceError, errorCode, foundBefore } = details;
	if (foundBefore === true) {
		// Found here, in the device's words: it was never asked.
		return undefined;
	}
	const text = typeof deviceText === 'string' ? deviceText : typeof deviceError === 'string' ? deviceError : undefined;
	if (typeof errorCode !== 'number') {
		return text;
	}
	return text === undefined ? `error ${errorCode}` : text.includes(String(errorCode)) ? text : `${text} (error ${errorCode})`;
}
