import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
	buildKeybag,
	createPasswordKey,
	encodeInfoPlist,
	encodeManifestPlist,
	encodeStatusPlist,
	encryptBytes,
	encryptManifestDb,
	fileIdOf,
	ManifestDbWriter,
	MODE_FILE,
	MODE_FOLDER,
	payloadPathOf,
	type MbFile,
} from '../../src/backup/index.ts';
import { MiB } from '../../src/base/index.ts';

/** What is built. */
export interface LargeBackup {
	readonly files: number;
	/** Files of `largeBytes` in a domain of their own, for decryption. */
	readonly largeFiles: number;
	readonly largeBytes: number;
	readonly password: string;
}

/** A file system allows no more names for one file than this. */
const NAMES_A_FILE = 30_000;

const SMALL_BYTES = 1000;

/**
 * Builds an encrypted backup of many files in a minute. Small files of one group share their stored bytes by hard links: readers that list and
 * count see files of their own, and the disk holds some kilobytes.
 */
export async function buildLargeBackup(folder: string, plan: LargeBackup): Promise<void> {
	const random = generator();
	const keybag = buildKeybag(await createPasswordKey(plan.password, { random, rounds: 10, outerRounds: 1000 }), random);
	mkdirSync(folder, { recursive: true });
	for (let prefix = 0; prefix < 256; prefix++) {
		mkdirSync(path.join(folder, prefix.toString(16).padStart(2, '0')), { recursive: true });
	}
	const plainDb = path.join(folder, 'Manifest.plain');
	const writer = new ManifestDbWriter(plainDb);
	const domains = new Set<string>();
	const fileKey = random(32);
	const encryptionKey = keybag.unlocked.wrapFileKey(3, fileKey);
	const add = (domain: string, relativePath: string, sizeBytes: number): string => {
		if (!domains.has(domain)) {
			domains.add(domain);
			writer.add({ domain, relativePath: '', kind: 'folder', file: record('', MODE_FOLDER | 0o755, 0) });
		}
		writer.add({
			domain,
			relativePath,
			kind: 'file',
			file: { ...record(relativePath, MODE_FILE | 0o644, sizeBytes), protectionClass: 3, encryptionKey },
		});
		return path.join(folder, payloadPathOf(fileIdOf(domain, relativePath)));
	};
	let shared = '';
	for (let index = 0; index < plan.files; index++) {
		const [domain, place] = placeOf(index);
		const stored = add(domain, place, SMALL_BYTES);
		if (index % NAMES_A_FILE === 0) {
			writeFileSync(stored, encryptBytes(fileKey, random(SMALL_BYTES)));
			shared = stored;
		} else {
			linkSync(shared, stored);
		}
	}
	for (let index = 0; index < plan.largeFiles; index++) {
		writeFileSync(
			add('AppDomain-com.example.large', `Documents/${index}.bin`, plan.largeBytes),
			encryptBytes(fileKey, random(plan.largeBytes)),
		);
	}
	writer.close();
	const manifestDbKey = random(32);
	await encryptManifestDb(plainDb, path.join(folder, 'Manifest.db'), manifestDbKey);
	rmSync(plainDb);
	writeControlFiles(folder, keybag.bytes, keybag.unlocked.wrapFileKey(4, manifestDbKey));
	renameSync(path.join(folder, 'Status.new'), path.join(folder, 'Status.plist'));
}

/** As on a phone: a third photos and their thumbnails, the rest apps. */
function placeOf(index: number): [domain: string, place: string] {
	const number = String(index).padStart(7, '0');
	if (index % 3 === 0) {
		return ['CameraRollDomain', `Media/DCIM/${100 + Math.floor(index / 3000)}APPLE/IMG_${number}.HEIC`];
	}
	const app = index % 400;
	return app % 7 === 0
		? [`AppDomainGroup-group.com.example.app${app}.shared`, `Library/${number}.dat`]
		: [`AppDomain-com.example.app${app}`, `Documents/${Math.floor(index / 5000)}/item-${number}.json`];
}

