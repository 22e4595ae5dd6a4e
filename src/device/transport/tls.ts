import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { abortErrorOf } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';
import { Connection, type ReadOptions } from './connection.ts';

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
const WEAK_MATERIAL_CODES = new Set([
	'ERR_SSL_CA_MD_TOO_WEAK',
	'ERR_SSL_EE_KEY_TOO_SMALL',
	'ERR_SSL_CA_KEY_TOO_SMALL',
	'ERR_SSL_MD_TOO_WEAK',
]);

/**
 * Starts TLS on a connection, this side being the client, and checks that the peer is the device of the pair record.
 *
 * The connection must not be used afterwards; the returned one takes its place.
 * @throws DeviceError `CERTIFICATE_MISMATCH` - the peer presents neither the paired certificate nor one signed by the paired root.
 * `CONNECTION_LOST` - the handshake was cut; a device that forgot this host does that. `PAIR_RECORD_STALE` - the identity cannot be read.
 * `TIMED_OUT`. AbortError. The connection is closed then.
 */
export async function upgradeToTls(connection: Connection, identity: TlsIdentity, options: ReadOptions = {}): Promise<Connection> {
	if (connection.isClosed) {
		throw handshakeLost();
	}
	let material: ReturnType<typeof readIdentity>;
	try {
		material = readIdentity(identity);
	} catch (cause) {
		connection.destroy();
		// The cause names a library's complaint only, never what it complained of.
		throw new DeviceError('PAIR_RECORD_STALE', 'The pair record of this device cannot be used.', { cause });
	}
	const raw = connection.release();
	const socket = tls.connect({
		// Any Duplex serves; the type asks for the fastest kind only.
		socket: raw,
		secureContext: material.secureContext,
		// The certificate is compared below: chains and names of device certificates mean nothing to a public trust store.
		rejectUnauthorized: false,
		checkServerIdentity: () => undefined,
	});
	const secured = await handshake(socket, options);
	const peer = socket.getPeerX509Certificate();
	if (peer === undefined || !(peer.raw.equals(material.deviceCertificate.raw) || peer.verify(material.rootCertificate.publicKey))) {
		secured.destroy();
		throw new DeviceError(
			'CERTIFICATE_MISMATCH',
			'The device presented a certificate that was not made when it was paired with this computer.',
		);
	}
	return secured;
}

function readIdentity(identity: TlsIdentity): {
	secureContext: tls.SecureContext;
	deviceCertificate: X509Certificate;
	rootCertificate: X509Certificate;
} {
	return {
		secureContext: createClientContext(identity),
		deviceCertificate: new X509Certificate(identity.deviceCertificate),
		rootCertificate: new X509Certificate(identity.rootCertificate),
	};
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
		throw error;
	}
}

function handshake(socket: tls.TLSSocket, { signal, timeoutMs = HANDSHAKE_TIMEOUT_MS }: ReadOptions): Promise<Connection> {
	return new Promise((resolve, reject) => {
		const stopWaiting = (): void => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', abort);
			socket.off('secureConnect', secured).off('error', failed).off('close', closed);
		};
		const secured = (): void => {
			stopWaiting();
			// Order matters: the connection listens from this very moment on, as the peer's first bytes or a failure may follow at once.
			resolve(new Connection(socket));
		};
		const fail = (error: Error): void => {
			stopWaiting();
			socket.on('error', () => {
				// Reported already; a destroyed socket may say it once more.
			});
			socket.destroy();
			reject(error);
		};
		const failed = (cause: Error): void => fail(handshakeLost(cause));
		const closed = (): void => fail(handshakeLost());
		const abort = (): void => fail(abortErrorOf(signal as AbortSignal));
		const timer = setTimeout(() => fail(new DeviceError('TIMED_OUT', 'The device did not finish the TLS handshake.')), timeoutMs);
		socket.on('secureConnect', secured).on('error', failed).on('close', closed);
		signal?.addEventListener('abort', abort);
		if (signal?.aborted === true) {
			abort();
		}
	});
}

function handshakeLost(cause?: Error): DeviceError {
	return new DeviceError('CONNECTION_LOST', 'The device ended the encrypted connection while it was being set up.', {
		cause,
		details: { phase: 'tls' },
	});
}
