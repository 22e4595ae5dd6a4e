import { createPublicKey, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { createPairingCertificate } from '../../device/lockdown/x509.ts';
import { createDeviceContext, type TlsVersions } from '../link/tlsServer.ts';
import { privateKeyPem, type LazyKey } from './keys.ts';

/** A host that the device trusts. Certificates are PEM texts. */
export interface TrustedHost {
	readonly hostId: string;
	readonly systemBuid: string;
	readonly rootCertificate: string;
	readonly hostCertificate: string;
	readonly deviceCertificate: string;
	readonly escrowBag: Uint8Array;
}

/** What `Pair` brings: a trust without the escrow bag, which the device hands out. */
export type HostCandidate = Omit<TrustedHost, 'escrowBag'>;

/** The device's memory of the hosts it trusts, and the key that proves to them who it is. */
export class DeviceTrust {
	readonly deviceKey: LazyKey;
	readonly #hosts = new Map<string, TrustedHost>();
	readonly #contexts = new WeakMap<TrustedHost, Map<string, Promise<SecureContext>>>();

	constructor(deviceKey: LazyKey, hosts: readonly TrustedHost[] = []) {
		this.deviceKey = deviceKey;
		for (const host of hosts) {
			this.#hosts.set(host.hostId, host);
		}
	}

	get hosts(): TrustedHost[] {
		return [...this.#hosts.values()];
	}

	find(hostId: string): TrustedHost | undefined {
		return this.#hosts.get(hostId);
	}

	/** Trusts a host from now on, in place of what was known under its HostID. */
	add(candidate: HostCandidate, escrowBag: Uint8Array = randomBytes(32)): TrustedHost {
		const host = { ...candidate, escrowBag };
		this.#hosts.set(host.hostId, host);
		return host;
	}

	/** @returns whether the host was known. */
	forget(hostId: string): boolean {
		return this.#hosts.delete(hostId);
	}

	forgetAll(): void {
		this.#hosts.clear();
	}

	/**
	 * Holds a candidate's certificates together as a device does: the root signs itself, host and device certificates are signed by it,
	 * and the device certificate is for this device's key.
	 */
	async accepts(candidate: HostCandidate): Promise<boolean> {
		const deviceKey = createPublicKey(await this.deviceKey.get());
		try {
			const root = new X509Certificate(candidate.rootCertificate);
			const host = new X509Certificate(candidate.hostCertificate);
			const device = new X509Certificate(candidate.deviceCertificate);
			return [root, host, device].every((certificate) => certificate.verify(root.publicKey)) && device.publicKey.equals(deviceKey);
		} catch {
			// What OpenSSL cannot read is no certificate, and so not acceptable.
			return false;
		}
	}

	/** The TLS material for one host, kept because making it costs more than a handshake's round trip. */
	contextFor(host: TrustedHost, versions: TlsVersions): Promise<SecureContext> {
		const known = this.#contexts.get(host) ?? new Map<string, Promise<SecureContext>>();
		this.#contexts.set(host, known);
		let context = known.get(versions);
		if (context === undefined) {
			context = this.deviceKey.get().then((key) => createDeviceContext({ ...host, devicePrivateKey: privateKeyPem(key) }, versions));
			known.set(versions, context);
		}
		return context;
	}
}

/** A certificate for another key under another root: what a device presents that is not the paired one. */
export async function strangerContext(strangerKey: LazyKey, versions: TlsVersions): Promise<SecureContext> {
	const key = await strangerKey.get();
	const certificate = selfSigned(key);
	return createDeviceContext(
		{ deviceCertificate: certificate, devicePrivateKey: privateKeyPem(key), rootCertificate: certificate },
		versions,
	);
}

function selfSigned(key: KeyObject): string {
	return createPairingCertificate({ subjectKey: key, issuerPrivateKey: key, ...pairingValidity(Date.now()), role: 'root' });
}

/** From an hour ago, as clocks differ, to ten years from now. */
export function pairingValidity(nowMs: number): { notBefore: Date; notAfter: Date } {
	const notBefore = new Date(nowMs - 3_600_000);
	const notAfter = new Date(nowMs);
	notAfter.setUTCFullYear(notAfter.getUTCFullYear() + 10);
	return { notBefore, notAfter };
}
