import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { delay, errorText, isAbortError } from '../../base/index.ts';
import type {
	DeviceInfo,
	GitFacts,
	PreflightFinding,
	RestoreChoices,
	RollbackPlan,
	RollbackResult,
	SnapshotInfo,
} from '../../contract/index.ts';
import { AFC_SERVICE, AfcClient, PairedDevice, type AttachedDevice } from '../../device/index.ts';
import type { SnapshotRecord } from '../../snapshots/index.ts';
import { EngineError } from '../errors.ts';
import { hostFilePortions } from '../host/hostFiles.ts';
import type { JobContext } from '../jobs/backUp.ts';
import { preflightRestore, type RestorePreflight } from '../jobs/preflight.ts';
import type { JobRun } from '../jobs/progress.ts';
import { refuseIfForbidden, restoreDevice } from '../jobs/restore.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';
import { compareProofs, proofFrom, readProof } from './proof.ts';
import { StoreRun } from './storeRun.ts';
import { takeSnapshot } from './takeSnapshot.ts';
import { verifySnapshots } from './verify.ts';
import { whileReading } from './whileReading.ts';

export interface RollbackOrder {
	readonly device: AttachedDevice;
	readonly target: DeviceInfo;
	readonly found: FoundSnapshot;
	readonly choices: RestoreChoices;
	readonly password: string | undefined;
	/** Take a snapshot of the present state first. */
	readonly safety: boolean;
	/** Of the work tree in which it is asked for; recorded with the safety snapshot. */
	readonly git?: GitFacts | undefined;
	readonly findAgain: () => Promise<AttachedDevice | undefined>;
}

/** What the device reads first, and the host judges by. */
const CONTROL_FILES = ['Info.plist', 'Manifest.plist', 'Manifest.db', 'Status.plist'];

/** After its restart a device starts its services one by one. */
const PROOF_TRIES = 10;
const BETWEEN_TRIES_MS = 1000;

/** What a roll-back would do, and what speaks against it; touches nothing. */
export async function planRollback(
	order: RollbackOrder,
	library: SnapshotLibrary,
	context: JobContext,
	signal?: AbortSignal,
): Promise<RollbackPlan> {
	const missing = await findMissing(order.found.snapshot.record, library, signal);
	// Of one that has lost its own control files nothing else can be judged.
	const findings = missing.length > 0 ? missing : (await judge(order, library, context, signal)).findings;
	return {
		snapshot: order.found.info,
		udid: order.device.udid,
		...(order.target.name === undefined ? {} : { deviceName: order.target.name }),
		findings,
		steps: [
			'check',
			...(order.safety ? (['safety-snapshot'] as const) : []),
			'restore',
			...(order.choices.reboot ? (['restart', 'proof'] as const) : []),
		],
	};
}

/**
 * Brings a device to a snapshot: check, safety snapshot, restore out of the store, restart, proof. The snapshot becomes the device's head.
 * @throws EngineError with the code of the first refusal, before anything was done.
 */
export async function rollBack(order: RollbackOrder, library: SnapshotLibrary, run: JobRun, context: JobContext): Promise<RollbackResult> {
	const { udid, id: snapshot } = order.found.snapshot.record;
	// From the checks to the proof, also while the safety snapshot is taken, nobody may delete what the device is to become.
	return whileReading(await library.store(), { udid, snapshot }, context.log, () => rollBackHeld(order, library, run, context));
}

async function rollBackHeld(order: RollbackOrder, library: SnapshotLibrary, run: JobRun, context: JobContext): Promise<RollbackResult> {
	const { device, found } = order;
	const { record } = found.snapshot;
	refuseIfForbidden(await findMissing(record, library, run.signal));
	const preflight = await judge(order, library, context, run.signal);
	refuseIfForbidden(preflight.findings);
	await refuseIfDamaged(record, library, run);
	const safety = order.safety ? await takeSafetySnapshot(order, library, run, context) : undefined;
	const result = await withSnapshotRun(record, library, context, (snapshotRun) => {
		const { choices, password, findAgain } = order;
		const source = { host: snapshotRun.host, folder: record.udid, name: `snapshot ${record.id}` };
		return restoreDevice({ device, source, choices, password, preflight, findAgain }, run, context);
	});
	await translated(async () =>
		(await library.store()).setHead(device.udid, record.id).catch((error: unknown) => noHeadElsewhere(device.udid, record, error)),
	);
	const { path: _path, ...restored } = result;
	return {
		...restored,
		snapshot: { ...found.info, isHead: device.udid === record.udid },
		...(safety === undefined ? {} : { safety }),
		proof: result.restart === 'restarted' ? await prove(order, run, context) : { verdict: 'cannot-tell', differences: [] },
	};
}

/**
 * Reads all of the snapshot before the device is touched. Its bytes are checked once more as they are sent, but then the device would be left
 * with a part of them. Measured: 1.6 s of one processor for 340 MB in 10,000 files, a fifth of what sending them to a virtual device takes.
 */
