import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { createPairingCertificate } from '../../../../src/device/lockdown/x509.ts';
import type { PlistDict } from '../../../../src/plist/index.ts';
import { useLab } from '../../../support/virtualLab.ts';
import { dict, openLockdown, openService, openSession, RawMux, readRecord, type RawPlistStream, type RawRecord } from '../rawClient.ts';

describe('virtual lockdown', () => {
	const lab = useLab({ profile: 'files:1x1' });
	const open: RawPlistStream[] = [];
	let record: RawRecord;
	const keep = (stream: RawPlistStream): RawPlistStream => {
		open.push(stream);
		return stream;
	};
	const clear = async (): Promise<RawPlistStream> => keep(await openLockdown(lab.address));
	const session = async (): Promise<RawPlistStream> => keep(await openSession(lab.address, record));
	before(async () => {
		record = await readRecord(lab.address, lab.udid);
	});
	afterEach(async () => {
		open.splice(0).forEach((stream) => stream.close());
		await lab.tell('fault', 'clear');
		await lab.tell('set', 'locked=no', 'trust=accept', 'tls=1.2');
	});

	it('gives out a part of its values before a session', async () => {
		const lockdown = await clear();
		assert.deepEqual(await lockdown.request({ Request: 'QueryType' }), { Request: 'QueryType', Type: 'com.apple.mobile.lockdown' });
		const shown = dict((await lockdown.request({ Request: 'GetValue' }))['Value'] as PlistDict);
		assert.deepEqual(
			['UniqueDeviceID', 'DevicePublicKey', 'ProductVersion', 'DeviceClass', 'SerialNumber', 'PhoneNumber'].map((key) => key in shown),
			[true, true, true, true, false, false],
		);
		assert.equal((await lockdown.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Error'], 'GetProhibited');
		assert.equal((await lockdown.request({ Request: 'GetValue', Key: 'Nonsense' }))['Error'], 'MissingValue');
		assert.equal(
			(await lockdown.request({ Request: 'GetValue', Domain: 'com.apple.fmip', Key: 'IsAssociated' }))['Error'],
			'GetProhibited',
		);
	});

	it('gives out everything inside a session', async () => {
		const lockdown = await session();
		const value = async (domain: string, key: string): Promise<unknown> =>
			(await lockdown.request({ Request: 'GetValue', Domain: domain, Key: key }))['Value'];
		assert.match((await lockdown.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Value'] as string, /^FAKE/);
		assert.equal(await value('com.apple.mobile.backup', 'WillEncrypt'), false);
		assert.equal(await value('com.apple.fmip', 'IsAssociated'), false);
		assert.equal(await value('com.apple.mobile.battery', 'BatteryCurrentCapacity'), 82);
		assert.deepEqual(dict((await lockdown.request({ Request: 'GetValue', Domain: 'com.example.unknown' }))['Value'] as PlistDict), {});
	});

	it('presents the certificate of the pair record, for the key that it shows', async () => {
		const lockdown = await openLockdown(lab.address);
		const pem = Buffer.from((await lockdown.request({ Request: 'GetValue', Key: 'DevicePublicKey' }))['Value'] as Uint8Array);
		await lockdown.request({ Request: 'StartSession', HostID: record.hostId });
		const socket = await lockdown.startTls({ cert: record.hostCertificate, key: record.hostPrivateKey });
		const peer = socket.getPeerX509Certificate();
		assert.ok(peer);
		assert.ok(peer.raw.equals(new X509Certificate(record.deviceCertificate).raw));
		assert.ok(peer.publicKey.equals(createPublicKey(pem)));
		assert.equal(socket.getProtocol(), 'TLSv1.2');
		keep(lockdown);
	});

	it('speaks TLS 1.3 when told to, and none at all', async () => {
		await lab.tell('set', 'tls=1.3');
		const lockdown = await session();
		assert.ok((await lockdown.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Value']);
		await lab.tell('set', 'tls=off');
		const plain = await clear();
		assert.equal((await plain.request({ Request: 'StartSession', HostID: record.hostId }))['EnableSessionSSL'], false);
		assert.ok((await plain.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Value']);
	});

	it('accepts the root certificate from a host, and no stranger', async () => {
		const asRoot = keep(await openSession(lab.address, record, 1, { cert: record.rootCertificate, key: record.rootPrivateKey }));
		assert.ok((await asRoot.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Value']);
		const stranger = makeHost();
		const lockdown = await clear();
		await lockdown.request({ Request: 'StartSession', HostID: record.hostId });
		// The client's half of the handshake may end before the device has looked at the certificate.
		await lockdown.startTls({ cert: stranger.host, key: stranger.hostKeyPem }).catch(() => undefined);
		await lockdown.over();
	});

	it('answers each misuse with its own error', async () => {
		const lockdown = await clear();
		const error = async (request: PlistDict): Promise<unknown> => (await lockdown.request(request))['Error'];
		assert.equal(await error({ Request: 'StartSession', HostID: 'nobody' }), 'InvalidHostID');
		assert.equal(await error({ Request: 'StartSession' }), 'MissingHostID');
		assert.equal(await error({ Request: 'StartService', Service: 'com.apple.afc' }), 'SessionInactive');
		assert.equal(await error({ Request: 'StopSession', SessionID: 'x' }), 'SessionInactive');
		assert.equal(await error({ Request: 'SetValue', Key: 'DeviceName', Value: 'x' }), 'SetProhibited');
		assert.equal(await error({ Request: 'Dance' }), 'InvalidRequest');
		const inside = await session();
		assert.equal((await inside.request({ Request: 'StartService', Service: 'com.example.none' }))['Error'], 'InvalidService');
		assert.equal(
			(await inside.request({ Request: 'StartService', Service: 'com.apple.afc', EscrowBag: Uint8Array.of(1) }))['Error'],
			'EscrowLocked',
		);
		assert.equal((await inside.request({ Request: 'StartSession', HostID: record.hostId }))['Error'], 'SessionActive');
		await lab.tell('set', 'locked=yes');
		assert.equal((await inside.request({ Request: 'StartService', Service: 'com.apple.afc' }))['Error'], 'PasswordProtected');
	});

	it('starts a service on a port that takes one connection', async () => {
		const lockdown = await session();
		const answer = await lockdown.request({ Request: 'StartService', Service: 'com.apple.mobilebackup2', EscrowBag: record.escrowBag });
		assert.equal(answer['EnableServiceSSL'], true);
		const port = answer['Port'] as number;
		keep(await (await RawMux.open(lab.address)).connectTo(1, port));
		await assert.rejects(RawMux.open(lab.address).then((mux) => mux.connectTo(1, port)));
	});

	it('changes its name and its Wi-Fi setting', async () => {
		const lockdown = await session();
		await lockdown.request({ Request: 'SetValue', Key: 'DeviceName', Value: 'Renamed' });
		await lockdown.request({
			Request: 'SetValue',
			Domain: 'com.apple.mobile.wireless_lockdown',
			Key: 'EnableWifiConnections',
			Value: true,
		});
		const state = JSON.parse((await lab.tell('state'))[0] ?? '') as { name: string; attachments: { transport: string }[] };
		assert.deepEqual([state.name, state.attachments.map(({ transport }) => transport)], ['Renamed', ['usb', 'network']]);
		await lab.tell('set', 'wifi=off');
	});

	it('stops a session inside TLS and then ends the stream', async () => {
		const lockdown = await openLockdown(lab.address);
		const started = await lockdown.request({ Request: 'StartSession', HostID: record.hostId });
		await lockdown.startTls({ cert: record.hostCertificate, key: record.hostPrivateKey });
		const answer = await lockdown.request({ Request: 'StopSession', SessionID: started['SessionID'] as string });
		assert.deepEqual(answer, { Request: 'StopSession', Result: 'Success' });
		await lockdown.over();
	});

	it('closes an idle connection', async () => {
		await lab.tell('set', 'lockdownIdleMs=30');
		await (await clear()).over();
		await lab.tell('set', 'lockdownIdleMs=60000');
	});

	it('fails as its faults say', async () => {
		await lab.tell('fault', 'lockdown-error', 'StartSession', 'InvalidHostID');
		assert.equal((await (await clear()).request({ Request: 'StartSession', HostID: record.hostId }))['Error'], 'InvalidHostID');
		await lab.tell('fault', 'lockdown-error', 'com.apple.afc', 'ServiceLimit');
		assert.equal((await (await session()).request({ Request: 'StartService', Service: 'com.apple.afc' }))['Error'], 'ServiceLimit');
		await lab.tell('fault', 'refuse-connect', 'lockdown');
		await assert.rejects(clear());
		await lab.tell('fault', 'clear');
		await lab.tell('fault', 'wrong-certificate');
		const lockdown = await clear();
		await lockdown.request({ Request: 'StartSession', HostID: record.hostId });
		const socket = await lockdown.startTls({ cert: record.hostCertificate, key: record.hostPrivateKey });
		assert.ok(!socket.getPeerX509Certificate()?.verify(new X509Certificate(record.rootCertificate).publicKey));
	});

	describe('pairing', () => {
		it('asks, accepts, is used, and is taken back', async () => {
			const lockdown = await clear();
			const host = makeHost();
			const request = await pairRequest(lockdown, host);
			await lab.tell('set', 'trust=pending:2');
			assert.deepEqual(
				[(await lockdown.request(request))['Error'], (await lockdown.request(request))['Error']],
				['PairingDialogResponsePending', 'PairingDialogResponsePending'],
			);
			const accepted = await lockdown.request(request);
			assert.ok((accepted['EscrowBag'] as Uint8Array).length > 0);
			const paired = { ...record, hostId: 'TEST-HOST', hostCertificate: host.host, hostPrivateKey: host.hostKeyPem };
			keep(await openSession(lab.address, paired));
			const unpaired = await lockdown.request({ Request: 'Unpair', PairRecord: { HostID: 'TEST-HOST' }, ProtocolVersion: '2' });
			assert.deepEqual(unpaired, { Request: 'ValidatePair' });
			assert.equal((await lockdown.request({ Request: 'StartSession', HostID: 'TEST-HOST' }))['Error'], 'InvalidHostID');
		});

		it('is denied, waits for the passcode, and refuses certificates that do not belong together', async () => {
			const lockdown = await clear();
			const request = await pairRequest(lockdown, makeHost());
			await lab.tell('set', 'trust=deny');
			assert.equal((await lockdown.request(request))['Error'], 'UserDeniedPairing');
			await lab.tell('set', 'trust=accept', 'locked=yes');
			assert.equal((await lockdown.request(request))['Error'], 'PasswordProtected');
			await lab.tell('set', 'locked=no');
			const foreign = await pairRequest(lockdown, makeHost());
			const mixed = {
				...request,
				PairRecord: {
					...(request['PairRecord'] as PlistDict),
					RootCertificate: (foreign['PairRecord'] as PlistDict)['RootCertificate'] as Uint8Array,
				},
			};
			assert.equal((await lockdown.request(mixed))['Error'], 'InvalidPairRecord');
			assert.equal((await lockdown.request({ Request: 'Pair', PairRecord: {} }))['Error'], 'InvalidPairRecord');
		});

		it('is refused over Wi-Fi', async () => {
			await lab.tell('set', 'wifi=on');
			const state = JSON.parse((await lab.tell('state'))[0] ?? '') as { attachments: { muxDeviceId: number; transport: string }[] };
			const network = state.attachments.find(({ transport }) => transport === 'network');
			const lockdown = keep(await openLockdown(lab.address, network?.muxDeviceId));
			assert.equal((await lockdown.request(await pairRequest(lockdown, makeHost())))['Error'], 'PairingProhibitedOverThisConnection');
			await lab.tell('set', 'wifi=off');
		});
	});

	it('lets insecure notifications be observed without a session', async () => {
		const lockdown = await clear();
		const answer = await lockdown.request({ Request: 'StartService', Service: 'com.apple.mobile.insecure_notification_proxy' });
		assert.equal(answer['EnableServiceSSL'], false);
		const proxy = keep(await (await RawMux.open(lab.address)).connectTo(1, answer['Port'] as number));
		proxy.send({ Command: 'ObserveNotification', Name: 'com.example.one' });
		proxy.send({ Command: 'PostNotification', Name: 'com.example.two' });
		proxy.send({ Command: 'PostNotification', Name: 'com.example.one' });
		assert.deepEqual(await proxy.receive(), { Command: 'RelayNotification', Name: 'com.example.one' });
		assert.deepEqual(await proxy.request({ Command: 'Shutdown' }), { Command: 'ProxyDeath' });
	});

	it('survives hosts that send anything', async () => {
		for (const bytes of [
			Buffer.alloc(4, 0xff),
			Buffer.from('00000004abcd', 'hex'),
			Buffer.from('GET / HTTP/1.1\r\n\r\n'),
			Buffer.alloc(0),
		]) {
			const lockdown = await clear();
			lockdown.write(bytes);
			lockdown.stream.end();
			await lockdown.over();
		}
		const lockdown = await clear();
		await lockdown.request({ Request: 'StartSession', HostID: record.hostId });
		lockdown.write(Buffer.from('this is no ClientHello'));
		await lockdown.over();
		keep(await openService(lab.address, record, 'com.apple.afc'));
	});
});

interface Host {
	readonly rootKey: KeyObject;
	readonly root: string;
	readonly host: string;
	readonly hostKeyPem: string;
}

const HOUR_MS = 3_600_000;
const validity = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS) };

function makeHost(): Host {
	const rootKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
	const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
	return {
		rootKey,
		root: createPairingCertificate({ subjectKey: rootKey, issuerPrivateKey: rootKey, role: 'root', ...validity }),
		host: createPairingCertificate({ subjectKey: hostKey, issuerPrivateKey: rootKey, role: 'host', ...validity }),
		hostKeyPem: hostKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
	};
}

async function pairRequest(lockdown: RawPlistStream, { rootKey, root, host }: Host): Promise<PlistDict> {
	const pem = Buffer.from((await lockdown.request({ Request: 'GetValue', Key: 'DevicePublicKey' }))['Value'] as Uint8Array);
	const device = createPairingCertificate({ subjectKey: createPublicKey(pem), issuerPrivateKey: rootKey, role: 'device', ...validity });
	return {
		Request: 'Pair',
		ProtocolVersion: '2',
		PairRecord: {
			DeviceCertificate: Buffer.from(device),
			HostCertificate: Buffer.from(host),
			RootCertificate: Buffer.from(root),
			HostID: 'TEST-HOST',
			SystemBUID: 'TEST',
		},
		PairingOptions: { ExtendedPairingErrors: true },
	};
}
