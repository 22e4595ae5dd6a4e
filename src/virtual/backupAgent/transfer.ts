import { randomBytes } from 'node:crypto';
import { rmSync, statSync, truncateSync } from 'node:fs';
import {
	encodeManifestPlist,
	encryptedSizeOf,
	encryptManifestDb,
	fileIdOf,
	ProtectionClass,
	type ManifestApplication,
} from '../../backup/index.ts';
import { MiB } from '../../base/index.ts';
import { BLOCK_DATA } from '../../device/devicelink/frame.ts';
import type { VirtualDevice } from '../device.ts';
import { devicePathOf, domainKindOf, isSetting, recordsDigest, type DeviceEntry } from '../files/index.ts';
import type { AgentContext } from './backup.ts';
import { AgentFailure, MB_ERROR } from './errors.ts';
import type { BackupPlan } from './plan.ts';
import { recordOf } from './records.ts';
import type { SentFile, SnapshotFolder } from './snapshotFolder.ts';
import { BytesSource, DigestSource, EncryptedSource, PieceBuffer, PlainSource, ScratchSource } from './sources.ts';
import type { UploadSource, UploadWriter } from './uploadWriter.ts';

/** Bounds of one UploadFiles. Unverified: iOS's own. */
const FILES_PER_BATCH = 1000;
const BYTES_PER_BATCH = 64 * MiB;

/** Percent at which the contents begin and end. */
const FIRST_PERCENT = 5;
const LAST_PERCENT = 90;

/** How the manifests are made. */
export interface ManifestOptions {
	readonly date: Date;
	/** The manifest of which only half is sent, as a fault. */
	readonly half: string | undefined;
}

/** Sends the contents of the plan, then the manifests. @returns the manifests as they were sent. */
export async function transfer(
	context: AgentContext,
	plan: BackupPlan,
	target: SnapshotFolder,
	options: ManifestOptions,
): Promise<SentFile[]> {
	const { host, faults } = context;
	const sender = new FileSender(context, plan, target);
	let sentBytes = 0;
	let isFirst = true;
	for (const batch of batches(plan.uploads)) {
		const fileIds = batch.map((entry) => fileIdOf(entry.domain, entry.path));
		await target.prepare(fileIds);
		const batchBytes = batch.reduce((sum, entry) => sum + sender.storedSizeOf(entry), 0);
		sentBytes += batch.reduce((sum, entry) => sum + entry.sizeBytes, 0);
		host.progress = FIRST_PERCENT + ((LAST_PERCENT - FIRST_PERCENT) * sentBytes) / Math.max(1, plan.uploadBytes);
		const status = await host.upload(batchBytes, async (writer) => {
			for (const [index, entry] of batch.entries()) {
				await sender.send(writer, entry, fileIds[index] ?? '');
			}
		});
		if (status.code !== 0) {
			const isFull = status.code === HOST_DISK_FULL;
			throw isFull
				? new AgentFailure(MB_ERROR.insufficientSpace, 'Insufficient free disk space on drive to back up')
				: new AgentFailure(MB_ERROR.multipleUploadErrors, `Multiple errors uploading files: the host answered ${status.code}`);
		}
		if (isFirst) {
			isFirst = false;
			await faults.at('uploading');
		}
	}
	if (isFirst) {
		await faults.at('uploading');
	}
	plan.manifest.close();
	return sendManifests(context, plan, target, options);
}

const HOST_DISK_FULL = -15;

/** Sends single files and records them in the manifest. */
class FileSender {
	readonly #context: AgentContext;
	readonly #plan: BackupPlan;
	readonly #target: SnapshotFolder;
	readonly #buffer = new PieceBuffer();
	#missing: number;
	#deviceError: readonly string[] | undefined;
	readonly #emptyWithoutKey: boolean;

	constructor(context: AgentContext, plan: BackupPlan, target: SnapshotFolder) {
		this.#context = context;
		this.#plan = plan;
		this.#target = target;
		const missing = context.faults.take('missing-payload');
		this.#missing = missing === undefined ? 0 : Number(missing[0] ?? 1);
		this.#deviceError = context.faults.take('device-error');
		this.#emptyWithoutKey = context.faults.take('empty-without-key') !== undefined;
	}

	/** Bytes that the host will hold. */
	storedSizeOf(entry: DeviceEntry): number {
		return this.#isStoredEncrypted(entry) ? encryptedSizeOf(entry.sizeBytes) : entry.sizeBytes;
	}

