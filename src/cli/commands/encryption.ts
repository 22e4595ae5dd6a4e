import { Argument } from 'commander';
import type { EncryptionStatus } from '../../contract/index.ts';
import { deviceName } from '../deviceText.ts';
import { newPassword, presentPassword } from '../passwords.ts';
import type { Session } from '../session.ts';
import { DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

type Action = 'status' | 'on' | 'off' | 'change';

/** `encryption`: whether a device encrypts its backups, and with which password. */
export const addEncryption: AddCommand = (program, run) => {
	program
		.command('encryption')
		.helpGroup(GROUP.settings)
		.summary('encrypt backups, or not')
		.description(
			'Tells whether the device encrypts its backups, turns that on or off, or changes the password. The setting lives on the device: it holds ' +
				'for every computer. Encrypted backups also hold saved passwords, Health and Wi-Fi settings.\n\n' +
				'Passwords are asked for on the terminal, or taken from DEVICELAB_PASSWORD (the present one; for "on" the new one) and ' +
				'DEVICELAB_NEW_PASSWORD (for "change" and "on"). They are never arguments. Nobody can recover a forgotten one.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.addArgument(new Argument('<action>', 'what to do').choices(['status', 'on', 'off', 'change']))
		.addHelpText('after', examples('devicelab encryption "Anna\'s iPhone" status', 'devicelab encryption 00008120 on'))
		.action((selector: string, action: Action) => run((session) => encryption(session, selector, action)));
};

async function encryption(session: Session, selector: string, action: Action): Promise<void> {
	session.device = selector;
	const device = await session.engine.device(selector, session.signal);
	session.device = device.name ?? selector;
	const name = deviceName(device);
	if (action === 'status') {
		const status = await session.engine.encryptionStatus(device.udid, session.signal);
		session.result({ device: device.udid, ...status }, [statusLine(name, status)]);
		return;
	}
	session.operation = 'encryption';
	const passwords = await askPasswords(session, name, action);
	const status = await session.job((run) => session.engine.changeEncryption({ device: device.udid, ...passwords }, run));
	session.result({ device: device.udid, ...status }, [
		action === 'change' ? `The backup password of ${name} is changed.` : statusLine(name, status),
	]);
	if (action !== 'off') {
		session.note(
			'Keep the password safe: without it nobody can restore these backups. Backups made before keep the password that they had.',
		);
	}
}

async function askPasswords(session: Session, name: string, action: Action): Promise<{ oldPassword?: string; newPassword?: string }> {
	const asksNew = action === 'on' || action === 'change';
	const oldPassword = action === 'on' ? undefined : (await presentPassword(session, `Present backup password of ${name}: `)).password;
	const variables = action === 'on' ? ['DEVICELAB_NEW_PASSWORD', 'DEVICELAB_PASSWORD'] : ['DEVICELAB_NEW_PASSWORD'];
	return { oldPassword, newPassword: asksNew ? await newPassword(session, `New backup password for ${name}: `, variables) : undefined };
}

function statusLine(name: string, status: EncryptionStatus): string {
	const words = {
		on: `Backups of ${name} are encrypted.`,
		off: `Backups of ${name} are not encrypted.`,
		unknown: `${name} does not say whether it encrypts its backups.`,
	};
	return words[status.encryption] + (status.required === 'on' ? ' Its organisation requires encryption.' : '');
}
