import { createHash } from 'node:crypto';
import { errorText, type Logger } from '../../base/index.ts';
import {
	InstallationProxyClient,
	INSTALLATION_PROXY_SERVICE,
	PlistChannel,
	walk,
	type AfcClient,
	type PairedDevice,
} from '../../device/index.ts';

/**
 * A cheap fingerprint of a device: a digest for each thing that it tells without a backup. A part is absent when the device did not tell it.
 * Two that are equal in all parts do not prove that all is equal; two that differ prove that something is not.
 */
export interface DeviceProof {
	/** The name that its owner gave it. */
	readonly name?: string;
	/** Bundle ids and versions of the apps that the user installed. */
	readonly apps?: string;
	/** Paths and sizes of photos and videos. */
	readonly media?: string;
}

const PARTS = ['name', 'apps', 'media'] as const;

/** Photos beyond so many are not looked at; the digest says that there were more. */
const MAX_MEDIA_FILES = 20_000;

export async function readProof(paired: PairedDevice, afc: AfcClient, log: Logger, signal: AbortSignal): Promise<DeviceProof> {
	const part = async (name: (typeof PARTS)[number], read: () => Promise<string[]>): Promise<DeviceProof> => {
		try {
			const lines = await read();
			return { [name]: createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 32) };
		} catch (error) {
			signal.throwIfAborted();
			log.debug(`The fingerprint goes without ${name}: ${errorText(error)}`);
			return {};
		}
	};
	return {
		...(await part('name', () => readName(paired, signal))),
		...(await part('apps', () => readApps(paired, signal))),
		...(await part('media', () => readMedia(afc, signal))),
	};
}

/** Names of the parts in which two fingerprints differ; undefined when they have none in common. */
export function compareProofs(before: DeviceProof, after: DeviceProof): readonly string[] | undefined {
	const common = PARTS.filter((part) => before[part] !== undefined && after[part] !== undefined);
	return common.length === 0 ? undefined : common.filter((part) => before[part] !== after[part]);
}

/** A fingerprint as a record keeps it: records are files, so nothing in it is taken on trust. */
export function proofFrom(value: unknown): DeviceProof {
	const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
	return Object.fromEntries(PARTS.flatMap((part) => (typeof fields[part] === 'string' ? [[part, fields[part]]] : [])));
}

async function readName(paired: PairedDevice, signal: AbortSignal): Promise<string[]> {
	const name = await paired.withSession((lockdown) => lockdown.getValue(undefined, 'DeviceName', { signal }), { signal });
	return [typeof name === 'string' ? name : ''];
}

async function readApps(paired: PairedDevice, signal: AbortSignal): Promise<string[]> {
	const proxy = new InstallationProxyClient(new PlistChannel(await paired.openService(INSTALLATION_PROXY_SERVICE, { signal })));
	const lines: string[] = [];
	try {
		for await (const batch of proxy.browse({ applicationType: 'User', attributes: ['bundleId', 'buildVersion'] }, { signal })) {
			lines.push(...batch.map(({ bundleId, buildVersion }) => `${bundleId} ${buildVersion ?? ''}`));
		}
	} finally {
		proxy.close();
	}
	return lines;
}

async function readMedia(afc: AfcClient, signal: AbortSignal): Promise<string[]> {
	const lines: string[] = [];
	for await (const { path, info } of walk(afc, '/DCIM', { signal })) {
		lines.push(`${path} ${info.sizeBytes}`);
		if (lines.length > MAX_MEDIA_FILES) {
			break;
		}
	}
	return lines;
}
