import { X509Certificate } from 'node:crypto';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { DeviceError } from '../errors.ts';
import { Connection } from './connection.ts';

/** The host's side of the trust with one device, as TLS needs it: PEM texts out of the pair record. */
export interface TlsIdentity {
	readonly hostCertificate: string;
	readonly hostPrivateKey: string;
	/** The certificate that this host issued to the device, and the root that signed it: the only ones a peer may present. */
	readonly deviceCertificate: string;
	readonly rootCertificate: string;
}

/** A device that accepted the connection answers a handshake within a round trip; this only catches one that hangs. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** SHA-1 certificates and short keys, which older tools wrote into pair records and OpenSSL's default security level refuses. */
const WEAK_MATERIAL_CODES = new Set(['ERR_SSL_CA_MD_TOO_WEAK', 'ERR_SSL_EE_KEY_TOO_SMALL', 'ERR_SSL_CA_KEY_TOO_SMALL', 'ERR_SSL_MD_TOO_WEAK']);

/**
 * Starts TLS on a connection, this side being the client, and checks that the peer is the device of the pair record.
 *
 * The connection must not be used afterwards; the returned one takes its place.
 * @throws DeviceError `CERTIFICATE_MISMATCH` - the peer presents neither the paired certificate nor one signed by the paired root.
 * `CONNECTION_LOST` - the handshake was cut; a device that forgot this host does that. `TIMED_OUT`.
 */
export async function upgradeToTls(connection: Connection, identity: TlsIdentity): Promise<Connection> {
	const secureContext = createClientContext(identity);
	const raw = connection.release();
	const socket = tls.connect({
		// Any Duplex serves; the type asks for the fastest kind only.
		socket: raw as net.Socket,
		secureContext,
		// The certificate is compared below: chains and names of device certificates mean nothing to a public trust store.
		rejectUnauthorized: false,
		checkServerIdentity: () => undefined,
	});
	await handshake(socket);
	if (!isPairedPeer(socket, identity)) {
		socket.destroy();
		throw new DeviceError('CERTIFICATE_MISMATCH', 'The device presented a certificate that was not made when it was paired with this computer.');
	}
	return new Connection(socket);
}

function createClientContext(identity: TlsIdentity): tls.SecureContext {
	const material: tls.SecureContextOptions = { cert: identity.hostCertificate, key: identity.hostPrivateKey };
	try {
		return tls.createSecureContext(material);
	} catch (error) {
		// BoringSSL, inside Electron, accepts such certificates and refuses this cipher string.
		if (process.versions['electron'] === undefined && WEAK_MATERIAL_CODES.has(String((error as NodeJS.ErrnoException).code))) {
			return tls.createSecureContext({ ...material, ciphers: 'DEFAULT@SECLEVEL=0' });
		}
		throw new DeviceError('PAIR_RECORD_STALE', 'The pair record of this device cannot be used.', { cause: error });
	}
}

function handshake(socket: tls.TLSSocket): Promise<void> {
	return new Promise((resolve, reject) => {
		const finish = (error?: Error): void => {
			clearTimeout(timer);
			socket.off('secureConnect', finish).off('error', lost).off('close', lost);
			if (error === undefined) {
				resolve();
			} else {
				socket.on('error', () => {
					// Reported already; a destroyed socket may say it once more.
				});
				socket.destroy();
				reject(error);
			}
		};
		const lost = (cause?: unknown): void =>
			finish(new DeviceError('CONNECTION_LOST', 'The device ended the encrypted connection while it was being set up.', { cause, details: { phase: 'tls' } }));
		const timer = setTimeout(() => finish(new DeviceError('TIMED_OUT', 'The device did not finish the TLS handshake.')), HANDSHAKE_TIMEOUT_MS);
		socket.on('secureConnect', finish).on('error', lost).on('close', lost);
	});
}

function isPairedPeer(socket: tls.TLSSocket, identity: TlsIdentity): boolean {
	const peer = socket.getPeerX509Certificate();
	if (peer === undefined) {
		return false;
	}
	const paired = new X509Certificate(identity.deviceCertificate);
	return peer.raw.equals(paired.raw) || peer.verify(new X509Certificate(identity.rootCertificate).publicKey);
}
