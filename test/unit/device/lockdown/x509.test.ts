import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createPairingCertificate, type CertificateRole } from '../../../../src/device/lockdown/x509.ts';

const root = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });

function make(role: CertificateRole, notAfter = new Date('2035-06-07T08:09:10Z')): X509Certificate {
	const subjectKey = role === 'root' ? root.publicKey : other.publicKey;
	return new X509Certificate(
		createPairingCertificate({
			role,
			subjectKey,
			issuerPrivateKey: root.privateKey,
			notBefore: new Date('2025-01-02T03:04:05.678Z'),
			notAfter,
		}),
	);
}

describe('pairing certificate', () => {
	it('is signed by the root, for the key and time that were asked for', () => {
		for (const role of ['root', 'host', 'device'] as const) {
			const certificate = make(role);
			assert.ok(certificate.verify(root.publicKey) && !certificate.verify(other.publicKey), role);
			assert.ok(certificate.publicKey.equals(role === 'root' ? root.publicKey : other.publicKey), role);
			assert.deepEqual(
				[certificate.serialNumber, certificate.validFrom, certificate.validTo],
				['01', 'Jan  2 03:04:05 2025 GMT', 'Jun  7 08:09:10 2035 GMT'],
				role,
			);
		}
	});

	it('may sign others only as root', () => {
		assert.deepEqual(
			(['root', 'host', 'device'] as const).map((role) => make(role).ca),
			[true, false, false],
		);
	});

	it('carries the extensions of its role, byte for byte', () => {
		const constraints = { root: '300f0603551d130101ff040530030101ff', other: '300c0603551d130101ff04023000' };
		const usage = '300e0603551d0f0101ff0404030205a0';
		const keyId = '301d0603551d0e04160414';
		const found = (role: CertificateRole): boolean[] => {
			const hex = make(role).raw.toString('hex');
			return [constraints.root, constraints.other, usage, keyId].map((bytes) => hex.includes(bytes));
		};
		assert.deepEqual(found('root'), [true, false, false, false]);
		assert.deepEqual(found('host'), [false, true, true, false]);
		assert.deepEqual(found('device'), [false, true, true, true]);
	});

	it('refuses years that its time format cannot say, and keys that are not RSA', () => {
		assert.throws(() => make('host', new Date('2050-01-01T00:00:00Z')), RangeError);
		const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		const notAfter = new Date('2030-01-01T00:00:00Z');
		assert.throws(
			() =>
				createPairingCertificate({ role: 'host', subjectKey: publicKey, issuerPrivateKey: root.privateKey, notBefore: notAfter, notAfter }),
			TypeError,
		);
	});

	it('takes the public half of a private key', () => {
		const validity = { notBefore: new Date('2025-01-01T00:00:00Z'), notAfter: new Date('2030-01-01T00:00:00Z') };
		const pem = createPairingCertificate({ role: 'root', subjectKey: root.privateKey, issuerPrivateKey: root.privateKey, ...validity });
		assert.ok(new X509Certificate(pem).publicKey.equals(root.publicKey));
	});
});
