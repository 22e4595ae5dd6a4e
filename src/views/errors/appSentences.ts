import * as vscode from 'vscode';
import { installRefusal, type InstallRefusal } from '../../contract/index.ts';
import { plainText } from '../text.ts';
import { textDetail, type FailureFacts, type Sentence, type SentenceOf } from './facts.ts';

/** Codes about an app on a device. */
type AppCode = 'APP_NOT_FOUND' | 'APP_NOT_DEBUGGABLE' | 'APP_RUNNING' | 'PACKAGE_UNUSABLE' | 'INSTALL_REFUSED';

const app = (known: FailureFacts): string => textDetail(known, 'bundleId') ?? textDetail(known, 'app') ?? vscode.l10n.t('the app');

/** Sentences for them. */
export const appSentences: Readonly<Record<AppCode, SentenceOf>> = {
	APP_NOT_FOUND: (known) => ({
		message: plainText(known.report.message, 400),
		next: vscode.l10n.t('Install the app, or name it by its bundle identifier.'),
	}),
	APP_NOT_DEBUGGABLE: (known) => ({
		message: vscode.l10n.t('{0} is not signed for development, and iOS gives out the data of no other app.', app(known)),
		next: vscode.l10n.t('Install a development build of it, or use a snapshot of the whole device.'),
	}),
	APP_RUNNING: (known) => ({
		message: vscode.l10n.t('{0} is running, and may write while its data is read or replaced.', app(known)),
		next: vscode.l10n.t('Close it on the device, and try again.'),
	}),
	PACKAGE_UNUSABLE: ({ report }) => ({
		message: plainText(report.message, 400),
		next: vscode.l10n.t('Build it again, for a device and signed, and try again.'),
	}),
	INSTALL_REFUSED: ({ report, subject }) => {
		const known = installRefusal(report.details);
		return known === undefined
			? {
					message: vscode.l10n.t('{0} did not install or remove the app. It said: “{1}”.', subject, plainText(report.message, 300)),
					next: vscode.l10n.t('Look at its screen, unlock it, and try again.'),
				}
			: { ...refusals[known](), ...found(report) };
	},
};

/** What was found before the device was asked says more than what its words come to: a date, a version. */
function found({ details, message }: FailureFacts['report']): Partial<Sentence> {
	return details['foundBefore'] === true ? { message: plainText(message, 400) } : {};
}

/** What a refusal means, and what helps. */
const refusals: Readonly<Record<InstallRefusal, () => Sentence>> = {
	'not-this-device': () => ({
		message: vscode.l10n.t('The provisioning profile in the app does not name this device.'),
		next: vscode.l10n.t(
			'Add the device to the profile: in Xcode build once with it as the destination, or register its UDID and make the profile anew. Then build again.',
		),
	}),
	'no-profile': () => ({
		message: vscode.l10n.t('The app holds no valid provisioning profile.'),
		next: vscode.l10n.t('Sign it for development: Xcode › Signing & Capabilities › choose a team, then build for a device.'),
	}),
	entitlements: () => ({
		message: vscode.l10n.t('The entitlements of the app are not those that its profile allows.'),
		next: vscode.l10n.t('Make the profile anew for this bundle id, and build again.'),
	}),
	expired: () => ({
		message: vscode.l10n.t('The certificate or profile that signed the app is no longer valid.'),
		next: vscode.l10n.t('Renew it in Xcode › Settings › Accounts, and build again. Profiles of free teams last seven days.'),
	}),
	'changed-after-signing': () => ({
		message: vscode.l10n.t('Something in the app was changed after it was signed.'),
		next: vscode.l10n.t('Build it again, and install what comes out unchanged.'),
	}),
	signature: () => ({
		message: vscode.l10n.t('The device does not accept the signature of the app.'),
		next: vscode.l10n.t('Sign it with a team that has this device, and build again.'),
	}),
	'other-team': () => ({
		message: vscode.l10n.t('The app that is installed was signed by another team.'),
		next: vscode.l10n.t('Take a snapshot if its data matters, uninstall it, and install again.'),
	}),
	'newer-ios': () => ({
		message: vscode.l10n.t('The app needs a newer iOS than the device has.'),
		next: vscode.l10n.t('Lower the minimum deployment target, or update the device.'),
	}),
	'other-device-family': () => ({
		message: vscode.l10n.t('The app is not made for this kind of device.'),
		next: vscode.l10n.t('Check the targeted device families of the build.'),
	}),
	'not-for-devices': () => ({
		message: vscode.l10n.t('The app is not built for devices.'),
		next: vscode.l10n.t('Build it for a device; a build for the simulator runs nowhere else.'),
	}),
	'not-unpacked': () => ({
		message: vscode.l10n.t('The device could not unpack the package.'),
		next: vscode.l10n.t('The archive may be damaged, or the device full: export it again, and look at the free space.'),
	}),
	'no-app-in-it': () => ({
		message: vscode.l10n.t('The device finds no usable app in the package.'),
		next: vscode.l10n.t('Export the app anew from Xcode.'),
	}),
	'link-leads-out': () => ({
		message: vscode.l10n.t('A link in the app leads out of it.'),
		next: vscode.l10n.t('Build the app without it.'),
	}),
	'no-space': () => ({
		message: vscode.l10n.t('The device has not enough free space for the app.'),
		next: vscode.l10n.t('Free some space there.'),
	}),
	forbidden: () => ({
		message: vscode.l10n.t('A rule on the device forbids installing or removing this app.'),
		next: vscode.l10n.t('Look at Screen Time and at the profiles of its management.'),
	}),
	'too-many-apps': () => ({
		message: vscode.l10n.t('A free team may have three apps on a device.'),
		next: vscode.l10n.t('Remove one of them, or sign with a paid team.'),
	}),
};
