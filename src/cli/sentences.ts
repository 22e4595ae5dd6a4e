import { quoted, showable } from './escape.ts';
import {
	argument,
	at,
	candidates,
	folder,
	holder,
	lower,
	nameless,
	others,
	space,
	subject,
	versions,
	type Advice,
	type FailureFacts,
} from './facts.ts';
import { EXIT, exitCodeOf, type FailureCode } from './exitCodes.ts';
import { backupErrorAdvice } from './deviceErrors.ts';
import { appSentences } from './appSentences.ts';
import { labSentences } from './labSentences.ts';
import { storeSentences } from './storeSentences.ts';

type Sentence = (facts: FailureFacts) => Advice;

const REPLUG = 'Check the cable, keep this computer awake, and run the command again.';

const SENTENCES: Record<FailureCode, Sentence> = {
	MUX_UNAVAILABLE: (facts) => ({
		what: `The program that connects iPhones to this computer does not answer${at(facts)}.`,
		next: 'Run `devicelab doctor` to see what is missing. Without a phone, try the virtual lab: `devicelab virtual start --help`.',
		complete: 'address' in facts.details,
	}),
	MUX_REFUSED: () => ({
		what: 'The program that connects iPhones to this computer refused a request.',
		next: 'Unplug the device and plug it in again; if that does not help, restart the service that `devicelab doctor` names.',
	}),
	DEVICE_NOT_FOUND: (facts) =>
		foreignLabDevice(facts) ??
		(facts.operation === 'store'
			? {
					what: facts.device === undefined ? 'There is no such device.' : `No device with snapshots is ${quoted(facts.device)}.`,
					next: 'See `devicelab snapshots`. A UDID, the start of one, or a name names a device.',
					complete: true,
				}
			: {
					what: facts.device === undefined ? 'No such device is attached.' : `No attached device is ${quoted(facts.device)}.`,
					next:
						nameless(facts) ?? 'Plug it in, unlock it, and see `devicelab devices`. A UDID, the start of one, or a name names a device.',
					complete: true,
				}),
	DEVICE_AMBIGUOUS: (facts) => ({
		what: `${facts.device === undefined ? 'That' : quoted(facts.device)} may be several of the attached devices${candidates(facts)}.`,
		next: 'Give more of the UDID: `devicelab devices` lists them.',
		complete: true,
	}),
	CONNECTION_REFUSED: (facts) => ({
		what: `${subject(facts)} does not take connections.`,
		next: 'Unlock it, or wait until it has started. If it goes on, restart the device.',
	}),
	CONNECTION_LOST: (facts) => ({ what: `The connection to ${lower(facts)} was lost.`, next: REPLUG }),
	TIMED_OUT: (facts) => ({
		what: `${subject(facts)} did not answer in time.`,
		next: `Look at its screen; it may be waiting for you. ${REPLUG}`,
	}),
	PROTOCOL_VIOLATION: (facts) => ({
		what: `${subject(facts)} sent something that this program does not understand, so it stopped.`,
		next: 'Run the command again. If it happens each time, report it with the details below.',
	}),
	UNSAFE_PATH: (facts) => ({
		what: `${subject(facts)} asked for a file outside of its backup, and was refused.`,
		next: 'A real iPhone never does this. Do not trust this device, or what it is connected through.',
	}),
	NOT_PAIRED: (facts) => ({
		what: `${subject(facts)} does not trust this computer yet.`,
		next: `Unlock it and run \`devicelab pair ${argument(facts)}\`.`,
		complete: true,
	}),
	PAIR_RECORD_STALE: (facts) => ({
		what: `${subject(facts)} no longer trusts this computer: it was reset or restored, or its trust settings were.`,
		next: `Unlock it and run \`devicelab pair ${argument(facts)}\` to be asked again.`,
	}),
	PAIRING_PENDING: (facts) => ({
		what: `The question whether to trust this computer was not answered on ${lower(facts)}.`,
		next: 'Unlock it, tap Trust, enter its passcode, and run the command again.',
	}),
	PAIRING_DENIED: (facts) => ({
		what: `“Don't Trust” was tapped on ${lower(facts)}.`,
		next: 'Unplug the cable and plug it in to be asked again, then run the command once more and tap Trust.',
	}),
	PAIRING_PROHIBITED: (facts) => ({
		what: `${subject(facts)} may not be paired with this computer this way.`,
		next: 'Pair over the cable. A managed device pairs only with the computers that its organisation allows.',
	}),
	DEVICE_LOCKED: (facts) => ({
		what: `${subject(facts)} is locked.`,
		next: 'Unlock it with its passcode, leave it unlocked, and run the command again.',
	}),
	CERTIFICATE_MISMATCH: (facts) => ({
		what: `What answers is not the device that was paired as ${lower(facts)}.`,
		next: `If the device was erased since, run \`devicelab unpair ${argument(facts)}\` and pair it again. Otherwise somebody is between you and it.`,
	}),
	SERVICE_UNAVAILABLE: (facts) => ({
		what: `${subject(facts)} does not offer what this needs.`,
		next: 'Finish its setup and unlock it. Some services exist only on some iOS versions, or not on managed devices.',
	}),
	VALUE_UNAVAILABLE: (facts) => ({
		what: `${subject(facts)} does not give out a value that this needs.`,
		next: 'Unlock it and run the command again.',
	}),
	DEVICE_REFUSED: (facts) => ({ what: `${subject(facts)} refused.`, next: 'Look at its screen, unlock it, and run the command again.' }),
	BACKUP_ERROR: (facts) => backupErrorAdvice(facts),
	SYNC_BUSY: (facts) => ({
		what: `Another program is synchronising with ${lower(facts)}.`,
		next: 'Let Finder, iTunes or the other tool finish, or quit it, and run the command again.',
	}),
	AFC_ERROR: (facts) => ({
		what: `${subject(facts)} refused to read or write a file.`,
		next: 'Unlock it and run the command again. If that does not help, restart it.',
	}),
	NOT_A_BACKUP: (facts) => ({
		what: `There is no such backup in ${folder(facts)}.`,
		next: `${others(facts)}Name the folder that \`backup --to\` wrote to, or the folder in it that is called like the device (its UDID).`,
	}),
	BACKUP_UNFINISHED: (facts) =>
		backsUp(facts)
			? { what: `${subject(facts)} ended before the backup was finished.`, next: REPLUG }
			: {
					what: `The backup in ${folder(facts)} was never finished, so it cannot be restored.`,
					next: 'Back the device up again into this folder: an unfinished backup is never built upon.',
				},
	BACKUP_DAMAGED: (facts) =>
		backsUp(facts)
			? {
					what: `What ${lower(facts)} sent is not a whole backup.`,
					next: 'Run the command again; if that does not help, restart the device, and add --full.',
				}
			: facts.operation === 'rollback'
				? { what: 'The snapshot is damaged.', next: 'Roll back to another one. `devicelab verify` shows which ones the damage touches.' }
				: {
						what: `The backup in ${folder(facts)} is damaged.`,
						next: 'Use another backup. For new backups of this device name a fresh folder, or use `backup --full`.',
					},
	BACKUP_UNSUPPORTED: (facts) => ({
		what: `The backup in ${folder(facts)} has a format that this program does not read.`,
		next: 'Backups of iOS 10 and later can be used.',
	}),
	PASSWORD_REQUIRED: () => ({
		what: 'This needs the backup password.',
		next: 'Run the command in a terminal to be asked, or set DEVICELAB_PASSWORD. A password is never an argument.',
	}),
	WRONG_PASSWORD: () => ({
		what: 'That is not the password of this backup.',
		next: 'It is the password that was set when encryption was turned on, perhaps long ago or on another computer. Nobody can recover it; on the phone, Settings › General › Transfer or Reset › Reset All Settings takes it off for future backups.',
		complete: true,
	}),
	HOST_FULL: (facts) => ({
		what: `There is not enough free space on this computer${space(facts)}.`,
		next: 'Free some space, or name a folder on another disk.',
	}),
	FOLDER_UNUSABLE: (facts) => folderAdvice(facts),
	...storeSentences,
	DEVICE_BUSY: (facts) => ({
		what: `${subject(facts)} is busy with another job${holder(facts)}.`,
		next: 'Wait for it to finish, or cancel it there.',
	}),
	FIND_MY_ON: (facts) => ({
		what: `Find My is on, and ${lower(facts)} takes no restore while it is.`,
		next: 'On the phone: Settings › your name › Find My › Find My iPhone, turn it off, then run the command again.',
		complete: true,
	}),
	IOS_TOO_OLD: (facts) => ({
		what: `${subject(facts)} has an older iOS than the backup${versions(facts)}.`,
		next: 'Update the device to the iOS of the backup or later, then restore.',
		complete: true,
	}),
	DEVICE_FULL: (facts) => ({
		what: `There is not enough free space on ${lower(facts)}${space(facts)}.`,
		next: 'Free some space there, or restore to a larger device.',
	}),
	BATTERY_LOW: (facts) => ({
		what: `The battery of ${lower(facts)} is too low for this.`,
		next: 'Charge it, and leave it on the cable.',
		complete: true,
	}),
	SUPERVISION_DIFFERS: (facts) => ({
		what: `The backup and ${lower(facts)} differ in supervision: a supervised backup goes to supervised devices only, and the reverse.`,
		next: 'Choose another backup, or another device.',
		complete: true,
	}),
	CABLE_NEEDED: (facts) => ({
		what: `${subject(facts)} is attached over Wi-Fi, and a restore needs the cable: over the air it can be cut off in the middle.`,
		next: 'Plug it in and run the command again.',
		complete: true,
	}),
	ENCRYPTION_ALREADY_ON: (facts) => ({
		what: `Backups of ${lower(facts)} are encrypted already.`,
		next: `To change the password: \`devicelab encryption ${argument(facts)} change\`.`,
		complete: true,
	}),
	ENCRYPTION_ALREADY_OFF: (facts) => ({
		what: `Backups of ${lower(facts)} are not encrypted.`,
		next: `To turn encryption on: \`devicelab encryption ${argument(facts)} on\`.`,
		complete: true,
	}),
	ENCRYPTION_REQUIRED: (facts) => ({
		what: `${subject(facts)} is managed, and its organisation requires encrypted backups.`,
		next: 'Only whoever manages the device can change that.',
		complete: true,
	}),
	...appSentences,
	CANCELLED: () => ({ what: 'Cancelled.', complete: true }),
	// The editor's alone: the command line runs the engine in its own process.
	ENGINE_STOPPED: () => ({ what: 'The engine ended before it was done.', next: 'Run the command again.' }),
	WRONG_USE: (facts) => ({ what: showable(facts.message), complete: true }),
	INTERNAL: () => ({
		what: 'Something went wrong inside this program.',
		next: 'Run the command again. If it happens each time, report it with the details below.',
	}),
	...labSentences,
};

