import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { ChannelClosed } from '../channel.ts';
import { StreamChannel } from './streamChannel.ts';

/** The device's side of one trust, as TLS needs it. PEM texts. */
export interface DeviceTlsMaterial {
	readonly deviceCertificate: string;
	readonly devicePrivateKey: string;
	/** Hosts present this very certificate or one that it signed. */
	readonly rootCertificate: string;
}

/** `1.2` is what real devices negotiate. */
export type TlsVersions = '1.2' | '1.3' | '1.2-1.3';

/** A host that lost interest without closing must not hold a handshake for ever. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/**
 * What a device needs for its handshakes with one host.
 * Debian's tools make certificates signed with SHA-1, which OpenSSL takes at security level 0 only.
 */
export function createDeviceContext(material: DeviceTlsMaterial, versions: TlsVersions): tls.SecureContext {
	return tls.createSecureContext({
		cert: material.deviceCertificate,
		key: material.devicePrivateKey,
		ca: material.rootCertificate,
		ciphers: 'DEFAULT@SECLEVEL=0',
		minVersion: versions === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
		maxVersion: versions === '1.2' ? 'TLSv1.2' : 'TLSv1.3',
		sessionIdContext: createHash('sha1').update(randomBytes(16)).digest('hex').slice(0, 32),
	});
}

/**
 * Starts TLS on a stream, this side being the server, and checks the host's certificate against the paired root as devices do:
 * Debian's tools present the root itself, others the host certificate that it signed.
 * @throws ChannelClosed when the handshake fails or the host is another than the paired one; the stream is destroyed.
 */
export async function acceptTls(stream: Duplex, context: tls.SecureContext, rootCertificate: string): Promise<StreamChannel> {
	const socket = new tls.TLSSocket(stream, { isServer: true, secureContext: context, requestCert: true, rejectUnauthorized: false });
	await handshake(socket, stream);
	if (!isPairedHost(socket.getPeerX509Certificate(), rootCertificate)) {
		socket.destroy();
		throw new ChannelClosed(new Error('The host presented a certificate that does not belong to its pairing.'));
	}
	return new StreamChannel(socket);
}

function isPairedHost(certificate: X509Certificate | undefined, rootCertificate: string): boolean {
	if (certificate === undefined) {
		return false;
	}
	const root = new X509Certificate(rootCertificate);
	return certificate.raw.equals(root.raw) || certificate.verify(root.publicKey);
}

function handshake(socket: tls.TLSSocket, stream: Duplex): Promise<void> {
	return new Promise((resolve, reject) => {
		const settle = (error?: ChannelClosed): void => {
			clearTimeout(timer);
			socket.off('secure', onSecure).off('close', onLost).off('error', onLost);
			stream.off('close', onLost);
			if (error === undefined) {
				resolve();
				return;
			}
			socket.on('error', () => {
				// Reported already; a destroyed socket may say it once more.
			});
			socket.destroy();
			stream.destroy();
			reject(error);
		};
		const onSecure = (): void => settle();
		const onLost = (cause?: unknown): void => settle(new ChannelClosed(cause));
		const timer = setTimeout(onLost, HANDSHAKE_TIMEOUT_MS, new Error('The host did not finish the TLS handshake.'));
		socket.on('secure', onSecure).on('close', onLost).on('error', onLost);
		stream.on('close', onLost);
	});
}
