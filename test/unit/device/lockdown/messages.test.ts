import assert from 'node:assert/strict';
import type { DeviceErrorCode } from '../../../../src/device/errors.ts';
import {
	getValueRequest,
	pairRequest,
	queryTypeRequest,
	readAnswer,
	readEscrowBag,
	readQueryType,
	readService,
	readSession,
	readValue,
	setValueRequest,
	startServiceRequest,
	startSessionRequest,
	stopSessionRequest,
	unpairRequest,
} from '../../../../src/device/lockdown/messages.ts';
import { encodePairRecord, readPairRecord, type PairRecord } from '../../../../src/device/lockdown/pairRecord.ts';
import { encodeXmlPlist, isDict, parsePlist, type PlistDict, type PlistValue } from '../../../../src/plist/index.ts';
import { throwsWith } from '../../../support/deviceError.ts';
import { deviceFixture } from '../fixtures.ts';

const record: PairRecord = {
	hostId: 'HOST',
	systemBuid: 'BUID',
	deviceCertificate: 'DC',
	hostCertificate: 'HC',
	rootCertificate: 'RC',
	hostPrivateKey: 'SECRET HOST KEY',
	rootPrivateKey: 'SECRET ROOT KEY',
	escrowBag: Buffer.from('SECRET BAG'),
	wifiMacAddress: '02:00:00:00:00:01',
};

/** The shape of a message: keys and types, without the values. */
function shape(value: PlistValue): unknown {
	return isDict(value)
		? Object.fromEntries(
				Object.entries(value)
					.map(([key, inner]) => [key, shape(inner)])
					.sort(),
			)
		: value instanceof Uint8Array
			? 'data'
			: typeof value;
}

describe('Lockdown requests', () => {
	const table: [PlistDict, PlistDict][] = [
		[queryTypeRequest(), { Request: 'QueryType' }],
		[getValueRequest(undefined, undefined), { Request: 'GetValue' }],
		[getValueRequest('d', undefined), { Request: 'GetValue', Domain: 'd' }],
		[getValueRequest(undefined, 'k'), { Request: 'GetValue', Key: 'k' }],
		[setValueRequest('d', 'k', true), { Request: 'SetValue', Domain: 'd', Key: 'k', Value: true }],
		[startSessionRequest(record), { Request: 'StartSession', HostID: 'HOST', SystemBUID: 'BUID' }],
		[stopSessionRequest('S'), { Request: 'StopSession', SessionID: 'S' }],
		[startServiceRequest('s', undefined), { Request: 'StartService', Service: 's' }],
		[startServiceRequest('s', Uint8Array.of(1)), { Request: 'StartService', Service: 's', EscrowBag: Uint8Array.of(1) }],
		[unpairRequest('HOST'), { Request: 'Unpair', ProtocolVersion: '2', PairRecord: { HostID: 'HOST' } }],
	];
	for (const [request, expected] of table) {
		it(`are as they should be: ${JSON.stringify(expected)}`, () => {
			assert.deepEqual(request, { Label: 'devicelab', ...expected });
		});
	}

	it('pair with certificates and names alone, in the shape that libimobiledevice sends', () => {
		const bytes = deviceFixture('idevicepair-pair.requests.bin');
		let offset = bytes.readUInt32LE(0);
		const theirs: PlistValue[] = [];
		while (offset < bytes.length) {
			const end = offset + 4 + bytes.readUInt32BE(offset);
			theirs.push(parsePlist(bytes.subarray(offset + 4, end)));
			offset = end;
		}
		assert.deepEqual(
			theirs.map((request) => (request as PlistDict)['Request']),
			['QueryType', 'GetValue', 'GetValue', 'Pair'],
		);
		const own = pairRequest('Pair', readPairRecord(deviceFixture('pair-record-sha1-pkcs1.xml.plist')));
		assert.deepEqual(shape(own), shape(theirs.at(-1) as PlistValue));
	});

	it('never carry a private key or the escrow bag to the device when pairing and unpairing', () => {
		for (const request of [
			pairRequest('Pair', record),
			pairRequest('ValidatePair', record),
			unpairRequest(record.hostId),
			startSessionRequest(record),
		]) {
			const bytes = Buffer.from(encodeXmlPlist(request)).toString();
			for (const secret of ['SECRET HOST KEY', 'SECRET ROOT KEY', 'SECRET BAG']) {
				assert.ok(!bytes.includes(secret) && !bytes.includes(Buffer.from(secret).toString('base64')), secret);
			}
		}
	});
});

