import { crc32, deflateRawSync } from 'node:zlib';
import { encodeBinaryPlist, encodeXmlPlist, type PlistDict } from '../../src/plist/index.ts';

/** One member of an archive that a test makes. */
export interface ZipMember {
	readonly name: string | Uint8Array;
	readonly bytes?: Uint8Array | string;
	/** Unix mode with type bits; an ordinary file when absent. */
	readonly mode?: number;
	readonly stored?: boolean;
	/** What the directory claims, where that differs from the truth. */
	readonly claimedBytes?: number;
}

/** A zip archive of these members, in their order. Written for tests, so that readers are not judged by their own kind. */
export function zip(members: readonly ZipMember[]): Buffer {
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let offset = 0;
	for (const { name, bytes = '', mode = 0o100644, stored = false, claimedBytes } of members) {
		const nameBytes = Buffer.from(name as string);
		const content = Buffer.from(bytes as string);
		const packed = stored ? content : deflateRawSync(content);
		const local = Buffer.alloc(30);
		local.writeUInt32LE(0x04034b50, 0);
		local.writeUInt16LE(20, 4);
		local.writeUInt16LE(0x800, 6);
		local.writeUInt16LE(stored ? 0 : 8, 8);
		local.writeUInt32LE(crc32(content), 14);
		local.writeUInt32LE(packed.length, 18);
		local.writeUInt32LE(claimedBytes ?? content.length, 22);
		local.writeUInt16LE(nameBytes.length, 26);
		const entry = Buffer.alloc(46);
		entry.writeUInt32LE(0x02014b50, 0);
		entry.writeUInt16LE(0x031e, 4);
		entry.writeUInt16LE(20, 6);
		local.copy(entry, 8, 6, 30);
		entry.writeUInt16LE(0, 30);
		entry.writeUInt32LE((mode << 16) >>> 0, 38);
		entry.writeUInt32LE(offset, 42);
		parts.push(local, nameBytes, packed);
		directory.push(entry, nameBytes);
		offset += local.length + nameBytes.length + packed.length;
	}
	const end = Buffer.alloc(22);
	const directoryBytes = Buffer.concat(directory);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(members.length, 8);
	end.writeUInt16LE(members.length, 10);
	end.writeUInt32LE(directoryBytes.length, 12);
	end.writeUInt32LE(offset, 16);
	return Buffer.concat([...parts, directoryBytes, end]);
}

/** What a made-up app says of itself. */
export interface TestApp {
	readonly bundleId?: string;
	readonly version?: string;
	readonly build?: string;
	readonly info?: PlistDict;
	/** Fields of the provisioning profile; `null` for an app without one. */
	readonly profile?: PlistDict | null;
	readonly team?: string;
	readonly payloadBytes?: number;
}

/** The files of `Probe.app`, by path within the bundle. */
export function appFiles(app: TestApp = {}): Record<string, Uint8Array> {
	const { bundleId = 'com.example.fresh', version = '1.0', build = '1', info, profile, team = 'FAKE000000', payloadBytes = 5000 } = app;
	const files: Record<string, Uint8Array> = {
		'Info.plist': encodeBinaryPlist({
			CFBundleIdentifier: bundleId,
			CFBundleName: 'Fresh',
			CFBundleDisplayName: 'Fresh App',
			CFBundleExecutable: 'Fresh',
			CFBundleShortVersionString: version,
			CFBundleVersion: build,
			MinimumOSVersion: '15.0',
			CFBundleSupportedPlatforms: ['iPhoneOS'],
			UIDeviceFamily: [1, 2],
			...info,
		}),
		Fresh: Buffer.alloc(payloadBytes, `${version} ${build} `),
		'Base.lproj/Main.storyboardc': Buffer.from('storyboard'),
	};
	if (profile !== null) {
		const plist = encodeXmlPlist({
			Name: 'Test profile',
			TeamIdentifier: [team],
			ExpirationDate: new Date('2099-01-01T00:00:00Z'),
			Entitlements: { 'application-identifier': `${team}.${bundleId}`, 'get-task-allow': true },
			...profile,
		});
		files['embedded.mobileprovision'] = Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x00]), plist, Buffer.from([0, 0xa0, 0xff])]);
	}
	return files;
}

/** An .ipa with one app in it. */
export function ipa(app: TestApp = {}, more: readonly ZipMember[] = []): Buffer {
	const members = Object.entries(appFiles(app)).map(([path, bytes]) => ({ name: `Payload/Probe.app/${path}`, bytes }));
	return zip([{ name: 'Payload/', mode: 0o040755 }, { name: 'Payload/Probe.app/', mode: 0o040755 }, ...members, ...more]);
}