function backsUp({ operation }: FailureFacts): boolean {
	return operation === 'backup' || operation === 'snapshot';
}

/** On another desk other phones have the names of the lab file: a command line asks nobody which. */
function foreignLabDevice({ device, friendlyName }: FailureFacts): Advice | undefined {
	return device === undefined || friendlyName === undefined
		? undefined
		: {
				what: `${quoted(friendlyName)} is ${quoted(device)} here, and there is no such device.`,
				next: `Plug it in, or say which of yours it is: DEVICELAB_DEVICES=${showable(friendlyName)}=NAME, with a name or UDID of \`devicelab devices\`.`,
				complete: true,
			};
}

function folderAdvice(facts: FailureFacts): Advice {
	switch (facts.details['reason']) {
		case 'privacy':
			return {
				what: `macOS keeps the folder ${folder(facts)} from this program.`,
				next: 'System Settings › Privacy & Security › Full Disk Access: allow the program that you run this in (Terminal, Visual Studio Code), quit it, and start it again.',
				complete: true,
			};
		case 'occupied':
			return {
				what: `There is a backup at ${folder(facts)} already, and none is written over.`,
				next: 'Name another folder.',
				complete: true,
			};
		default:
			return {
				what: `The folder ${folder(facts)} cannot be used.`,
				next: 'Check that its disk or share is there, that you may use it, and that no file has its name.',
			};
	}
}