describe('Lockdown answers', () => {
	it('pass when they repeat the verb, name none, or answer Unpair as ValidatePair', () => {
		for (const [answer, verb] of [
			[{ Request: 'GetValue', Value: 1 }, 'GetValue'],
			[{ Value: 1 }, 'GetValue'],
			[{ Request: 'ValidatePair' }, 'Unpair'],
			[{ Request: 'StopSession', Result: 'Success' }, 'StopSession'],
		] as const) {
			assert.equal(readAnswer(answer, verb), answer);
		}
	});

	it('are refused for another verb and in another shape', () => {
		throwsWith(() => readAnswer({ Request: 'SetValue' }, 'GetValue'), 'PROTOCOL_VIOLATION');
		throwsWith(() => readAnswer({ Request: 'ValidatePair' }, 'Pair'), 'PROTOCOL_VIOLATION');
		for (const answer of [[], 'Success', 1, null as never]) {
			throwsWith(() => readAnswer(answer, 'GetValue'), 'PROTOCOL_VIOLATION');
		}
	});

	const errors: [string, DeviceErrorCode][] = [
		['PasswordProtected', 'DEVICE_LOCKED'],
		['EscrowLocked', 'DEVICE_LOCKED'],
		['PairingDialogResponsePending', 'PAIRING_PENDING'],
		['UserDeniedPairing', 'PAIRING_DENIED'],
		['PairingProhibitedOverThisConnection', 'PAIRING_PROHIBITED'],
		['MCProtected', 'PAIRING_PROHIBITED'],
		['MCChallengeRequired', 'PAIRING_PROHIBITED'],
		['InvalidHostID', 'PAIR_RECORD_STALE'],
		['InvalidPairRecord', 'PAIR_RECORD_STALE'],
		['MissingPairRecord', 'PAIR_RECORD_STALE'],
		['InvalidService', 'SERVICE_UNAVAILABLE'],
		['MissingService', 'SERVICE_UNAVAILABLE'],
		['ServiceProhibited', 'SERVICE_UNAVAILABLE'],
		['ServiceLimit', 'SERVICE_UNAVAILABLE'],
		['MissingValue', 'VALUE_UNAVAILABLE'],
		['MissingKey', 'VALUE_UNAVAILABLE'],
		['GetProhibited', 'VALUE_UNAVAILABLE'],
		['FMiPProtected', 'DEVICE_REFUSED'],
		['SessionInactive', 'DEVICE_REFUSED'],
		['SomethingNew', 'DEVICE_REFUSED'],
		['constructor', 'DEVICE_REFUSED'],
	];
	for (const [deviceError, code] of errors) {
		it(`mean ${code} by ${deviceError}`, () => {
			const error = throwsWith(() => readAnswer({ Request: 'Pair', Error: deviceError }, 'Pair'), code);
			assert.deepEqual(error.details, { deviceError, verb: 'Pair' });
		});
	}

	it('mean failure by the Result of very old devices', () => {
		const error = throwsWith(() => readAnswer({ Request: 'GetValue', Result: 'Failure' }, 'GetValue'), 'DEVICE_REFUSED');
		assert.equal(error.details['deviceError'], 'Failure');
	});

	it('give what they carry', () => {
		assert.equal(readQueryType({ Type: 'com.apple.mobile.lockdown' }), 'com.apple.mobile.lockdown');
		assert.deepEqual([readValue({ Value: false }), readValue({})], [false, undefined]);
		assert.deepEqual(readSession({ SessionID: 'S', EnableSessionSSL: true }), { sessionId: 'S', enableTls: true });
		assert.deepEqual(readSession({ SessionID: 'S' }), { sessionId: 'S', enableTls: false });
		throwsWith(() => readSession({}), 'PROTOCOL_VIOLATION');
		assert.deepEqual(readService({ Port: 49152, EnableServiceSSL: true }, 's'), { service: 's', port: 49152, enableTls: true });
		for (const Port of [0, -1, 65536, 'x', NaN]) {
			throwsWith(() => readService({ Port }, 's'), 'PROTOCOL_VIOLATION');
		}
		const bag = Uint8Array.of(1);
		assert.deepEqual(
			[readEscrowBag({ EscrowBag: bag }), readEscrowBag({ ExtendedResponse: { EscrowBag: bag } }), readEscrowBag({})],
			[bag, bag, undefined],
		);
	});
});

