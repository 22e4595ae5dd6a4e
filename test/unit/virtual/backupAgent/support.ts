import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
	existsSync,
	appendFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteQueue, silentLogger, type Clock } from '../../../../src/base/index.ts';
import { encodeBinaryPlist, parsePlist, PlistReal, type PlistValue } from '../../../../src/plist/index.ts';
import { AGENT_FAULTS, BackupEncryptionState, serveMobileBackup2 } from '../../../../src/virtual/backupAgent/index.ts';
import { ChannelClosed, type ServiceChannel } from '../../../../src/virtual/channel.ts';
import { VirtualDevice } from '../../../../src/virtual/device.ts';
import { FaultPlan } from '../../../../src/virtual/faults.ts';
import { createDeviceFiles } from '../../../../src/virtual/files/index.ts';
import { NotificationHub } from '../../../../src/virtual/notifications.ts';
import type { DeviceSettings } from '../../../../src/virtual/settings.ts';

/** Two ends of a connection in memory. */
export function channelPair(): [ServiceChannel, ServiceChannel] {
	const forward = new ByteQueue(1e12);
	const backward = new ByteQueue(1e12);
	return [new MemoryChannel(forward, backward), new MemoryChannel(backward, forward)];
}

class MemoryChannel implements ServiceChannel {
	readonly #incoming: ByteQueue;
	readonly #outgoing: ByteQueue;
	closed = false;

	constructor(incoming: ByteQueue, outgoing: ByteQueue) {
		this.#incoming = incoming;
		this.#outgoing = outgoing;
	}

	async read(sizeBytes: number): Promise<Uint8Array> {
		const bytes = await this.#incoming.read(sizeBytes).catch((error: unknown) => {
			throw new ChannelClosed(error);
		});
		if (bytes === undefined) {
			throw new ChannelClosed();
		}
		return bytes;
	}

	write(...chunks: Uint8Array[]): Promise<void> {
		if (this.closed) {
			return Promise.reject(new ChannelClosed());
		}
		for (const chunk of chunks) {
			this.#outgoing.push(new Uint8Array(chunk));
		}
		return Promise.resolve();
	}

	close(): void {
		this.closed = true;
		this.#incoming.end();
		this.#outgoing.end();
	}
}

/** Time that stands still; what waits is called back at once. */
export const instantClock: Clock = {
	now: () => Date.UTC(2026, 1, 3),
	after: (_delayMs, callback) => {
		const timer = setImmediate(callback);
		return { dispose: () => clearImmediate(timer) };
	},
};

const SETTINGS: DeviceSettings = {
	locked: false,
	passcode: 'none',
	findMy: false,
	freeBytes: 50e9,
	totalBytes: 128e9,
	batteryPercent: 80,
	charging: true,
	wifi: false,
	trust: 'accept',
	supervised: false,
	setupDone: true,
	encryptionLocked: false,
	cloudBackup: false,
	dpic: 10,
	iterations: 10,
	restorePending: false,
	strictManifest: false,
	deviceLinkMajor: 400,
	tls: '1.2',
	rebootMs: 0,
	lockdownIdleMs: 60_000,
};

export const UDID = '00008030-00DEADBEEF00F00D';

/** A device of its own with files in a temporary folder. */
export async function createDevice(
	options: { profile?: string; seed?: string; settings?: Partial<DeviceSettings> } = {},
): Promise<VirtualDevice> {
	const stateFolder = temporaryFolder();
	const files = await createDeviceFiles({
		seed: options.seed ?? 'test',
		profile: options.profile ?? 'small',
		apps: [{ bundleId: 'com.example.notebook', name: 'Notebook', version: '1.2' }],
		stateFolder,
	});
	return new VirtualDevice({
		identity: {
			udid: UDID,
			name: 'Test iPhone',
			deviceClass: 'iPhone',
			productType: 'iPhone12,1',
			marketingName: 'iPhone 11',
			iosVersion: '17.5',
			buildVersion: '21F79',
			serialNumber: 'VIRTUAL00001',
			ecid: 1n,
			wifiAddress: '02:00:00:00:00:01',
			bluetoothAddress: '02:00:00:00:00:02',
			hardwareModel: 'N104AP',
			modelNumber: 'A0000',
			regionInfo: 'XX/A',
			cpuArchitecture: 'arm64e',
		},
		settings: { ...SETTINGS, ...options.settings },
		encryption: BackupEncryptionState.create(),
		files,
		apps: [],
		notifications: new NotificationHub(),
		faults: new FaultPlan(AGENT_FAULTS),
		clock: instantClock,
		log: silentLogger,
		save: () => Promise.resolve(),
	});
}

