import assert from 'node:assert/strict';
import { once } from 'node:events';
import type * as net from 'node:net';
import * as tls from 'node:tls';
import { isAbortError } from '../../../../src/base/index.ts';
import { Connection } from '../../../../src/device/transport/connection.ts';
import { upgradeToTls, type TlsIdentity } from '../../../../src/device/transport/tls.ts';
import { readPairRecord } from '../../../../src/device/lockdown/pairRecord.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually } from '../../../support/eventually.ts';
import { tcpPair } from '../../../support/tcpPair.ts';
import { createTestPairing, type TestPairing } from '../lockdown/testPairing.ts';
import { deviceFixture } from '../fixtures.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The device's half of the handshake, as devices do it: server with the certificate from the pairing, client certificate wanted. */
function serveTls(
	socket: net.Socket,
	{ record, deviceKey }: Pick<TestPairing, 'record' | 'deviceKey'>,
	options: tls.TlsOptions = {},
): tls.TLSSocket {
	const secure = new tls.TLSSocket(socket, {
		isServer: true,
		requestCert: true,
		rejectUnauthorized: false,
		secureContext: tls.createSecureContext({
			cert: record.deviceCertificate,
			key: deviceKey,
			ca: record.rootCertificate,
			ciphers: 'DEFAULT@SECLEVEL=0',
			...options,
		}),
	});
	secure.on('error', () => {
		// How a test's device ends is the test's affair.
	});
	return secure;
}

describe('TLS upgrade', () => {
	let pairing: TestPairing;
	let sockets: net.Socket[] = [];

	before(async () => {
		pairing = await createTestPairing();
	});

	afterEach(() => {
		sockets.forEach((socket) => socket.destroy());
		sockets = [];
	});

	async function pair(): Promise<[Connection, net.Socket, net.Socket]> {
		const [mine, peer] = await tcpPair();
		sockets.push(mine, peer);
		return [new Connection(mine), peer, mine];
	}

	async function roundTrip(
		identity: TlsIdentity,
		device: Pick<TestPairing, 'record' | 'deviceKey'>,
		options?: tls.TlsOptions,
	): Promise<tls.TLSSocket> {
		const [connection, peer] = await pair();
		const secure = serveTls(peer, device, options);
		secure.pipe(secure);
		const upgraded = await upgradeToTls(connection, identity);
		await upgraded.write(Buffer.from('ping'));
		assert.equal(text(await upgraded.read(4)), 'ping');
		upgraded.close();
		return secure;
	}

	for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
		it(`speaks ${version} and presents the host's certificate`, async () => {
			const secure = await roundTrip(pairing.record, pairing, { minVersion: version, maxVersion: version });
			assert.equal(secure.getProtocol(), version);
			assert.equal(secure.getPeerX509Certificate()?.toString(), pairing.record.hostCertificate);
		});

		it(`keeps what the device says first in ${version}`, async () => {
			const [connection, peer] = await pair();
			const secure = serveTls(peer, pairing, { minVersion: version, maxVersion: version });
			secure.write('hello');
			const upgraded = await upgradeToTls(connection, pairing.record);
			await new Promise(setImmediate);
			assert.equal(text(await upgraded.read(5)), 'hello');
		});
	}

	for (const form of ['sha1-pkcs1.xml', 'sha1-pkcs8.binary', 'sha256-pkcs1.xml']) {
		it(`works with the certificates of ${form}, which OpenSSL made`, async () => {
			const record = readPairRecord(deviceFixture(`pair-record-${form}.plist`));
			const deviceKey = deviceFixture(`device-${form.split('-')[0]}.test-only.key.pem`).toString();
			await roundTrip(record, { record, deviceKey });
		});
	}

	it('gives its stream to a further owner', async () => {
		const [mine, peer] = await tcpPair();
		sockets.push(mine, peer);
		const device = serveTls(peer, pairing);
		device.pipe(device);
		const upgraded = await upgradeToTls(new Connection(mine), pairing.record);
		const twice = new Connection(upgraded.release());
		await twice.write(Buffer.from('x'));
		assert.equal(text(await twice.read(1)), 'x');
	});

	it('accepts another certificate of the paired root', async () => {
		const { record } = pairing;
		await roundTrip(record, { record: { ...record, deviceCertificate: record.hostCertificate }, deviceKey: record.hostPrivateKey });
	});

	it('refuses a certificate of another pairing, and hangs up', async () => {
		const stranger = await createTestPairing();
		const [connection, peer, mine] = await pair();
		serveTls(peer, stranger);
		await rejectsWith(upgradeToTls(connection, pairing.record), 'CERTIFICATE_MISMATCH');
		await eventually('the end', () => mine.destroyed || peer.destroyed);
	});

	const cuts: [string, (peer: net.Socket) => void][] = [
		['closes at once', (peer) => peer.destroy()],
		['resets', (peer) => peer.resetAndDestroy()],
		['closes after the first bytes', (peer) => void peer.once('data', () => peer.destroy())],
		['answers something else', (peer) => void peer.once('data', () => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
	];
	for (const [what, cut] of cuts) {
		it(`reports a handshake that is cut: the device ${what}`, async () => {
			const [connection, peer] = await pair();
			cut(peer);
			await rejectsWith(upgradeToTls(connection, pairing.record), 'CONNECTION_LOST');
		});
	}

	it('reports a link that was lost before the handshake', async () => {
		const [connection, peer, mine] = await pair();
		peer.end();
		await once(mine, 'close');
		const error = await rejectsWith(upgradeToTls(connection, pairing.record), 'CONNECTION_LOST');
		assert.deepEqual(error.details, { phase: 'tls' });
	});

	for (const [what, code, options] of [
		['gives up on a device that does not go on', 'TIMED_OUT', () => ({ timeoutMs: 50 })],
		['stops when it is cancelled', undefined, () => ({ signal: AbortSignal.timeout(50) })],
		['does not begin when it was cancelled before', undefined, () => ({ signal: AbortSignal.abort() })],
	] as const) {
		it(what, async () => {
			const [connection, , mine] = await pair();
			const upgrade = upgradeToTls(connection, pairing.record, options());
			await (code === undefined ? assert.rejects(upgrade, isAbortError) : rejectsWith(upgrade, code));
			assert.equal(mine.destroyed, true);
		});
	}

	const damaged: [string, Partial<TlsIdentity>][] = [
		['host key', { hostPrivateKey: 'no key' }],
		['host certificate', { hostCertificate: 'no certificate' }],
		['device certificate', { deviceCertificate: 'no certificate' }],
		['root certificate', { rootCertificate: '' }],
	];
	for (const [what, change] of damaged) {
		it(`refuses a pair record with a damaged ${what}, and hangs up`, async () => {
			const [connection, , mine] = await pair();
			const error = await rejectsWith(upgradeToTls(connection, { ...pairing.record, ...change }), 'PAIR_RECORD_STALE');
			assert.doesNotMatch(String(error.cause), /PRIVATE|no key/);
			assert.equal(mine.destroyed, true);
		});
	}
});
