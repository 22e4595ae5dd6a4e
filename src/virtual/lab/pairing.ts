import { createPublicKey } from 'node:crypto';
import { createPairingCertificate } from '../../device/lockdown/x509.ts';
import { encodeXmlPlist } from '../../plist/index.ts';
import type { DeviceIdentity } from '../identity.ts';
import { Random } from '../files/random.ts';
import { privateKeyPem, type LazyKey } from '../lockdown/keys.ts';
import { pairingValidity, type DeviceTrust, type HostCandidate } from '../lockdown/trust.ts';

/** The computer that the lab's devices already trust: one pair of keys for all of them. */
export class LabHost {
	readonly systemBuid: string;
	readonly #rootKey: LazyKey;
	readonly #hostKey: LazyKey;
	readonly #seed: string;

	constructor(seed: string, systemBuid: string, rootKey: LazyKey, hostKey: LazyKey) {
		this.systemBuid = systemBuid;
		this.#seed = seed;
		this.#rootKey = rootKey;
		this.#hostKey = hostKey;
	}

	/** Starts making the keys, which takes the better part of a second. */
	prepare(): void {
		this.#rootKey.prepare();
		this.#hostKey.prepare();
	}

	/**
	 * Makes device and host trust each other, as if the dialog had been answered long ago.
	 * @returns the pair record for the muxer, with both private keys: some clients use the root's, others the host's.
	 */
	async pair(identity: DeviceIdentity, trust: DeviceTrust): Promise<Uint8Array> {
		const [rootKey, hostKey, deviceKey] = await Promise.all([this.#rootKey.get(), this.#hostKey.get(), trust.deviceKey.get()]);
		const validity = { issuerPrivateKey: rootKey, ...pairingValidity(Date.now()) };
		const candidate: HostCandidate = {
			hostId: new Random(`host of ${identity.udid} ${this.#seed}`).uuid(),
			systemBuid: this.systemBuid,
			rootCertificate: createPairingCertificate({ ...validity, subjectKey: createPublicKey(rootKey), role: 'root' }),
			hostCertificate: createPairingCertificate({ ...validity, subjectKey: createPublicKey(hostKey), role: 'host' }),
			deviceCertificate: createPairingCertificate({ ...validity, subjectKey: createPublicKey(deviceKey), role: 'device' }),
		};
		const { escrowBag } = trust.add(candidate);
		return encodeXmlPlist({
			DeviceCertificate: utf8(candidate.deviceCertificate),
			EscrowBag: escrowBag,
			HostCertificate: utf8(candidate.hostCertificate),
			HostID: candidate.hostId,
			HostPrivateKey: utf8(privateKeyPem(hostKey)),
			RootCertificate: utf8(candidate.rootCertificate),
			RootPrivateKey: utf8(privateKeyPem(rootKey)),
			SystemBUID: this.systemBuid,
			UDID: identity.udid,
			WiFiMACAddress: identity.wifiAddress,
		});
	}
}

function utf8(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}
