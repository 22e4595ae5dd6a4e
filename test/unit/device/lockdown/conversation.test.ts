import assert from 'node:assert/strict';
import { AbortError } from '../../../../src/base/index.ts';
import { LockdownClient } from '../../../../src/device/lockdown/client.ts';
import { findPairRecord, PairedDevice, withLockdown } from '../../../../src/device/lockdown/pairedDevice.ts';
import { encodePairRecord, readPairRecord } from '../../../../src/device/lockdown/pairRecord.ts';
import { pairDevice, type PairingObstacle } from '../../../../src/device/lockdown/pairing.ts';
import { MuxClient } from '../../../../src/device/usbmux/client.ts';
import { connectToDevice, type AttachedDevice } from '../../../../src/device/usbmux/directory.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { error, FakeLockdown, GRANTED_SESSION, serveTls, strings, type LockdownAnswer } from './fakeLockdown.ts';
import { createTestPairing, type TestPairing } from './testPairing.ts';

const UDID = '00008030-001A2B3C4D5E6F70';

describe('Lockdown conversation', () => {
	let pairing: TestPairing;
	let fake: FakeLockdown;
	let device: AttachedDevice;

	before(async () => {
		pairing = await createTestPairing();
	});

	beforeEach(async () => {
		fake = await FakeLockdown.start(UDID);
		const mux = new MuxClient(fake.mux.address);
		device = { udid: UDID, attachments: [{ udid: UDID, muxDeviceId: 3, transport: 'usb', mux }] };
	});

	afterEach(() => fake.mux.stop());

	/** Answers by verb; a list is used up one by one, its last entry stays. */
	function answers(table: Record<string, string | string[]>): void {
		fake.answer = ({ body }): LockdownAnswer => {
			const found = table[String(body['Request'])];
			return Array.isArray(found) ? ((found.length > 1 ? found.shift() : found[0]) ?? 'silence') : (found ?? error('Unexpected'));
		};
	}

	const publicKey = (): string => `<key>Value</key><data>${pairing.devicePublicKey.toString('base64')}</data>`;

	describe('in clear', () => {
		it('asks one thing after the other, and closes whatever happens', async () => {
			answers({
				QueryType: strings({ Request: 'QueryType', Type: 'com.apple.mobile.lockdown' }),
				GetValue: [strings({ Value: 'Lab phone' }), error('MissingValue'), error('GetProhibited')],
				SetValue: strings({}),
			});
			const got = await withLockdown(device, async (lockdown) => [
				await lockdown.queryType(),
				await lockdown.getValue(undefined, 'DeviceName'),
				await lockdown.getValue('com.apple.nothing'),
				await lockdown.getValue(undefined, 'SerialNumber'),
				await lockdown.setValue('d', 'k', true),
			]);
			assert.deepEqual(got, ['com.apple.mobile.lockdown', 'Lab phone', undefined, undefined, undefined]);
			await assert.rejects(
				withLockdown(device, () => Promise.reject(new Error('mine'))),
				/mine/,
			);
			await eventually('the end of the connections', () => fake.mux.connections === 0);
		});

		it('reports what it cannot be told', async () => {
			answers({ GetValue: error('PasswordProtected') });
			await rejectsWith(
				withLockdown(device, (lockdown) => lockdown.getValue()),
				'DEVICE_LOCKED',
			);
			fake.answer = () => 'hang up';
			await rejectsWith(
				withLockdown(device, (lockdown) => lockdown.getValue()),
				'CONNECTION_LOST',
			);
			fake.answer = () => strings({ Request: 'SetValue' });
			await rejectsWith(
				withLockdown(device, (lockdown) => lockdown.getValue()),
				'PROTOCOL_VIOLATION',
			);
		});

		it('does not take a late answer for that to the next request', async () => {
			fake.answer = () => 'silence';
			const lockdown = new LockdownClient(await connectToDevice(device, 62078));
			await rejectsWith(lockdown.getValue('a', 'b', { timeoutMs: 20 }), 'TIMED_OUT');
			await rejectsWith(lockdown.getValue('c', 'd'), 'CONNECTION_LOST');
			await lockdown.end();
		});

		it('is cancelled while it waits', async () => {
			fake.answer = () => 'silence';
			const stop = new AbortController();
			const waiting = withLockdown(device, (lockdown) => lockdown.getValue(undefined, undefined, { signal: stop.signal }));
			await eventually('the request', () => fake.requests.length === 1);
			stop.abort();
			await assert.rejects(waiting, AbortError);
		});
	});

	describe('in a session', () => {
		beforeEach(() => {
			fake.pairRecords.set(UDID, Buffer.from(encodePairRecord(pairing.record)));
			fake.pairing = pairing;
		});

		it('goes on encrypted, and takes its leave', async () => {
			answers({
				StartSession: GRANTED_SESSION,
				GetValue: strings({ Value: 'secret name' }),
				StopSession: strings({ Request: 'StopSession', Result: 'Success' }),
			});
			const paired = await PairedDevice.open(device);
			assert.equal(await paired.withSession((lockdown) => lockdown.getValue(undefined, 'DeviceName')), 'secret name');
			assert.deepEqual(
				fake.requests.map(({ body, isEncrypted }) => [body['Request'], isEncrypted]),
				[
					['StartSession', false],
					['GetValue', true],
					['StopSession', true],
				],
			);
			assert.deepEqual([fake.requests[0]?.body['HostID'], fake.requests[2]?.body['SessionID']], [pairing.record.hostId, 'SESSION-1']);
			await eventually('the end of the connections', () => fake.mux.connections === 0);
		});

		it('opens a service, encrypted where the device says so, with the escrow bag where asked', async () => {
			const record = { ...pairing.record, escrowBag: Buffer.from('bag') };
			for (const enableTls of [true, false]) {
				fake.requests.length = 0;
				answers({
					StartSession: GRANTED_SESSION,
					StartService: `${strings({ Service: 's' })}<key>Port</key><integer>49200</integer><key>EnableServiceSSL</key><${enableTls}/>`,
					StopSession: strings({}),
				});
				fake.onService = (socket) => void (enableTls ? serveTls(socket, pairing) : socket).write('service');
				const connection = await new PairedDevice(device, record).openService('s', { escrow: enableTls });
				assert.equal(Buffer.from(await connection.read(7)).toString(), 'service');
				const request = fake.requests.find(({ body }) => body['Request'] === 'StartService');
				assert.equal(
					request?.body['EscrowBag'] === undefined ? undefined : Buffer.from(request.body['EscrowBag'] as Uint8Array).toString(),
					enableTls ? 'bag' : undefined,
				);
				assert.equal(fake.connectedPorts.at(-1), 49200);
				connection.close();
			}
		});

		for (const [deviceError, code] of [
			['InvalidHostID', 'PAIR_RECORD_STALE'],
			['PasswordProtected', 'DEVICE_LOCKED'],
		] as const) {
			it(`is refused with ${deviceError} as ${code}`, async () => {
				answers({ StartSession: error(deviceError) });
				const paired = await PairedDevice.open(device);
				await rejectsWith(
					paired.withSession(() => Promise.resolve()),
					code,
				);
			});
		}

		it('is not held with a device that has another key', async () => {
			fake.pairing = await createTestPairing();
			answers({ StartSession: GRANTED_SESSION });
			const paired = await PairedDevice.open(device);
			await rejectsWith(
				paired.withSession(() => Promise.resolve()),
				'CERTIFICATE_MISMATCH',
			);
			await eventually('the end of the connections', () => fake.mux.connections === 0);
		});

		it("ends the trust on both sides, and sends no more than the host's name for it", async () => {
			answers({ StartSession: GRANTED_SESSION, Unpair: strings({ Request: 'ValidatePair' }), StopSession: 'hang up' });
			await (await PairedDevice.open(device)).unpair();
			const request = fake.requests.find(({ body }) => body['Request'] === 'Unpair');
			assert.deepEqual(request?.body['PairRecord'], { HostID: pairing.record.hostId });
			assert.doesNotMatch(String(request?.bytes), /PrivateKey|PRIVATE KEY|Certificate/);
			assert.equal(fake.pairRecords.size, 0);
			await rejectsWith(PairedDevice.open(device), 'NOT_PAIRED');
			assert.equal(await findPairRecord(device), undefined);
		});
	});

	describe('while pairing', () => {
		let clock: FakeClock;
		let obstacles: PairingObstacle[];

		beforeEach(() => {
			clock = new FakeClock();
			obstacles = [];
		});

		const pair = (signal?: AbortSignal) => pairDevice(device, { clock, signal, onObstacle: (obstacle) => obstacles.push(obstacle) });

		/** Lets the wait between two questions pass. */
		async function nextQuestion(): Promise<void> {
			await eventually('the wait', () => clock.pending === 1);
			assert.deepEqual(clock.waits, [1000]);
			clock.advance(1000);
		}

		it('asks until the person at the device has decided, each time with the same record', async () => {
			answers({
				GetValue: [publicKey(), strings({ Value: '02:00:00:00:00:09' })],
				Pair: [
					error('PairingDialogResponsePending'),
					error('PairingDialogResponsePending'),
					error('PasswordProtected'),
					error('PairingDialogResponsePending'),
					'<key>EscrowBag</key><data>YmFn</data>',
				],
			});
			const pairingDone = pair();
			for (let question = 0; question < 4; question++) {
				await nextQuestion();
			}
			const record = await pairingDone;
			assert.deepEqual(obstacles, ['waiting-for-trust', 'locked', 'waiting-for-trust']);
			const asked = fake.requests.filter(({ body }) => body['Request'] === 'Pair');
			assert.equal(asked.length, 5);
			assert.equal(new Set(asked.map(({ bytes }) => bytes.toString())).size, 1);
			assert.deepEqual(
				[Buffer.from(record.escrowBag ?? []).toString(), record.wifiMacAddress, record.systemBuid],
				['bag', '02:00:00:00:00:09', 'HOST-BUID'],
			);
			assert.deepEqual(readPairRecord(fake.pairRecords.get(UDID) as Buffer), record);
			assert.equal(fake.mux.requests.find(({ body }) => body['MessageType'] === 'SavePairRecord')?.body['DeviceID'], 3);
		});

		it('sends no private key', async () => {
			answers({ GetValue: [publicKey(), error('MissingValue')], Pair: strings({ Request: 'Pair' }) });
			const record = await pair();
			const secrets = [record.hostPrivateKey, record.rootPrivateKey ?? ''].map((key) => key.split('\n')[5] as string);
			for (const { bytes } of fake.requests) {
				const decoded = bytes.toString().replace(/<data>([^<]*)<\/data>/g, (_, data: string) => Buffer.from(data, 'base64').toString());
				assert.ok(!/PRIVATE KEY|PrivateKey/.test(decoded) && !secrets.some((secret) => decoded.includes(secret)));
			}
			assert.equal(record.escrowBag, undefined);
		});

		for (const [deviceError, code] of [
			['UserDeniedPairing', 'PAIRING_DENIED'],
			['PairingProhibitedOverThisConnection', 'PAIRING_PROHIBITED'],
			['MCProtected', 'PAIRING_PROHIBITED'],
		] as const) {
			it(`ends with ${code} by ${deviceError}, and keeps nothing`, async () => {
				answers({ GetValue: [publicKey(), error('MissingValue')], Pair: [error('PairingDialogResponsePending'), error(deviceError)] });
				const pairingDone = rejectsWith(pair(), code);
				await nextQuestion();
				await pairingDone;
				assert.equal(fake.pairRecords.size, 0);
			});
		}

		it('is refused over Wi-Fi without asking the device', async () => {
			device = { ...device, attachments: [{ ...device.attachments[0], transport: 'network' }] };
			await rejectsWith(pair(), 'PAIRING_PROHIBITED');
			assert.equal(fake.requests.length, 0);
		});

		it('is refused to a device without a key', async () => {
			answers({ GetValue: error('MissingValue') });
			await rejectsWith(pair(), 'PROTOCOL_VIOLATION');
		});

		it('is cancelled while the dialog is open', async () => {
			answers({ GetValue: [publicKey(), error('MissingValue')], Pair: error('PairingDialogResponsePending') });
			const stop = new AbortController();
			const pairingDone = pair(stop.signal);
			await eventually('the wait', () => clock.pending === 1);
			stop.abort();
			clock.advance(1000);
			await assert.rejects(pairingDone, AbortError);
		});
	});
});
