import { createHash, sign, type KeyObject } from 'node:crypto';
import { concatBytes } from '../../base/index.ts';

/** What a pairing certificate says besides its two keys. Dates before 1950 or after 2049 are not needed, and refused. */
export interface CertificateRequest {
	/** Whose certificate it is; public (or private, of which the public half is taken). RSA. */
	readonly subjectKey: KeyObject;
	/** Who signs; RSA. The root signs itself. */
	readonly issuerPrivateKey: KeyObject;
	readonly notBefore: Date;
	readonly notAfter: Date;
	/** `root` may sign others; `host` and `device` may sign and decipher for themselves. Only `device` carries a key identifier. */
	readonly role: CertificateRole;
}

export type CertificateRole = 'root' | 'host' | 'device';

/**
 * A certificate as hosts make them when they pair: X.509 version 3, serial 1, both names empty, SHA-256 with RSA.
 *
 * Root: basicConstraints CA. Host and device: no CA, keyUsage digitalSignature and keyEncipherment. Device: subjectKeyIdentifier too.
 * Node has no builder for certificates; this one knows just these three.
 * @returns PEM text, with a final line feed.
 * Source: docs/protocol.md#pairing-certificates.
 */
export function createPairingCertificate(request: CertificateRequest): string {
	const body = sequence(
		explicit(0, integer(2)),
		integer(1),
		SHA256_WITH_RSA,
		sequence(), // issuer
		sequence(utcTime(request.notBefore), utcTime(request.notAfter)),
		sequence(), // subject
		publicKeyInfo(request.subjectKey),
		explicit(3, sequence(...extensions(request))),
	);
	const signature = sign('sha256', body, request.issuerPrivateKey);
	return pem('CERTIFICATE', sequence(body, SHA256_WITH_RSA, bitString(signature)));
}

/** `-----BEGIN …-----` around base64 in lines of 64 characters. */
export function pem(label: string, der: Uint8Array): string {
	const lines =
		Buffer.from(der)
			.toString('base64')
			.match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function extensions({ role, subjectKey }: CertificateRequest): Uint8Array[] {
	if (role === 'root') {
		return [extension(OID_BASIC_CONSTRAINTS, true, sequence(tlv(0x01, Uint8Array.of(0xff))))];
	}
	const list = [
		extension(OID_BASIC_CONSTRAINTS, true, sequence()),
		// Bits 0 and 2, digitalSignature and keyEncipherment; the last five bits are unused.
		extension(OID_KEY_USAGE, true, tlv(0x03, Uint8Array.of(5, 0b1010_0000))),
	];
	if (role === 'device') {
		const keyBits = pkcs1(subjectKey);
		list.push(extension(OID_SUBJECT_KEY_IDENTIFIER, false, tlv(0x04, createHash('sha1').update(keyBits).digest())));
	}
	return list;
}

function extension(oid: Uint8Array, critical: boolean, value: Uint8Array): Uint8Array {
	return sequence(oid, ...(critical ? [tlv(0x01, Uint8Array.of(0xff))] : []), tlv(0x04, value));
}

function publicKeyInfo(key: KeyObject): Uint8Array {
	return sequence(RSA_ENCRYPTION, bitString(pkcs1(key)));
}

function pkcs1(key: KeyObject): Uint8Array {
	// `pkcs1` of a private key would hold the private numbers; a JWK gives the public ones of either kind.
	const { n, e } = key.export({ format: 'jwk' });
	if (n === undefined || e === undefined) {
		throw new TypeError('Pairing certificates are for RSA keys.');
	}
	return sequence(unsigned(Buffer.from(n, 'base64url')), unsigned(Buffer.from(e, 'base64url')));
}

function utcTime(date: Date): Uint8Array {
	const year = date.getUTCFullYear();
	if (!(year >= 1950 && year <= 2049)) {
		throw new RangeError(`UTCTime cannot express the year ${year}.`);
	}
	const digits = date
		.toISOString()
		.replace(/\.\d+Z$/, '')
		.replace(/\D/g, '')
		.slice(2);
	return tlv(0x17, new TextEncoder().encode(`${digits}Z`));
}

function tlv(tag: number, value: Uint8Array): Uint8Array {
	return concatBytes([Uint8Array.of(tag, ...derLength(value.length)), value]);
}

function derLength(length: number): number[] {
	if (length < 0x80) {
		return [length];
	}
	return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function sequence(...parts: Uint8Array[]): Uint8Array {
	return tlv(0x30, parts.length === 0 ? new Uint8Array(0) : concatBytes(parts));
}

function explicit(tagNumber: number, value: Uint8Array): Uint8Array {
	return tlv(0xa0 | tagNumber, value);
}

function bitString(bytes: Uint8Array): Uint8Array {
	return tlv(0x03, concatBytes([Uint8Array.of(0), bytes]));
}

function integer(value: number): Uint8Array {
	return tlv(0x02, Uint8Array.of(value));
}

/** DER integers are signed: a set top bit needs a zero in front. */
function unsigned(magnitude: Uint8Array): Uint8Array {
	return tlv(0x02, (magnitude[0] ?? 0) >= 0x80 ? concatBytes([Uint8Array.of(0), magnitude]) : magnitude);
}

const NULL = Uint8Array.of(0x05, 0x00);
const OID_BASIC_CONSTRAINTS = tlv(0x06, Uint8Array.of(0x55, 0x1d, 0x13));
const OID_KEY_USAGE = tlv(0x06, Uint8Array.of(0x55, 0x1d, 0x0f));
const OID_SUBJECT_KEY_IDENTIFIER = tlv(0x06, Uint8Array.of(0x55, 0x1d, 0x0e));
/** 1.2.840.113549.1.1.11 and 1.2.840.113549.1.1.1, each with the NULL that RSA's algorithm identifiers carry. */
const SHA256_WITH_RSA = sequence(tlv(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)), NULL);
const RSA_ENCRYPTION = sequence(tlv(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)), NULL);
