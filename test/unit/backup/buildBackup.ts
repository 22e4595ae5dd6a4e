import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	buildKeybag,
	buildUnencryptedKeybag,
	encodeInfoPlist,
	encodeManifestPlist,
	encodeStatusPlist,
	encryptBytes,
	encryptManifestDb,
	fileIdOf,
	ManifestDbWriter,
	MODE_FOLDER,
	MODE_SYMLINK,
	payloadPathOf,
} from '../../../src/backup/index.ts';
import { mbFile, quickPasswordKey, seededRandom } from './builders.ts';

/** Domain and path, separated by the first colon, and the content. */
export type BackupContent = Readonly<Record<string, Uint8Array>>;

/** What a built backup holds when a test names nothing else. */
export const USUAL_CONTENT: BackupContent = {
	'HomeDomain:Library/SMS/sms.db': seededRandom('sms')(10_000),
	'HomeDomain:empty': new Uint8Array(0),
	'HomeDomain:block': seededRandom('block')(16),
	'CameraRollDomain:Media/Grüße 📷.jpg': seededRandom('photo')(70_001),
	'AppDomain-com.example.app:Documents/a.txt': Buffer.from('hello'),
};

/**
 * Writes a complete backup with our own writers, encrypted when a password is given. Every second file has a digest.
 * @param options.recordedSizes - what the manifest says of a file, where that is not its size.
 */
export async function buildBackup(
	folder: string,
	options: { backupPassword?: string | undefined; content?: BackupContent; recordedSizes?: Readonly<Record<string, number>> } = {},
): Promise<void> {
	const random = seededRandom('backup');
	const content = options.content ?? USUAL_CONTENT;
	const encryption =
		options.backupPassword === undefined ? undefined : buildKeybag(await quickPasswordKey(options.backupPassword), seededRandom('keybag'));
	mkdirSync(folder, { recursive: true });
	const dbPath = join(folder, 'Manifest.db');
	const writer = new ManifestDbWriter(dbPath);
	const domains = new Set<string>();
	for (const [index, [name, plain]] of Object.entries(content).entries()) {
		const domain = name.slice(0, name.indexOf(':'));
		const relativePath = name.slice(domain.length + 1);
		if (!domains.has(domain)) {
			domains.add(domain);
			writer.add({ domain, relativePath: '', kind: 'folder', file: mbFile({ relativePath: '', mode: MODE_FOLDER | 0o755, sizeBytes: 0 }) });
		}
		const protectionClass = encryption === undefined ? 0 : 1 + (index % 4);
		const fileKey = random(32);
		const stored = encryption === undefined ? plain : encryptBytes(fileKey, plain);
		const file = mbFile({
			relativePath,
			sizeBytes: options.recordedSizes?.[name] ?? plain.length,
			protectionClass,
			...(encryption === undefined ? {} : { encryptionKey: encryption.unlocked.wrapFileKey(protectionClass, fileKey) }),
			...(index % 2 === 0 ? { digest: createHash('sha1').update(stored).digest() } : {}),
		});
		writer.add({ domain, relativePath, kind: 'file', file });
		const path = join(folder, payloadPathOf(fileIdOf(domain, relativePath)));
		mkdirSync(join(path, '..'), { recursive: true });
		writeFileSync(path, stored);
	}
	const link = mbFile({ relativePath: 'link', target: '/private/x', mode: MODE_SYMLINK | 0o755, sizeBytes: 0 });
	writer.add({ domain: 'HomeDomain', relativePath: 'link', kind: 'symlink', file: link });
	writer.close();
	const manifestDbKey = random(32);
	if (encryption !== undefined) {
		renameSync(dbPath, `${dbPath}.plain`);
		await encryptManifestDb(`${dbPath}.plain`, dbPath, manifestDbKey);
		rmSync(`${dbPath}.plain`);
	}
	const date = new Date('2026-03-01T12:00:00Z');
	const device = {
		deviceName: 'Example Phone',
		deviceClass: 'iPhone',
		productType: 'iPhone17,1',
		productVersion: '26.4',
		buildVersion: '23E999',
		serialNumber: 'F00EXAMPLE1',
		uniqueDeviceId: '00008140-000A1B2C3D4E5F60',
	};
	writeFileSync(
		join(folder, 'Manifest.plist'),
		encodeManifestPlist({
			isEncrypted: encryption !== undefined,
			date,
			backupKeybag: encryption?.bytes ?? buildUnencryptedKeybag(random),
			manifestKey: encryption?.unlocked.wrapFileKey(4, manifestDbKey),
			wasPasscodeSet: true,
			device,
			applications: new Map([['com.example.app', { bundleVersion: '1', path: '/x', containerContentClass: 'Data/Application' }]]),
		}),
	);
	writeFileSync(
		join(folder, 'Status.plist'),
		encodeStatusPlist({
			snapshotState: 'finished',
			backupState: 'new',
			isFullBackup: true,
			date,
			uuid: '11111111-2222-3333-4444-555555555555',
			version: '3.3',
		}),
	);
	writeFileSync(
		join(folder, 'Info.plist'),
		encodeInfoPlist({ ...device, displayName: device.deviceName, targetIdentifier: device.uniqueDeviceId, lastBackupDate: date }),
	);
}