const folders: string[] = [];

/** A folder that `removeTemporaryFolders` deletes. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'devicelab-agent-'));
	folders.push(folder);
	return folder;
}

export function removeTemporaryFolders(): void {
	for (const folder of folders.splice(0)) {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What a host saw of one request. */
export interface HostRun {
	readonly errorCode: number | undefined;
	readonly description: string | undefined;
	/** Names of the device's messages, in order, with their paths where there are any. */
	readonly log: string[];
	/** Device errors at the end of records. */
	readonly deviceErrors: string[];
	readonly largestBlock: number;
}

/** How the naive host differs from a polite one. */
export interface HostQuirks {
	readonly freeBytes?: number;
	readonly purgeAnswer?: number;
	/** Called with each message before it is served. */
	readonly onMessage?: (message: readonly PlistValue[]) => void;
}

/**
 * Performs one request against the device with a host that is as simple as one can be: it follows every path it is given, and knows
 * nothing of what the device is up to.
 */
export async function hostRequest(
	device: VirtualDevice,
	root: string,
	request: Record<string, PlistValue>,
	quirks: HostQuirks = {},
): Promise<HostRun> {
	const [hostEnd, deviceEnd] = channelPair();
	const served = serveMobileBackup2(device, deviceEnd);
	const host = new NaiveHost(hostEnd, root, quirks);
	try {
		return await host.run({ TargetIdentifier: UDID, ...request });
	} finally {
		hostEnd.close();
		await served;
	}
}

/** Writes the Info.plist that a host writes before a backup. */
export function writeInfo(root: string, folder = UDID): void {
	mkdirSync(join(root, folder), { recursive: true });
	writeFileSync(join(root, folder, 'Info.plist'), encodeBinaryPlist({ 'Device Name': 'Test iPhone' }));
}

class NaiveHost {
	readonly #channel: ServiceChannel;
	readonly #root: string;
	readonly #quirks: HostQuirks;
	readonly #log: string[] = [];
	readonly #deviceErrors: string[] = [];
	#largestBlock = 0;

	constructor(channel: ServiceChannel, root: string, quirks: HostQuirks) {
		this.#channel = channel;
		this.#root = root;
		this.#quirks = quirks;
	}

