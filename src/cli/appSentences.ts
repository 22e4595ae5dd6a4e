import { installRefusal, type InstallRefusal } from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { argument, lower, subject, type Advice, type FailureFacts } from './facts.ts';

/** Codes of apps, their containers and packages. */
export type AppFailureCode = 'APP_NOT_FOUND' | 'APP_NOT_DEBUGGABLE' | 'APP_RUNNING' | 'PACKAGE_UNUSABLE' | 'INSTALL_REFUSED';

/** Sentences for what concerns one app. */
export const appSentences: Record<AppFailureCode, (facts: FailureFacts) => Advice> = {
	APP_NOT_FOUND: (facts) => ({
		what: `${showable(facts.message)}${known(facts)}`,
		next: `See \`devicelab apps ${argument(facts)}\`. A bundle id, its last part, or the app's name names an app.`,
		complete: true,
	}),
	APP_NOT_DEBUGGABLE: (facts) => ({
		what: `${appOf(facts)} is not signed for development, and iOS gives out the data of no other app.`,
		next: 'Install a development build of it (one whose entitlements have get-task-allow), or use a snapshot of the whole device: `devicelab snapshot`.',
		complete: true,
	}),
	APP_RUNNING: (facts) => ({
		what: `${showable(facts.message)} Nothing on this computer can end it: iOS allows that to developer tools only.`,
		next: `Swipe it away on ${lower(facts)}, or add --when-running wait to be waited for, or --when-running go-on to put the data back all the same.`,
		complete: true,
	}),
	PACKAGE_UNUSABLE: (facts) => ({
		what: showable(facts.message),
		next: 'Build it for a device (not for the simulator), and export it as an .ipa or take the .app folder.',
		complete: true,
	}),
	INSTALL_REFUSED: (facts) => refusal(facts),
};

/** What a refusal means, and what helps. */
const REFUSALS: Readonly<Record<InstallRefusal, readonly [what: string, next: string]>> = {
	'not-this-device': [
		'The provisioning profile in the app does not name this device.',
		'Add the device to the profile: in Xcode build once with it as the destination, or register its UDID and make the profile anew. Then build again.',
	],
	'no-profile': [
		'The app holds no valid provisioning profile.',
		'Sign it for development: Xcode › Signing & Capabilities › choose a team, then build for a device.',
	],
	entitlements: [
		'The entitlements of the app are not those that its profile allows.',
		'Make the profile anew for this bundle id, and build again.',
	],
	expired: [
		'The certificate or profile that signed the app is no longer valid.',
		'Renew it in Xcode › Settings › Accounts, and build again. Profiles of free teams last seven days.',
	],
	'changed-after-signing': [
		'Something in the app was changed after it was signed.',
		'Build it again, and install what comes out unchanged.',
	],
	signature: ['The device does not accept the signature of the app.', 'Sign it with a team that has this device, and build again.'],
	'other-team': [
		'The app that is installed was signed by another team.',
		'Take a snapshot if its data matters, uninstall it, and install again: `devicelab uninstall`.',
	],
	'newer-ios': ['The app needs a newer iOS than the device has.', 'Lower the minimum deployment target, or update the device.'],
	'other-device-family': ['The app is not made for this kind of device.', 'Check the targeted device families of the build.'],
	'not-for-devices': ['The app is not built for devices.', 'Build it for a device; a build for the simulator runs nowhere else.'],
	'not-unpacked': [
		'The device could not unpack the package.',
		'The archive may be damaged, or the device full: export it again, and look at the free space.',
	],
	'no-app-in-it': ['The device finds no usable app in the package.', 'Export the app anew from Xcode.'],
	'link-leads-out': ['A link in the app leads out of it.', 'Build the app without it.'],
	'no-space': ['The device has not enough free space for the app.', 'Free some space there.'],
	forbidden: [
		'A rule on the device forbids installing or removing this app.',
		'Look at Screen Time and at the profiles of its management.',
	],
	'too-many-apps': ['A free team may have three apps on a device.', 'Remove one of them, or sign with a paid team.'],
};

function refusal(facts: FailureFacts): Advice {
	const known = installRefusal(facts.details);
	if (known === undefined) {
		return {
			what: `${subject(facts)} refused: ${showable(facts.message)}`,
			next: 'Look at its screen, unlock it, and run the command again.',
		};
	}
	const [what, next] = REFUSALS[known];
	// What was found before the device was asked says more than what its words come to: a date, a version.
	return facts.details['foundBefore'] === true ? { what: showable(facts.message), next, complete: true } : { what, next };
}

function appOf({ details, message }: FailureFacts): string {
	const { bundleId } = details;
	return typeof bundleId === 'string' ? quoted(bundleId) : showable(message);
}

function known(facts: FailureFacts): string {
	const { candidates } = facts.details;
	const ids = (Array.isArray(candidates) ? (candidates as unknown[]) : []).flatMap((candidate) => {
		const { bundleId } = typeof candidate === 'object' && candidate !== null ? (candidate as Record<string, unknown>) : {};
		return typeof bundleId === 'string' ? [showable(bundleId)] : [];
	});
	return ids.length === 0 ? '' : ` Perhaps ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : '.'}`;
}
