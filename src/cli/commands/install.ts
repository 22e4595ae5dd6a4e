import { resolve } from 'node:path';
import { expandHome } from '../../engine/index.ts';
import { appLabel, installLines } from '../appText.ts';
import { confirm, mustConfirm } from '../confirmation.ts';
import type { Session } from '../session.ts';
import { APP_ARGUMENT, DEVICE_ARGUMENT, examples, GROUP, type AddCommand } from './register.ts';

/** `install`: an app from an archive or a folder. */
export const addInstall: AddCommand = (program, run) => {
	program
		.command('install')
		.helpGroup(GROUP.apps)
		.summary('install an app: an .ipa file or an .app folder')
		.description(
			'Sends the package to the device and has it installed. An app that is there already is replaced, and its data stays. Before anything is ' +
				'sent the package is looked into: iOS version, platform, provisioning profile. In a git work tree the commit is noted in the history of ' +
				'the device.',
		)
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<package>', 'an .ipa file or an .app folder, built for a device')
		.addHelpText('after', examples('devicelab install "Anna\'s iPhone" build/Probe.ipa', 'devicelab install 00008120 Probe.app --json'))
		.action((selector: string, file: string) => run((session) => install(session, selector, file)));
};

async function install(session: Session, selector: string, file: string): Promise<void> {
	session.operation = 'install';
	session.device = selector;
	const order = { device: selector, file: resolve(expandHome(file, session.io.environment)), workingFolder: resolve() };
	const result = await session.job((job) => session.engine.apps.install(order, job));
	session.result({ install: result }, installLines(result, session.style));
}

/** `uninstall`: an app with its data. */
export const addUninstall: AddCommand = (program, run) => {
	program
		.command('uninstall')
		.helpGroup(GROUP.apps)
		.summary('remove an app with all its data')
		.description('Removes an app and all its data, after asking. What it put into the keychain stays on the device, as iOS has it.')
		.argument('<device>', DEVICE_ARGUMENT)
		.argument('<app>', APP_ARGUMENT)
		.addHelpText('after', examples('devicelab uninstall "Anna\'s iPhone" com.example.probe --yes'))
		.action((selector: string, app: string) => run((session) => uninstall(session, selector, app)));
};

async function uninstall(session: Session, selector: string, app: string): Promise<void> {
	session.operation = 'install';
	session.device = selector;
	mustConfirm(session, 'Removing an app deletes its data');
	await confirm(session, `Remove ${app} with all its data?`);
	const removed = await session.job((job) => session.engine.apps.uninstall({ device: selector, app }, job));
	session.result({ removed }, [`${session.style.green('✓')} ${session.style.bold(`${appLabel(removed)} is removed`)}`]);
}
