import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createPairRecord } from '../../../../src/device/lockdown/pairing.ts';
import { createPairingCertificate, pem } from '../../../../src/device/lockdown/x509.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { createTestPairing, type TestPairing } from './testPairing.ts';

describe('Pairing certificates', () => {
	const now = Date.UTC(2026, 5, 15, 12, 30, 45);
	let pairing: TestPairing;
	let root: X509Certificate;
	let host: X509Certificate;
	let device: X509Certificate;

	before(async () => {
		pairing = await createTestPairing(now);
		root = new X509Certificate(pairing.record.rootCertificate);
		host = new X509Certificate(pairing.record.hostCertificate);
		device = new X509Certificate(pairing.record.deviceCertificate);
	});

	it('chain to their root', () => {
		assert.deepEqual(
			[root, host, device].map((certificate) => certificate.verify(root.publicKey)),
			[true, true, true],
		);
		assert.equal(host.verify(host.publicKey), false);
	});

	it('say what each is for', () => {
		assert.deepEqual([root.ca, host.ca, device.ca], [true, false, false]);
		assert.deepEqual(
			[root, host, device].map(({ serialNumber }) => serialNumber),
			['01', '01', '01'],
		);
		assert.deepEqual([root, host, device].flatMap(({ subject, issuer }) => [subject, issuer]).filter(Boolean), [], 'names are empty');
		const has = (certificate: X509Certificate, oid: string): boolean => certificate.raw.toString('hex').includes(oid);
		const keyUsage = '0603551d0f0101ff0404030205a0';
		const keyIdentifier = '0603551d0e';
		assert.deepEqual(
			[root, host, device].map((certificate) => [has(certificate, keyUsage), has(certificate, keyIdentifier)]),
			[
				[false, false],
				[true, false],
				[true, true],
			],
		);
	});

	it('hold the keys they are for', () => {
		assert.equal(host.checkPrivateKey(createPrivateKey(pairing.record.hostPrivateKey)), true);
		assert.equal(root.checkPrivateKey(createPrivateKey(pairing.record.rootPrivateKey ?? '')), true);
		assert.ok(device.publicKey.equals(createPublicKey(pairing.devicePublicKey)));
	});

	it('are valid from yesterday for ten years', () => {
		assert.equal(Date.parse(device.validFrom), now - 24 * 3600 * 1000);
		const years = (Date.parse(device.validTo) - now) / (365.25 * 24 * 3600 * 1000);
		assert.ok(Math.abs(years - 10) < 0.01, device.validTo);
	});

	it("take the device's key as PKCS#1 and as SubjectPublicKeyInfo", async () => {
		const spki = Buffer.from(createPublicKey(pairing.devicePublicKey).export({ type: 'spki', format: 'pem' }));
		const record = await createPairRecord({ devicePublicKey: spki, wifiMacAddress: undefined, systemBuid: 'B', now });
		assert.ok(new X509Certificate(record.deviceCertificate).publicKey.equals(device.publicKey));
		await rejectsWith(
			createPairRecord({ devicePublicKey: Buffer.from('nonsense'), wifiMacAddress: undefined, systemBuid: 'B', now }),
			'PROTOCOL_VIOLATION',
		);
	});

	it('are refused for other kinds of keys and years that they cannot express', () => {
		const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
		const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const request = { issuerPrivateKey: rsa.privateKey, notBefore: new Date(now), notAfter: new Date(now), role: 'root' } as const;
		assert.throws(() => createPairingCertificate({ ...request, subjectKey: ec.publicKey }), TypeError);
		for (const year of [1949, 2050]) {
			assert.throws(
				() => createPairingCertificate({ ...request, subjectKey: rsa.publicKey, notAfter: new Date(Date.UTC(year, 1)) }),
				RangeError,
			);
		}
		assert.ok(new X509Certificate(createPairingCertificate({ ...request, subjectKey: rsa.publicKey })).ca);
	});

	it('are wrapped as PEM in lines of 64', () => {
		assert.equal(pem('X', Buffer.alloc(49)), `-----BEGIN X-----\n${'A'.repeat(64)}\nAA==\n-----END X-----\n`);
	});
});
