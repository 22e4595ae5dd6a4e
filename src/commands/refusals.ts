import * as vscode from 'vscode';
import type { DeviceInfo } from '../contract/index.ts';
import { inline, isDeviceWork, isForeignWork, quoted } from '../views/index.ts';
import type { CommandDeps } from './context.ts';

/** Why no work can begin on a device now: not trusted, or busy, and with what. Undefined when it can. */
export function refusalOfWork(lab: CommandDeps['lab'], device: DeviceInfo): string | undefined {
	return refusalOfTrust(lab, device) ?? refusalOfBusy(lab, device.udid);
}

/** Why a device cannot be asked anything now; undefined when it can. */
export function refusalOfTrust(lab: CommandDeps['lab'], { udid, trust }: DeviceInfo): string | undefined {
	switch (trust) {
		case 'paired':
			return undefined;
		case 'not-paired':
			return vscode.l10n.t('{0} is not paired with this computer. Pair it first.', quoted(lab.deviceName(udid)));
		case 'stale':
			return vscode.l10n.t('{0} no longer trusts this computer. Pair it again.', quoted(lab.deviceName(udid)));
	}
}

/** Who works on a device now, here or in another window or program; undefined when nobody does. */
export function refusalOfBusy(lab: CommandDeps['lab'], udid: string): string | undefined {
	const name = quoted(lab.deviceName(udid));
	// Other jobs of a device only read its snapshots.
	if (lab.jobs.some((job) => job.udid === udid && isDeviceWork(job))) {
		return vscode.l10n.t('{0} is busy. Wait for it, or cancel what it does.', name);
	}
	const lease = lab.leases.find((each) => each.udid === udid && isForeignWork(each));
	return lease === undefined ? undefined : vscode.l10n.t('{0} is in use by {1}.', name, inline(lease.holder));
}

/** A sentence that a device is not here. */
export function notAttached(lab: CommandDeps['lab'], udid: string): string {
	return vscode.l10n.t('{0} is not attached. Plug it in and unlock it.', quoted(lab.deviceName(udid)));
}