function record(relativePath: string, mode: number, sizeBytes: number): MbFile {
	const at = 1_700_000_000;
	return {
		relativePath,
		sizeBytes,
		mode,
		userId: 501,
		groupId: 501,
		inode: 1000,
		modifiedAtSeconds: at,
		statusChangedAtSeconds: at,
		createdAtSeconds: at,
		protectionClass: 0,
		flags: 0,
	};
}

function writeControlFiles(folder: string, backupKeybag: Uint8Array, manifestKey: Uint8Array): void {
	const date = new Date('2026-03-01T12:00:00Z');
	const device = {
		deviceName: 'Bench',
		productType: 'iPhone17,1',
		productVersion: '26.4',
		buildVersion: '23E999',
		serialNumber: 'F00',
		uniqueDeviceId: '00008140-000A1B2C3D4E5F60',
	};
	const manifest = {
		isEncrypted: true,
		date,
		backupKeybag,
		manifestKey,
		wasPasscodeSet: true,
		device,
		version: '10.0',
		systemDomainsVersion: '24.0',
	};
	writeFileSync(path.join(folder, 'Manifest.plist'), encodeManifestPlist({ ...manifest, lockdownDomains: {}, applications: new Map() }));
	writeFileSync(
		path.join(folder, 'Info.plist'),
		encodeInfoPlist({
			deviceName: 'Bench',
			displayName: 'Bench',
			productType: 'iPhone17,1',
			productVersion: '26.4',
			buildVersion: '23E999',
			serialNumber: 'F00',
			targetIdentifier: device.uniqueDeviceId,
			uniqueIdentifier: device.uniqueDeviceId,
			lastBackupDate: date,
			guid: '0'.repeat(32),
			iccid: '1',
			imei: '1',
			phoneNumber: '1',
			itunesVersion: '12',
			productName: 'iPhone',
		}),
	);
	const status = {
		snapshotState: 'finished',
		backupState: 'new',
		isFullBackup: true,
		date,
		uuid: '11111111-2222-3333-4444-555555555555',
		version: '3.3',
	};
	writeFileSync(path.join(folder, 'Status.new'), encodeStatusPlist(status));
}

/** Makes a later backup of a built one: as many small files as are wanted get other bytes of their own, and the run another id. */
export function changeBackup(folder: string, count: number): void {
	const random = generator();
	let left = count;
	for (const prefix of readdirSync(folder).filter((name) => name.length === 2)) {
		for (const name of readdirSync(path.join(folder, prefix)).slice(0, Math.ceil(count / 256))) {
			if (left-- > 0) {
				// The name goes first: its bytes are shared with others.
				rmSync(path.join(folder, prefix, name));
				writeFileSync(path.join(folder, prefix, name), random(1008 + (left % 16) * 16));
			}
		}
	}
	const status = {
		snapshotState: 'finished',
		backupState: 'new',
		isFullBackup: false,
		date: new Date('2026-03-09T12:00:00Z'),
		uuid: '22222222-2222-3333-4444-555555555555',
		version: '3.3',
	};
	writeFileSync(path.join(folder, 'Status.plist'), encodeStatusPlist(status));
}

/** Bytes without any pattern, the same each time; far quicker than good ones. */
function generator(): (sizeBytes: number) => Uint8Array {
	let state = 0x9e3779b9;
	const block = new Uint32Array(MiB / 4);
	return (sizeBytes) => {
		const bytes = new Uint8Array(sizeBytes);
		for (let at = 0; at < sizeBytes; at += MiB) {
			for (let index = 0; index < Math.min(block.length, Math.ceil((sizeBytes - at) / 4)); index++) {
				state ^= state << 13;
				state ^= state >>> 17;
				state ^= state << 5;
				block[index] = state;
			}
			bytes.set(new Uint8Array(block.buffer, 0, Math.min(MiB, sizeBytes - at)), at);
		}
		return bytes;
	};
}