async function refuseIfDamaged(record: SnapshotRecord, library: SnapshotLibrary, run: JobRun): Promise<void> {
	const store = await library.store();
	// Percentages are those of what the device sends and gets.
	run.onProgress?.({ phase: 'verifying', transferredBytes: 0, transferredFiles: 0 });
	const check = await translated(() => verifySnapshots(store, { snapshots: [record] }, {}, { signal: run.signal }));
	const [damage] = check.damagedSnapshots;
	if (damage !== undefined) {
		throw new EngineError(
			'STORE_DAMAGED',
			`The snapshot is damaged: ${damage.isListingDamaged ? 'its list of files' : `${damage.damagedFiles} files`}.`,
			{
				details: { snapshot: record.id, damagedFiles: damage.damagedFiles, files: damage.files.slice(0, 20) },
			},
		);
	}
}

/** What the snapshot needs and no pack has is found without reading contents; those are read when the roll-back begins. */
async function findMissing(
	record: SnapshotRecord,
	library: SnapshotLibrary,
	signal: AbortSignal | undefined,
): Promise<readonly PreflightFinding[]> {
	const store = await library.store();
	const { damagedSnapshots } = await translated(() => verifySnapshots(store, { snapshots: [record] }, { sample: 0 }, { signal }));
	return damagedSnapshots.map(({ damagedFiles, isListingDamaged }) => ({
		code: 'STORE_DAMAGED',
		severity: 'refusal',
		message: `The snapshot is damaged: ${isListingDamaged ? 'its list of files' : `${damagedFiles} files`}.`,
		details: { snapshot: record.id, damagedFiles },
	}));
}

/** The head is a snapshot of the device itself: one of another device, restored onto this one, leaves it as it was. */
function noHeadElsewhere(udid: string, record: SnapshotRecord, error: unknown): void {
	if (udid === record.udid) {
		throw error;
	}
}

function takeSafetySnapshot(order: RollbackOrder, library: SnapshotLibrary, run: JobRun, context: JobContext): Promise<SnapshotInfo> {
	const note = `Taken before the roll-back to ${order.found.info.name ?? order.found.info.id.slice(0, 8)}.`;
	return takeSnapshot(order.device, order.target, library, { full: false, trigger: 'safety', note, git: order.git }, run, context);
}

/** Opens a snapshot as a folder that the device can read; nothing of what it might write there is kept. */
async function withSnapshotRun<T>(
	record: SnapshotRecord,
	library: SnapshotLibrary,
	{ log }: JobContext,
	use: (run: StoreRun) => Promise<T>,
): Promise<T> {
	const run = await StoreRun.begin(library, record.udid, record.id, undefined, log);
	try {
		return await use(run);
	} finally {
		await run.discard();
	}
}

/**
 * The control files are judged as files; that all the others are there is what the store promises, and checks again as it reads them.
 * Takes seconds for an encrypted snapshot, whose key is derived to try the password.
 */
async function judge(
	{ target, found, choices, password }: RollbackOrder,
	library: SnapshotLibrary,
	context: JobContext,
	signal: AbortSignal | undefined,
): Promise<RestorePreflight> {
	const { record } = found.snapshot;
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-check-'));
	try {
		await withSnapshotRun(record, library, context, async ({ host }) => {
			for (const name of CONTROL_FILES) {
				await fs.writeFile(path.join(scratch, name), hostFilePortions(host, record.udid, name), { mode: 0o600 });
			}
		});
		const source = { path: scratch, contentBytes: record.sizeBytes, supervised: found.info.supervised };
		return await preflightRestore(target, source, choices, password, signal);
	} finally {
		await fs.rm(scratch, { recursive: true, force: true });
	}
}

async function prove(
	{ device, found, findAgain }: RollbackOrder,
	run: JobRun,
	{ clock, log }: JobContext,
): Promise<RollbackResult['proof']> {
	const before = proofFrom(found.snapshot.record.backup['proof']);
	const signal = run.signal ?? new AbortController().signal;
	for (let attempt = 0; attempt < PROOF_TRIES && !signal.aborted; attempt++) {
		try {
			const again = await findAgain();
			if (again !== undefined && again.udid === device.udid) {
				const paired = await PairedDevice.open(again, { signal });
				const afc = new AfcClient(await paired.openService(AFC_SERVICE, { signal }));
				try {
					const differences = compareProofs(before, await readProof(paired, afc, log, signal));
					return {
						verdict: differences === undefined ? 'cannot-tell' : differences.length === 0 ? 'verified' : 'differs',
						differences: differences ?? [],
					};
				} finally {
					afc.close();
				}
			}
		} catch (error) {
			if (isAbortError(error)) {
				break;
			}
			log.debug(`The device does not answer yet: ${errorText(error)}`);
		}
		await delay(clock, BETWEEN_TRIES_MS);
	}
	return { verdict: 'cannot-tell', differences: [] };
}
