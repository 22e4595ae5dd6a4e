import * as vscode from 'vscode';
import type { SnapshotInfo, TimelineDevice, TimelineState } from '../../contract/index.ts';
import { holderPhrase, isForeignWork } from '../jobText.ts';
import { knownDevices } from '../pick.ts';
import type { LabSource } from '../labSource.ts';
import { inline, plainText } from '../text.ts';

/** What the page shows of a device, as it is known now. */
export function timelineState(lab: LabSource, udid: string): TimelineState {
	return {
		locale: vscode.env.language,
		texts: translations(),
		device: timelineDevice(lab, udid),
		devices: knownDevices(lab, 'stored').map((device) => ({ udid: device.udid, name: plainText(device.name) })),
		snapshots: lab.snapshots(udid),
		jobs: lab.jobs,
		events: [],
	};
}

/** The device and, when nothing can be done with it now, why. */
export function timelineDevice(lab: LabSource, udid: string): TimelineDevice {
	const name = plainText(lab.deviceName(udid));
	const attached = lab.device(udid);
	const newest = lab.snapshots(udid).find(({ kind }) => kind === 'device');
	const model = attached?.model ?? newest?.model;
	const iosVersion = attached?.iosVersion ?? newest?.iosVersion;
	const obstacle = obstacleOf(lab, udid, name);
	return {
		udid,
		name,
		ready: obstacle === undefined,
		...(model === undefined ? {} : { model }),
		...(iosVersion === undefined ? {} : { iosVersion }),
		...(obstacle === undefined ? {} : { obstacle }),
	};
}

/** What is new for the page, and what it must forget. Snapshots are plain values that are replaced, never changed. */
export function snapshotChanges(
	before: readonly SnapshotInfo[],
	after: readonly SnapshotInfo[],
): { readonly changed: readonly SnapshotInfo[]; readonly removed: readonly string[] } {
	const known = new Map(before.map((snapshot) => [snapshot.id, JSON.stringify(snapshot)]));
	const changed = after.filter((snapshot) => known.get(snapshot.id) !== JSON.stringify(snapshot));
	const kept = new Set(after.map(({ id }) => id));
	return { changed, removed: before.flatMap(({ id }) => (kept.has(id) ? [] : id)) };
}

function obstacleOf(lab: LabSource, udid: string, name: string): string | undefined {
	const attached = lab.device(udid);
	if (attached === undefined) {
		return vscode.l10n.t('{0} is not attached. Its history can be read; attach it to take snapshots and to roll back.', name);
	}
	if (attached.trust !== 'paired') {
		return vscode.l10n.t('{0} does not trust this computer yet. Pair it to take snapshots and to roll back.', name);
	}
	const foreign = lab.leases.find((lease) => lease.udid === udid && isForeignWork(lease));
	return foreign === undefined
		? undefined
		: vscode.l10n.t('{0} is in use by {1}.', name, holderPhrase(inline(foreign.holder), foreign.program));
}

/** Texts that the editor translated; their comments are for translators. */
function translations(): Record<string, string> {
	const texts: Record<string, string> = {};
	for (const [text, translated] of Object.entries(vscode.l10n.bundle ?? {})) {
		texts[text] = typeof translated === 'string' ? translated : (translated as { readonly message: string }).message;
	}
	return texts;
}
