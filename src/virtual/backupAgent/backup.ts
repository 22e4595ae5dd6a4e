import { randomUUID } from 'node:crypto';
import { encodeStatusPlist } from '../../backup/index.ts';
import { MiB } from '../../base/index.ts';
import type { VirtualDevice } from '../device.ts';
import { domainKindOf, type FilesSnapshot } from '../files/index.ts';
import { readBase } from './base.ts';
import { decideBase, type BaseDecision } from './decision.ts';
import { AgentFailure, MB_ERROR } from './errors.ts';
import type { AgentFaults } from './faults.ts';
import type { HostFiles } from './hostFiles.ts';
import type { HostRequest } from './messages.ts';
import { askForPasscode } from './passcode.ts';
import { planFull, planIncremental, type BackupPlan } from './plan.ts';
import { BytesSource } from './sources.ts';
import { SnapshotFolder } from './snapshotFolder.ts';
import { transfer } from './transfer.ts';

/** What a request works with. */
export interface AgentContext {
	readonly device: VirtualDevice;
	readonly host: HostFiles;
	readonly faults: AgentFaults;
	/** The folder in the host's root that the request is about: a device identifier. */
	readonly folder: string;
}

/** iOS asks for the passcode before a backup over this protocol since this version. */
const ASKS_SINCE = 15.7;

/** A device wants this much more than what it is going to send. Source: docs/protocol.md#free-space. */
const SPARE_BYTES = 128 * MiB;

/**
 * Backs the device up into the host's folder, in the order of docs/virtual-device.md.
 * @throws AgentFailure with the number that the host is told.
 */
export async function runBackup(context: AgentContext, request: HostRequest): Promise<void> {
	const { device, host, faults, folder } = context;
	if (!device.settings.setupDone) {
		throw new AgentFailure(MB_ERROR.setupNotFinished, 'Unable to backup until Setup is finished');
	}
	await faults.at('starting');
	await askForPasscode(device, ASKS_SINCE);
	const base = await readBase(device, host, folder, request.forceFullBackup);
	const decision = accepted(decideBase(base));
	const items = await host.list(folder);
	await faults.at('scanning');
	const snapshot = carriedSnapshot(device);
	let plan: BackupPlan | undefined;
	try {
		if (decision.kind === 'incremental') {
			const planned = await planIncremental(context, snapshot, base, items);
			plan = 'plan' in planned ? planned.plan : undefined;
			accepted('plan' in planned ? decision : planned.decision);
		}
		plan ??= await planFull(context, snapshot, items);
		device.log.info(`${plan.isFull ? 'Full' : 'Incremental'} backup: ${plan.uploads.length} files to send.`);
		await checkSpace(context, plan.uploadBytes);
		await perform(context, plan, items.has('Snapshot'));
	} finally {
		plan?.dispose();
		snapshot.dispose();
	}
}

async function perform(context: AgentContext, plan: BackupPlan, hasLeftovers: boolean): Promise<void> {
	const { device, host, faults, folder } = context;
	const uuid = randomUUID().toUpperCase();
	const date = new Date(device.clock.now());
	const target = new SnapshotFolder(host, folder);
	const truncated = faults.take('truncated-manifest');
	const half = truncated === undefined ? undefined : (truncated[0] ?? 'db');
	const status = async (snapshotState: string, place: string): Promise<void> => {
		const bytes = encodeStatusPlist({ backupState: 'new', date, isFullBackup: plan.isFull, snapshotState, uuid, version: '3.3' });
		const sent = snapshotState === 'finished' && half === 'status' ? bytes.subarray(0, bytes.length >> 1) : bytes;
		await target.put(`/var/tmp/${snapshotState}.plist`, place, sent.length, new BytesSource(sent));
	};
	if (hasLeftovers) {
		await target.remove([`${folder}/Snapshot`]);
	}
	host.progress = 2;
	await target.open();
	await status('uploading', `${folder}/Snapshot/Status.plist`);
	const manifests = await transfer(context, plan, target, { date, half });
	host.progress = 92;
	await status('moving', `${folder}/Status.plist`);
	await faults.at('moving');
	await target.moveInPlace(plan.existingFolders);
	host.progress = 96;
	await status('removing', `${folder}/Status.plist`);
	await faults.at('removing');
	await target.removeObsolete(plan.obsolete);
	host.progress = 100;
	// From here on the device would recognise this backup, whether or not the host hears the answer.
	device.files.rememberBackup(uuid);
	await device.save();
	await status(faults.take('unfinished-status') === undefined ? 'finished' : 'removing', `${folder}/Status.plist`);
	await faults.at('finishing');
	await target.check(manifests);
}

/** The tree without what this kind of backup does not carry. */
function carriedSnapshot(device: VirtualDevice): FilesSnapshot {
	const snapshot = device.files.snapshot();
	if (!device.encryption.willEncrypt) {
		for (const domain of snapshot.tree.domains()) {
			if (domainKindOf(domain) === 'encryptedOnly') {
				snapshot.tree.deleteDomain(domain);
			}
		}
	}
	return snapshot;
}

function accepted(decision: BaseDecision): Exclude<BaseDecision, { kind: 'refuse' }> {
	if (decision.kind === 'refuse') {
		throw new AgentFailure(MB_ERROR.invalidBackup, decision.text);
	}
	return decision;
}

async function checkSpace(context: AgentContext, uploadBytes: number): Promise<void> {
	const { host, faults } = context;
	const free = await host.freeSpace();
	const purge = faults.take('purge-request');
	const missing = purge?.[0] === undefined ? uploadBytes - free + SPARE_BYTES : Number(purge[0]);
	const isShort = purge !== undefined || missing > 0;
	// Debian's idevicebackup2 never answers a purge request, so the device only sends one when it was told to.
	if (isShort && !(purge !== undefined && (await host.purge(Math.max(missing, 1))))) {
		throw new AgentFailure(MB_ERROR.insufficientSpace, 'Insufficient free disk space on drive to back up');
	}
}