/** What happened and what to do next. Everything that comes from outside is escaped for a terminal. */
export function adviceFor(code: FailureCode, facts: FailureFacts): Advice {
	return SENTENCES[code](facts);
}

/** Whether the user's data is safe after this failure; undefined where no data was in question. */
export function dataSafety(code: FailureCode, facts: FailureFacts): string | undefined {
	const exit = exitCodeOf(code, facts.details, facts);
	const untouched =
		facts.begun === false ||
		exit === EXIT.refused ||
		exit === EXIT.wrongUse ||
		(exit === EXIT.deviceUnavailable && code !== 'BACKUP_ERROR');
	switch (facts.operation) {
		case 'backup':
			return untouched
				? 'Nothing was changed.'
				: 'The device is as it was. The last finished backup in the folder, if there is one, is untouched and usable.';
		case 'snapshot':
			return untouched
				? 'Nothing was changed.'
				: 'The device is as it was, and so are all snapshots. The next one takes over what had arrived.';
		case 'rollback':
			return untouched || (code === 'BACKUP_ERROR' && exit === EXIT.deviceUnavailable)
				? 'Nothing was changed on the device.'
				: 'The snapshots are unchanged. The device may hold a part of this one: roll it back again before you rely on it.';
		case 'app-rollback':
			return untouched
				? 'Nothing was changed on the device.'
				: 'Snapshots are unchanged. The app’s data on the device may be a part of the old and a part of the new: roll it back again.';
		case 'install':
			return untouched ? 'Nothing was changed on the device.' : 'The app’s data on the device is untouched.';
		case 'store':
			return untouched || exit === EXIT.damaged ? undefined : 'What `devicelab snapshots` lists is untouched.';
		case 'restore':
			if (untouched || (code === 'BACKUP_ERROR' && exit === EXIT.deviceUnavailable)) {
				return 'Nothing was changed on the device.';
			}
			return code === 'BACKUP_DAMAGED'
				? 'The device was not changed unless the restore had begun; other backups are not affected.'
				: 'The backup is unchanged. The device may hold a part of it: restore it again before you rely on it.';
		case 'encryption':
			return untouched
				? 'Nothing was changed.'
				: 'Existing backups are unchanged. Check with `encryption … status` which setting the device has now.';
		case 'cloud':
		case 'pair':
		case 'look':
		case 'lab':
			return undefined;
	}
}