	async send(writer: UploadWriter, entry: DeviceEntry, fileId: string): Promise<void> {
		const devicePath = devicePathOf(entry.domain, entry.path);
		if (this.#deviceError !== undefined && entry.sizeBytes > 0) {
			return this.#sendError(writer, entry, devicePath, fileId);
		}
		const keybag = this.#context.device.encryption.keybag;
		const plain = new PlainSource(this.#context.device.files, entry, this.#buffer);
		const encrypted =
			keybag !== undefined && this.#isStoredEncrypted(entry) ? new EncryptedSource(plain, keybag, entry.protectionClass) : undefined;
		const digest = recordsDigest(entry.domain) ? new DigestSource(encrypted ?? plain) : undefined;
		const source: UploadSource = digest ?? encrypted ?? plain;
		// What every restore asks for, so that the gap is noticed.
		if (this.#missing > 0 && entry.sizeBytes > 0 && domainKindOf(entry.domain) === 'user' && !isSetting(entry.domain, entry.path)) {
			this.#missing--;
			while (source.next().length > 0) {
				// Read, so that the record says what a sent file's would.
			}
		} else {
			await writer.file(devicePath, this.#target.pathOf(fileId), source);
			this.#target.arrived(fileId);
		}
		const stored = { key: encrypted?.wrappedKey, digest: digest?.digest() };
		const record = recordOf(entry, keybag !== undefined, stored);
		this.#plan.manifest.add({ domain: entry.domain, relativePath: entry.path, kind: 'file', file: record, fileId });
	}

	/**
	 * Both forms of an empty file occur in encrypted backups: a block of padding with a key, and nothing at all.
	 * Some readers refuse the second one, so it has to be asked for.
	 */
	#isStoredEncrypted(entry: DeviceEntry): boolean {
		return this.#context.device.encryption.keybag !== undefined && (entry.sizeBytes > 0 || !this.#emptyWithoutKey);
	}

	/** The file cannot be read: it is missing from the backup and from its manifest. */
	async #sendError(writer: UploadWriter, entry: DeviceEntry, devicePath: string, fileId: string): Promise<void> {
		const args = this.#deviceError ?? [];
		this.#deviceError = undefined;
		await writer.begin(devicePath, this.#target.pathOf(fileId));
		if (args[0] === 'data') {
			await writer.flush();
			writer.block(BLOCK_DATA, new PlainSource(this.#context.device.files, entry, this.#buffer).next());
		}
		await writer.end(args.slice(1).join(' ') || 'Input/output error (5)');
	}
}

function* batches(uploads: readonly DeviceEntry[]): Generator<DeviceEntry[]> {
	let batch: DeviceEntry[] = [];
	let bytes = 0;
	for (const entry of uploads) {
		if (batch.length > 0 && (batch.length === FILES_PER_BATCH || bytes + entry.sizeBytes > BYTES_PER_BATCH)) {
			yield batch;
			batch = [];
			bytes = 0;
		}
		batch.push(entry);
		bytes += entry.sizeBytes;
	}
	if (batch.length > 0) {
		yield batch;
	}
}

async function sendManifests(
	context: AgentContext,
	plan: BackupPlan,
	target: SnapshotFolder,
	options: ManifestOptions,
): Promise<SentFile[]> {
	const { device } = context;
	const keybag = device.encryption.keybag;
	const manifestDbKey = randomBytes(32);
	const encryptedPath = `${plan.manifestPath}.stored`;
	try {
		let path = plan.manifestPath;
		if (keybag !== undefined) {
			await encryptManifestDb(path, encryptedPath, manifestDbKey);
			path = encryptedPath;
		}
		const manifestKey = keybag?.unlocked.wrapFileKey(ProtectionClass.always, manifestDbKey);
		const plist = encodeManifestPlist({
			isEncrypted: keybag !== undefined,
			date: options.date,
			wasPasscodeSet: device.settings.passcode !== 'none',
			backupKeybag: keybag?.bytes ?? device.encryption.plainKeybag,
			manifestKey,
			device: lockdownValues(device),
			lockdownDomains: { 'com.apple.Accessibility': {}, 'com.apple.mobile.data_sync': {}, 'com.apple.mobile.wireless_lockdown': {} },
			applications: applicationsOf(device),
		});
		const sentPlist = options.half === 'plist' ? plist.subarray(0, plist.length >> 1) : plist;
		const plistSource = new DigestSource(new BytesSource(sentPlist));
		await target.putControl('Manifest.plist', sentPlist.length, plistSource);
		if (options.half === 'db') {
			truncateSync(path, statSync(path).size >> 1);
		}
		const dbSource = new DigestSource(new ScratchSource(path, new PieceBuffer()));
		await target.putControl('Manifest.db', statSync(path).size, dbSource);
		return [
			{ name: 'Manifest.plist', sha1: hex(plistSource.digest()) },
			{ name: 'Manifest.db', sha1: hex(dbSource.digest()) },
		];
	} finally {
		rmSync(encryptedPath, { force: true });
	}
}

function lockdownValues(device: VirtualDevice): Parameters<typeof encodeManifestPlist>[0]['device'] {
	const { identity } = device;
	return {
		buildVersion: identity.buildVersion,
		deviceClass: identity.deviceClass,
		deviceName: identity.name,
		productType: identity.productType,
		productVersion: identity.iosVersion,
		serialNumber: identity.serialNumber,
		uniqueDeviceId: identity.udid,
	};
}

/** Every bundle with a container, and the group containers. */
function applicationsOf(device: VirtualDevice): Map<string, ManifestApplication> {
	const applications = new Map<string, ManifestApplication>();
	const versions = new Map(device.apps.map((app) => [app.bundleId, app]));
	for (const entry of device.files.entries()) {
		const container = entry.path === '' ? CONTAINERS.find(([prefix]) => entry.domain.startsWith(prefix)) : undefined;
		if (container !== undefined) {
			const bundleId = entry.domain.slice(container[0].length);
			const app = versions.get(bundleId);
			applications.set(bundleId, {
				bundleVersion: app?.buildVersion ?? '1',
				path: `/var/containers/Bundle/Application/00000000-0000-4000-A000-${entry.inode.toString(16).padStart(12, '0')}/${app?.name ?? 'Example'}.app`,
				containerContentClass: container[1],
			});
		}
	}
	return applications;
}

const CONTAINERS: readonly (readonly [prefix: string, contentClass: string])[] = [
	['AppDomain-', 'Data/Application'],
	['AppDomainPlugin-', 'Data/PluginKitPlugin'],
	['AppDomainGroup-', 'Shared/AppGroup'],
];

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}