describe('Pair record', () => {
	for (const digest of ['sha1', 'sha256']) {
		it(`is read in either form of property list and of key (${digest})`, () => {
			const pkcs1 = readPairRecord(deviceFixture(`pair-record-${digest}-pkcs1.xml.plist`));
			const pkcs8 = readPairRecord(deviceFixture(`pair-record-${digest}-pkcs8.binary.plist`));
			assert.match(pkcs1.hostPrivateKey, /BEGIN RSA PRIVATE KEY/);
			assert.match(pkcs8.hostPrivateKey, /BEGIN PRIVATE KEY/);
			assert.deepEqual({ ...pkcs1, hostPrivateKey: '' }, { ...pkcs8, hostPrivateKey: '' });
			assert.deepEqual(
				[pkcs1.hostId, pkcs1.systemBuid, pkcs1.wifiMacAddress],
				['8A0C6B4E-0000-4000-8000-000000000001', '5D2F3C1A-0000-4000-8000-000000000002', '02:00:00:00:00:01'],
			);
			assert.equal(pkcs1.escrowBag?.length, 32);
		});
	}

	it('of libimobiledevice is read, and is the same after it was written here', () => {
		const request = parsePlist(deviceFixture('idevicepair-save.requests.bin').subarray(16)) as PlistDict;
		const theirs = readPairRecord(request['PairRecordData'] as Uint8Array);
		assert.match(theirs.hostCertificate, /^-----BEGIN CERTIFICATE-----/);
		assert.deepEqual(readPairRecord(encodePairRecord(theirs)), theirs);
	});

	it('holds what other programs look for, under their names', () => {
		const bytes = encodePairRecord(record);
		assert.deepEqual(Object.keys(parsePlist(bytes) as PlistDict).sort(), [
			'DeviceCertificate',
			'EscrowBag',
			'HostCertificate',
			'HostID',
			'HostPrivateKey',
			'RootCertificate',
			'RootPrivateKey',
			'SystemBUID',
			'WiFiMACAddress',
		]);
		const bare = { ...record, rootPrivateKey: undefined, escrowBag: undefined, wifiMacAddress: undefined };
		assert.deepEqual(readPairRecord(encodePairRecord(bare)), bare);
	});

	for (const key of ['HostID', 'DeviceCertificate', 'HostCertificate', 'HostPrivateKey', 'RootCertificate']) {
		it(`without ${key} is refused, and nothing of it is told`, () => {
			const plist = parsePlist(encodePairRecord(record)) as PlistDict;
			for (const value of [undefined, '', 5]) {
				const { [key]: _gone, ...rest } = plist;
				const error = throwsWith(
					() => readPairRecord(encodeXmlPlist(value === undefined ? rest : { ...rest, [key]: value })),
					'PAIR_RECORD_STALE',
				);
				assert.deepEqual(error.details, { missing: key });
				assert.doesNotMatch(`${error.message}${JSON.stringify(error)}${String(error.cause)}`, /SECRET/);
			}
		});
	}

	it('that is damaged is refused, and nothing of it is told', () => {
		for (const bytes of [
			new Uint8Array(0),
			Buffer.from('SECRET'),
			Buffer.from('<plist><string>SECRET</string></plist>'),
			Buffer.from('bplist00SECRET'),
		]) {
			const error = throwsWith(() => readPairRecord(bytes), 'PAIR_RECORD_STALE');
			assert.doesNotMatch(`${error.message}${JSON.stringify(error.details)}${String(error.cause)}`, /SECRET/);
		}
	});
});
