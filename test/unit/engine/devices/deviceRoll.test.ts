import assert from 'node:assert/strict';
import { silentLogger, type IDisposable } from '../../../../src/base/index.ts';
import type { DeviceInfo, DeviceList } from '../../../../src/contract/index.ts';
import { listAttachedDevices, MuxClient, parseMuxAddress, type AttachedDevice } from '../../../../src/device/index.ts';
import { DeviceRoll } from '../../../../src/engine/devices/deviceRoll.ts';
import { readDevice, readDeviceForWork, readDeviceName } from '../../../../src/engine/devices/readDevice.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { device as info } from '../../../support/fakeLab.ts';
import { useLab } from '../../../support/virtualLab.ts';

const lab = useLab({ devices: 2 });
const muxes = (): MuxClient[] => [new MuxClient(parseMuxAddress(lab.address))];

describe('The roll of devices, one of which hangs', () => {
	let clock: FakeClock;
	let watch: IDisposable | undefined;
	/** Ends the wait for the hung device; the other one answers at once. */
	let answer: (answer: Partial<DeviceInfo>) => void;
	let asked: number;
	let signals: AbortSignal[];

	const newRoll = (name?: string): DeviceRoll =>
		new DeviceRoll({
			clock,
			log: silentLogger,
			read: ({ udid }, _log, options) => {
				if (udid !== lab.udid) {
					return Promise.resolve(info({ udid, name: 'Lab-2' }));
				}
				asked++;
				signals.push(...(options?.signal === undefined ? [] : [options.signal]));
				return new Promise(
					(resolve) => (answer = (changes) => resolve(info({ udid, name: undefined, productType: undefined, ...changes }))),
				);
			},
			identityOf: (udid) => Promise.resolve(udid === lab.udid && name !== undefined ? { name } : undefined),
		});
	const told = ({ devices }: DeviceList): unknown[] => devices.map(({ name, answer: silence }) => [name, silence]);
	const listed = async (roll: DeviceRoll, changes: Partial<DeviceInfo>): Promise<DeviceList> => {
		const before = asked;
		const list = roll.list(await listAttachedDevices(muxes()));
		await eventually('it is asked', () => asked > before);
		answer(changes);
		return list;
	};

	beforeEach(() => {
		clock = new FakeClock();
		asked = 0;
		signals = [];
	});
	afterEach(() => watch?.dispose());

	it('shows it as one that does not answer, called as in its last snapshot', async () => {
		assert.deepEqual(told(await listed(newRoll('Lab-1'), { answer: 'none' })), [
			['Lab-1', 'none'],
			['Lab-2', undefined],
		]);
		assert.deepEqual(told(await listed(newRoll(), { answer: 'none' }))[0], [undefined, 'none']);
	});

	it('remembers who it is once it has answered', async () => {
		const roll = newRoll();
		await listed(roll, { name: 'Lab-1' });
		assert.deepEqual(told(await listed(roll, { answer: 'none' }))[0], ['Lab-1', 'none']);
	});

	it('tells whoever watches of the others first, and of the hung one when it comes back', async () => {
		const lists: unknown[][] = [];
		watch = newRoll().watch(muxes(), (list) => lists.push(told(list)));
		await eventually('it is asked', () => asked === 1);
		assert.deepEqual(lists, []);
		clock.advance(1000);
		assert.deepEqual(lists.splice(0), [
			[
				[undefined, 'awaited'],
				['Lab-2', undefined],
			],
		]);
		answer({ answer: 'none' });
		await eventually('it is given up', () => lists.length === 1);
		assert.deepEqual(lists.splice(0)[0]?.[0], [undefined, 'none']);
		clock.advance(15_000);
		assert.equal(asked, 2);
		answer({ name: 'Lab-1' });
		await eventually('it is back', () => lists.length === 1);
		assert.deepEqual(lists[0]?.[0], ['Lab-1', undefined]);
		assert.deepEqual(clock.waits, []);
	});

	it('asks nothing more once nobody watches', async () => {
		watch = newRoll().watch(muxes(), () => assert.fail('nobody listens'));
		await eventually('it is asked', () => asked === 1);
		watch.dispose();
		assert.deepEqual([clock.pending, signals[0]?.aborted], [0, true]);
	});
});

describe('Reading a device that hangs', () => {
	const attached = async (): Promise<AttachedDevice> => {
		const found = (await listAttachedDevices(muxes())).devices.find(({ udid }) => udid === lab.udid);
		assert.ok(found);
		return found;
	};

	before(() => lab.tell('fault', 'silence'));
	after(() => lab.tell('fault', 'clear'));

	it('ends by one deadline and says that it does not answer', async () => {
		const { answer, trust, name } = await readDevice(await attached(), silentLogger, { timeoutMs: 100 });
		assert.deepEqual([answer, trust, name], ['none', 'paired', undefined]);
		assert.equal(await readDeviceName(await attached(), { timeoutMs: 100 }), undefined);
	});

	it('fails before work with it begins', async () => {
		await rejectsWith(readDeviceForWork(await attached(), silentLogger, { timeoutMs: 100 }), 'TIMED_OUT');
	});

	it('is no answer when it was cancelled', async () => {
		await assert.rejects(readDevice(await attached(), silentLogger, { signal: AbortSignal.abort() }), { name: 'AbortError' });
	});
});