	async run(request: Record<string, PlistValue>): Promise<HostRun> {
		const result = { log: this.#log, deviceErrors: this.#deviceErrors };
		await this.#receive();
		await this.#send(['DLMessageVersionExchange', 'DLVersionsOk', 400]);
		await this.#receive();
		const versions = [new PlistReal(2), new PlistReal(2.1)];
		await this.#send(['DLMessageProcessMessage', { MessageName: 'Hello', SupportedProtocolVersions: versions }]);
		const hello = await this.#receive();
		const helloCode = (hello[1] as { ErrorCode?: number }).ErrorCode;
		if (helloCode !== 0) {
			return { ...result, errorCode: helloCode, description: 'hello', largestBlock: 0 };
		}
		await this.#send(['DLMessageProcessMessage', request]);
		try {
			for (;;) {
				const message = await this.#receive();
				this.#quirks.onMessage?.(message);
				if (message[0] === 'DLMessageProcessMessage') {
					const body = message[1] as { ErrorCode: number; ErrorDescription?: string };
					await this.#send(['DLMessageDisconnect', '___EmptyParameterString___']);
					return { ...result, errorCode: body.ErrorCode, description: body.ErrorDescription, largestBlock: this.#largestBlock };
				}
				await this.#serve(message);
			}
		} catch (error) {
			if (error instanceof ChannelClosed) {
				return { ...result, errorCode: undefined, description: 'closed', largestBlock: this.#largestBlock };
			}
			throw error;
		}
	}

	async #serve(message: readonly PlistValue[]): Promise<void> {
		const name = textOf(message[0]);
		const first = message[1];
		const paths = Array.isArray(first) ? first.map(textOf).join(' ') : textOf(first);
		this.#log.push(`${name} ${paths}`.trim());
		switch (name) {
			case 'DLMessageDownloadFiles':
				return this.#download(first as string[]);
			case 'DLMessageUploadFiles':
				return this.#upload();
			case 'DLMessageGetFreeDiskSpace':
				return this.#status(0, this.#quirks.freeBytes ?? 1e12);
			case 'DLMessagePurgeDiskSpace':
				return this.#status(this.#quirks.purgeAnswer ?? -1, {});
			case 'DLContentsOfDirectory':
				return this.#status(0, this.#listing(textOf(first)));
			case 'DLMessageCreateDirectory':
				mkdirSync(join(this.#root, textOf(first)), { recursive: true });
				return this.#status(0, {});
			case 'DLMessageMoveItems':
				for (const [from, to] of Object.entries(first as Record<string, string>)) {
					renameSync(join(this.#root, from), join(this.#root, to));
				}
				return this.#status(0, {});
			case 'DLMessageRemoveItems':
				for (const path of first as string[]) {
					rmSync(join(this.#root, path), { recursive: true, force: true });
				}
				return this.#status(0, {});
			default:
				return undefined;
		}
	}

	#listing(path: string): Record<string, PlistValue> {
		const folder = join(this.#root, path);
		const names = existsSync(folder) ? readdirSync(folder) : [];
		return Object.fromEntries(
			names.map((name) => {
				const facts = statSync(join(folder, name));
				const type = facts.isDirectory() ? 'DLFileTypeDirectory' : 'DLFileTypeRegular';
				return [name, { DLFileType: type, DLFileSize: facts.size, DLFileModificationDate: new Date(0) }];
			}),
		);
	}

	async #download(paths: readonly string[]): Promise<void> {
		const failures: Record<string, PlistValue> = {};
		for (const path of paths) {
			const name = Buffer.from(path);
			await this.#channel.write(u32(name.length), name);
			const file = join(this.#root, path);
			if (existsSync(file)) {
				const bytes = readFileSync(file);
				for (let offset = 0; offset < bytes.length; offset += 32_768) {
					await this.#block(0x0c, bytes.subarray(offset, offset + 32_768));
				}
				await this.#block(0, Buffer.alloc(0));
			} else {
				await this.#block(0x06, Buffer.from('No such file or directory'));
				failures[path] = { DLFileErrorString: 'No such file or directory', DLFileErrorCode: -6 };
			}
		}
		await this.#channel.write(u32(0));
		// The unsigned form, which libimobiledevice and pymobiledevice3 send.
		await (Object.keys(failures).length > 0
			? this.#send(['DLMessageStatusResponse', 2n ** 64n - 13n, 'Multi status', failures])
			: this.#status(0, {}));
	}

	async #upload(): Promise<void> {
		for (;;) {
			const devicePath = await this.#path();
			if (devicePath === '') {
				break;
			}
			const path = await this.#path();
			this.#log.push(`file ${path}`);
			const file = join(this.#root, path);
			writeFileSync(file, '');
			for (;;) {
				const length = await this.#u32();
				const code = (await this.#channel.read(1))[0];
				const bytes = length > 1 ? await this.#channel.read(length - 1) : new Uint8Array(0);
				this.#largestBlock = Math.max(this.#largestBlock, bytes.length);
				if (code === 0x0c) {
					appendFileSync(file, bytes);
					continue;
				}
				if (code === 0x0b) {
					this.#deviceErrors.push(Buffer.from(bytes).toString());
				}
				break;
			}
		}
		await this.#status(0, {});
	}

	async #path(): Promise<string> {
		const length = await this.#u32();
		if (length > 4096) {
			this.#channel.close();
			throw new ChannelClosed();
		}
		return length === 0 ? '' : Buffer.from(await this.#channel.read(length)).toString();
	}

	async #u32(): Promise<number> {
		return Buffer.from(await this.#channel.read(4)).readUInt32BE();
	}

	#block(code: number, bytes: Uint8Array): Promise<void> {
		return this.#channel.write(u32(bytes.length + 1), Buffer.from([code]), bytes);
	}

	#status(code: number, value: PlistValue): Promise<void> {
		return this.#send(['DLMessageStatusResponse', code, '___EmptyParameterString___', value]);
	}

	#send(message: PlistValue[]): Promise<void> {
		const bytes = encodeBinaryPlist(message);
		return this.#channel.write(u32(bytes.length), bytes);
	}

	async #receive(): Promise<PlistValue[]> {
		const length = await this.#u32();
		if (length > 1e8) {
			this.#channel.close();
			throw new ChannelClosed();
		}
		const bytes = await this.#channel.read(length);
		try {
			const message = parsePlist(bytes);
			return Array.isArray(message) ? message : [];
		} catch {
			return [];
		}
	}
}

function textOf(value: PlistValue | undefined): string {
	return typeof value === 'string' ? value : '';
}

function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}
