import { delay } from '../../../base/index.ts';
import {
	encodeInstallationComplete,
	encodeInstallationError,
	encodeInstallationProgress,
} from '../../../device/services/installationProxy/messages.ts';
import { writePlist } from '../../channel.ts';
import { createIcon } from '../../lab/appSeeds.ts';
import type { ServiceContext } from '../service.ts';
import { inspect } from './inspect.ts';
import { extractionFailure, InstallFailure, openPackage } from './package.ts';
import { BadArchive } from './zipFile.ts';

/** Steps of an installation with their percentages, in the words of devices. Source: public logs of ideviceinstaller and tidevice. */
const UNPACK_STEPS = [
	['CreatingStagingDirectory', 5],
	['ExtractingPackage', 15],
] as const;
const INSPECT_STEPS = [
	['InspectingPackage', 20],
	['TakingInstallLock', 20],
	['PreflightingApplication', 30],
	['InstallingEmbeddedProfile', 30],
	['VerifyingApplication', 40],
] as const;
const LAST_STEPS = [
	['CreatingContainer', 50],
	['InstallingApplication', 60],
	['PostflightingApplication', 70],
	['SandboxingApplication', 80],
	['GeneratingApplicationMap', 90],
] as const;
const STEP_MS = 5;

/** Installs what lies at a path below the AFC root, in place of an older version. The package is used up, the container stays. */
export async function install(context: ServiceContext, packagePath: string, command: 'install' | 'upgrade'): Promise<void> {
	const { device, media, channel } = context;
	const volume = media.volume();
	try {
		await tell(context, UNPACK_STEPS);
		const bundle = openPackage(volume, packagePath);
		await tell(context, INSPECT_STEPS);
		const app = inspect(bundle, device);
		if (app.staticBytes > device.settings.freeBytes) {
			throw new InstallFailure('InsufficientStorage', 'There is not enough storage on the device to install this item.');
		}
		await tell(context, LAST_STEPS);
		// A new version begins with its old one ended.
		device.running.delete(app.bundleId);
		const index = device.apps.findIndex((one) => one.bundleId === app.bundleId);
		const known = device.apps[index];
		const installed = { ...app, icon: known?.icon ?? createIcon(app.bundleId.length * 0x12345), groupIds: known?.groupIds ?? [] };
		if (index === -1) {
			device.apps.push(installed);
			media.containers.open(app.bundleId);
			media.containers.settle(app.bundleId);
		} else {
			device.apps[index] = installed;
		}
		volume.removeAll(packagePath);
		await device.save();
	} catch (error) {
		const failure = error instanceof BadArchive ? extractionFailure(error) : error;
		if (!(failure instanceof InstallFailure)) {
			throw failure;
		}
		device.log.info(`An app was not installed (${command}): ${failure.message}`);
		await writePlist(channel, encodeInstallationError(failure.error, failure.message, failure.detail));
		return;
	}
	device.notifications.post('com.apple.mobile.application_installed');
	await writePlist(channel, encodeInstallationComplete());
}

/** Taking away an app that is not there succeeds on devices too. */
export async function uninstall({ device, media, channel }: ServiceContext, bundleId: string): Promise<void> {
	const index = device.apps.findIndex((app) => app.bundleId === bundleId);
	if (device.apps[index]?.applicationType === 'System') {
		await writePlist(channel, encodeInstallationError('UninstallProhibited', 'This app belongs to the system.'));
		return;
	}
	await writePlist(channel, encodeInstallationProgress('RemovingApplication', 50));
	if (index !== -1) {
		device.running.delete(bundleId);
		device.apps.splice(index, 1);
		media.containers.remove(bundleId);
		await device.save();
		device.notifications.post('com.apple.mobile.application_uninstalled');
	}
	await writePlist(channel, encodeInstallationComplete());
}

async function tell({ device, channel }: ServiceContext, steps: readonly (readonly [string, number])[]): Promise<void> {
	for (const [step, percent] of steps) {
		await writePlist(channel, encodeInstallationProgress(step, percent));
		await delay(device.clock, STEP_MS);
	}
}
