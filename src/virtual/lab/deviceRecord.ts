import { VirtualError } from '../errors.ts';
import type { DeviceSettings } from '../settings.ts';
import type { VirtualApp } from '../apps.ts';
import type { DeviceTrust, TrustedHost } from '../lockdown/trust.ts';

/** What `device.json` holds of one device: what can change about it besides its files. Bytes are base64. */
export interface DeviceRecord {
	readonly name: string;
	readonly iosVersion: string;
	readonly buildVersion: string;
	readonly settings: Partial<DeviceSettings>;
	readonly encryption: unknown;
	readonly hosts: readonly TrustedHost[];
	/** Whether the lab made its own pairing once; it is not made again after it was taken away. */
	readonly wasPaired: boolean;
	/** Undefined: as the device came. */
	readonly apps: readonly VirtualApp[] | undefined;
}

/** The plain data that decodeDeviceRecord reads. */
export function encodeDeviceRecord(record: Omit<DeviceRecord, 'hosts'> & { readonly hosts: DeviceTrust['hosts'] }): unknown {
	return {
		...record,
		hosts: record.hosts.map((host) => ({ ...host, escrowBag: toBase64(host.escrowBag) })),
		apps: record.apps?.map((app) => ({
			...app,
			icon: toBase64(app.icon),
			sinf: app.sinf && toBase64(app.sinf),
			iTunesMetadata: app.iTunesMetadata && toBase64(app.iTunesMetadata),
		})),
	};
}

/** @throws VirtualError `STATE_UNUSABLE` - the value is not one that encodeDeviceRecord made. */
export function decodeDeviceRecord(value: unknown): DeviceRecord {
	if (typeof value !== 'object' || value === null) {
		throw new VirtualError('STATE_UNUSABLE', 'The state of a device is no object.');
	}
	const record = value as { [Key in keyof DeviceRecord]?: unknown };
	const { name, iosVersion, buildVersion } = record;
	if (typeof name !== 'string' || typeof iosVersion !== 'string' || typeof buildVersion !== 'string') {
		throw new VirtualError('STATE_UNUSABLE', 'The state of a device lacks its name or version.');
	}
	const hosts = listOf(record.hosts).map((host): TrustedHost => ({
		hostId: String(host['hostId']),
		systemBuid: String(host['systemBuid']),
		rootCertificate: String(host['rootCertificate']),
		hostCertificate: String(host['hostCertificate']),
		deviceCertificate: String(host['deviceCertificate']),
		escrowBag: fromBase64(host['escrowBag']),
	}));
	return {
		name,
		iosVersion,
		buildVersion,
		settings: record.settings ?? {},
		encryption: record.encryption,
		hosts,
		wasPaired: record.wasPaired === true,
		apps: record.apps === undefined ? undefined : listOf(record.apps).map(decodeApp),
	};
}

function decodeApp(app: Record<string, unknown>): VirtualApp {
	return {
		bundleId: String(app['bundleId']),
		name: String(app['name']),
		version: String(app['version']),
		buildVersion: String(app['buildVersion']),
		applicationType: app['applicationType'] === 'System' ? 'System' : 'User',
		developmentSigned: app['developmentSigned'] === true,
		fileSharing: app['fileSharing'] === true,
		icon: fromBase64(app['icon']),
		groupIds: Array.isArray(app['groupIds']) ? app['groupIds'].map(String) : [],
		staticBytes: Number(app['staticBytes']),
		...(typeof app['team'] === 'string' ? { team: app['team'] } : {}),
		...(typeof app['executable'] === 'string' ? { executable: app['executable'] } : {}),
		...(app['sinf'] === undefined ? {} : { sinf: fromBase64(app['sinf']) }),
		...(app['iTunesMetadata'] === undefined ? {} : { iTunesMetadata: fromBase64(app['iTunesMetadata']) }),
	};
}

function listOf(value: unknown): Record<string, unknown>[] {
	return Array.isArray(value)
		? (value as unknown[]).filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
		: [];
}

function toBase64(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: unknown): Uint8Array {
	return new Uint8Array(Buffer.from(String(text), 'base64'));
}
