import { createPublicKey, generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { AbortError, delay, type Clock } from '../../base/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import { transportOf, type AttachedDevice } from '../usbmux/directory.ts';
import type { LockdownClient } from './client.ts';
import { encodePairRecord, type PairRecord } from './pairRecord.ts';
import { withLockdown } from './pairedDevice.ts';
import { createPairingCertificate } from './x509.ts';

/** What stands in the way of the trust just now, for the person at the device. */
export type PairingObstacle = 'waiting-for-trust' | 'locked';

export interface PairingOptions {
	readonly clock: Clock;
	readonly signal?: AbortSignal | undefined;
	/** Called when the obstacle changes. */
	onObstacle(obstacle: PairingObstacle): void;
}

/** How often the device is asked again while its dialog is open. */
const POLL_MS = 1000;

const TEN_YEARS_MS = 10 * 365.25 * 24 * 3600 * 1000;

/** Clocks of host and device differ; a certificate that is not valid yet would be refused. */
const BACKDATED_MS = 24 * 3600 * 1000;

/**
 * Pairs this host with a device: makes keys and certificates, asks until the person at the device has decided, and has the muxer keep the record.
 *
 * Waits as long as the dialog is open or the device is locked; the signal ends it.
 * @throws DeviceError `PAIRING_DENIED`; `PAIRING_PROHIBITED` - over Wi-Fi, or a managed device. AbortError.
 */
export async function pairDevice(device: AttachedDevice, options: PairingOptions): Promise<PairRecord> {
	if (transportOf(device) === 'network') {
		throw new DeviceError('PAIRING_PROHIBITED', 'A device can be paired over its cable only.', {
			details: { udid: device.udid, transport: 'network' },
		});
	}
	const mux = device.attachments[0].mux;
	const systemBuid = (await mux.readBuid(options)) ?? randomUUID().toUpperCase();
	const readIdentity = async (client: LockdownClient) => {
		const devicePublicKey = await client.getValue(undefined, 'DevicePublicKey', options);
		const wifiAddress = await client.getValue(undefined, 'WiFiAddress', options);
		if (!(devicePublicKey instanceof Uint8Array)) {
			throw protocolViolation('The device did not give its public key.');
		}
		return { devicePublicKey, wifiMacAddress: typeof wifiAddress === 'string' ? wifiAddress : undefined };
	};
	const request = await withLockdown(device, readIdentity, options);
	const record = await createPairRecord({ ...request, systemBuid, now: options.clock.now() });
	const escrowBag = await askUntilDecided(device, record, options);
	const complete: PairRecord = { ...record, escrowBag };
	await mux.savePairRecord(device.udid, encodePairRecord(complete), device.attachments[0].muxDeviceId, options);
	return complete;
}

/** Keys and certificates for one device. The same ones must be shown at each repetition of `Pair`. */
export async function createPairRecord(request: {
	readonly devicePublicKey: Uint8Array;
	readonly wifiMacAddress: string | undefined;
	readonly systemBuid: string;
	readonly now: number;
}): Promise<PairRecord> {
	const [root, host] = await Promise.all([createKey(), createKey()]);
	const common = {
		issuerPrivateKey: root,
		notBefore: new Date(request.now - BACKDATED_MS),
		notAfter: new Date(request.now + TEN_YEARS_MS),
	};
	const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
	return {
		hostId: randomUUID().toUpperCase(),
		systemBuid: request.systemBuid,
		rootCertificate: createPairingCertificate({ ...common, subjectKey: root, role: 'root' }),
		hostCertificate: createPairingCertificate({ ...common, subjectKey: host, role: 'host' }),
		deviceCertificate: createPairingCertificate({ ...common, subjectKey: readDeviceKey(request.devicePublicKey), role: 'device' }),
		hostPrivateKey: pem(host),
		rootPrivateKey: pem(root),
		escrowBag: undefined,
		wifiMacAddress: request.wifiMacAddress,
	};
}

function createKey(): Promise<KeyObject> {
	return new Promise((resolve, reject) => {
		generateKeyPair('rsa', { modulusLength: 2048, publicExponent: 65537 }, (error, _publicKey, privateKey) => {
			if (error === null) {
				resolve(privateKey);
			} else {
				reject(error);
			}
		});
	});
}

/** Devices send PKCS#1 or SubjectPublicKeyInfo, both as PEM; Node tells them apart by their labels. */
function readDeviceKey(pem: Uint8Array): KeyObject {
	try {
		return createPublicKey(Buffer.from(pem));
	} catch (error) {
		throw protocolViolation('The device gave a public key that cannot be read.', {}, error);
	}
}

async function askUntilDecided(device: AttachedDevice, record: PairRecord, options: PairingOptions): Promise<Uint8Array | undefined> {
	let lastObstacle: PairingObstacle | undefined;
	for (;;) {
		try {
			// A connection for each question: an idle one is dropped by the device while a person makes up their mind.
			return await withLockdown(device, (client) => client.pair(record, options), options);
		} catch (error) {
			const obstacle = DeviceError.is(error, 'PAIRING_PENDING')
				? 'waiting-for-trust'
				: DeviceError.is(error, 'DEVICE_LOCKED')
					? 'locked'
					: undefined;
			if (obstacle === undefined) {
				throw error;
			}
			if (obstacle !== lastObstacle) {
				options.onObstacle(obstacle);
				lastObstacle = obstacle;
			}
		}
		await delay(options.clock, POLL_MS);
		if (options.signal?.aborted === true) {
			throw new AbortError();
		}
	}
}
