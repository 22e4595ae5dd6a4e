import assert from 'node:assert/strict';
import { silentLogger } from '../../../../src/base/index.ts';
import { MuxClient } from '../../../../src/device/usbmux/client.ts';
import {
	connectToDevice,
	DeviceWatcher,
	listAttachedDevices,
	mergeAttachments,
	transportOf,
	type Attachment,
	type DeviceListing,
	type WatchedDevices,
} from '../../../../src/device/usbmux/directory.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually, settled } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeMux, muxDeviceList, muxEntry, muxPacket, muxResult, type MuxRequest } from '../../../support/fakeMux.ts';

/** A muxer with devices that can be attached and detached. */
class LiveMux {
	readonly mux: FakeMux;
	readonly #entries = new Map<number, string>();
	readonly #listeners = new Set<MuxRequest>();
	/** Does something between the answer to `Listen` and that to the list. */
	beforeList: (() => void) | undefined;

	private constructor(mux: FakeMux) {
		this.mux = mux;
		mux.handle = (request) => {
			if (request.body['MessageType'] === 'Listen') {
				request.reply(muxResult(0));
				this.#listeners.add(request);
				this.#entries.forEach((entry) => request.socket.write(muxPacket(0, entry)));
			} else if (request.body['MessageType'] === 'ListDevices') {
				this.beforeList?.();
				request.reply(muxDeviceList(...this.#entries.values()));
			} else {
				request.reply(muxResult(0));
			}
		};
	}

	static async start(port = 0): Promise<LiveMux> {
		return new LiveMux(await FakeMux.start(port));
	}

	attach(muxDeviceId: number, udid: string, type: 'USB' | 'Network' = 'USB'): void {
		this.#entries.set(muxDeviceId, muxEntry(muxDeviceId, udid, type));
		this.tell(muxEntry(muxDeviceId, udid, type));
	}

	detach(muxDeviceId: number): void {
		this.#entries.delete(muxDeviceId);
		this.tell(`<key>MessageType</key><string>Detached</string><key>DeviceID</key><integer>${muxDeviceId}</integer>`);
	}

	tell(event: string): void {
		this.#listeners.forEach(({ socket }) => socket.write(muxPacket(0, event)));
	}
}

const paired = (muxDeviceId: number): string =>
	`<key>MessageType</key><string>Paired</string><key>DeviceID</key><integer>${muxDeviceId}</integer>`;

/** `UDID:id,id` for each device, the best attachment first. */
const shown = ({ devices }: DeviceListing): string[] =>
	devices.map(({ udid, attachments }) => `${udid}:${attachments.map(({ muxDeviceId }) => muxDeviceId).join(',')}`);

describe('Attached devices', () => {
	const mux = new MuxClient({ kind: 'unix', path: '/x' });
	const entry = (muxDeviceId: number, udid: string, transport: 'usb' | 'network' = 'usb'): Attachment => ({
		muxDeviceId,
		udid,
		transport,
		mux,
	});

	it('are merged by UDID, the cable before Wi-Fi, in the order of first sight', () => {
		const devices = mergeAttachments([entry(1, 'B', 'network'), entry(2, 'A'), entry(3, 'B'), entry(4, 'B', 'network'), entry(5, 'B')]);
		assert.deepEqual(shown({ devices, unreachable: [] }), ['B:3,5,1,4', 'A:2']);
		assert.deepEqual(devices.map(transportOf), ['usb', 'usb']);
		assert.deepEqual(mergeAttachments([]), []);
	});

	it('are listed over all muxers, beside those that do not answer', async () => {
		const live = await LiveMux.start();
		const gone = await FakeMux.start();
		const goneAddress = gone.address;
		await gone.stop();
		try {
			live.attach(1, '00008030001A2B3C4D5E6F70');
			live.attach(2, '00008030-001A2B3C4D5E6F70', 'Network');
			const listing = await listAttachedDevices([new MuxClient(goneAddress), new MuxClient(live.mux.address)]);
			assert.deepEqual(shown(listing), ['00008030-001A2B3C4D5E6F70:1,2']);
			assert.deepEqual(
				listing.unreachable.map(({ code }) => code),
				['MUX_UNAVAILABLE'],
			);
			await assert.rejects(listAttachedDevices([new MuxClient(live.mux.address)], { signal: AbortSignal.abort() }), { name: 'AbortError' });
		} finally {
			await live.mux.stop();
		}
	});

	it('are connected to over their best attachment', async () => {
		const live = await LiveMux.start();
		try {
			live.attach(1, 'A', 'Network');
			live.attach(2, 'A');
			const [device] = (await listAttachedDevices([new MuxClient(live.mux.address)])).devices;
			assert.ok(device);
			(await connectToDevice(device, 62078)).close();
			assert.equal(live.mux.requests.at(-1)?.body['DeviceID'], 2);
			live.mux.handle = (request) => request.reply(muxResult(2));
			await rejectsWith(connectToDevice(device, 62078), 'DEVICE_NOT_FOUND');
		} finally {
			await live.mux.stop();
		}
	});
});

describe('DeviceWatcher', () => {
	let live: LiveMux[];
	let watcher: DeviceWatcher | undefined;
	let clock: FakeClock;
	let seen: WatchedDevices[];

	beforeEach(async () => {
		live = [await LiveMux.start()];
		clock = new FakeClock();
		seen = [];
	});

	afterEach(async () => {
		watcher?.dispose();
		await Promise.all(live.map(({ mux }) => mux.stop()));
	});

	const first = (): LiveMux => live[0] as LiveMux;

	function watch(...muxes: LiveMux[]): void {
		watcher = new DeviceWatcher(
			muxes.map(({ mux }) => new MuxClient(mux.address)),
			clock,
			silentLogger,
		);
		watcher.onDidChange((devices) => seen.push(devices));
	}

	const last = (): string[] => shown(seen.at(-1) ?? { devices: [], unreachable: [] });

	it('says at first what there is, also when there is nothing', async () => {
		watch(first());
		await eventually('the first state', () => seen.length === 1);
		assert.deepEqual([last(), seen[0]?.unreachable, seen[0]?.paired], [[], [], []]);
	});

	it('follows attach, detach and pairing, each told once', async () => {
		first().attach(1, 'A');
		watch(first());
		await eventually('the first state', () => seen.length === 1);
		assert.deepEqual(last(), ['A:1']);
		first().attach(2, '00008030001A2B3C4D5E6F70');
		await eventually('the attachment', () => seen.length === 2);
		assert.deepEqual(last(), ['A:1', '00008030-001A2B3C4D5E6F70:2']);
		first().tell(paired(2));
		await eventually('the pairing', () => seen.length === 3);
		assert.deepEqual(seen[2]?.paired, ['00008030-001A2B3C4D5E6F70']);
		first().tell(paired(77));
		first().detach(77);
		first().tell(muxEntry(1, 'A'));
		first().detach(1);
		await eventually('the detachment', () => seen.length === 4);
		assert.deepEqual(last(), ['00008030-001A2B3C4D5E6F70:2']);
	});

	it('misses nothing that happens between listening and listing', async () => {
		first().attach(1, 'A');
		first().beforeList = () => {
			first().beforeList = undefined;
			first().detach(1);
			first().attach(2, 'B');
		};
		watch(first());
		await eventually('the last state', () => seen.length > 0 && last().join() === 'B:2');
		await settled();
		assert.deepEqual(last(), ['B:2']);
	});

	it('merges several muxers by UDID, the cable first', async () => {
		live.push(await LiveMux.start());
		first().attach(5, 'A', 'Network');
		live[1]?.attach(5, 'A');
		watch(...live);
		await eventually('the first state', () => seen.length > 0);
		const [device] = seen[0]?.devices ?? [];
		assert.deepEqual(
			device?.attachments.map(({ transport, mux }) => [transport, mux.address]),
			[
				['usb', live[1]?.mux.address],
				['network', first().mux.address],
			],
		);
		live[1]?.detach(5);
		await eventually('the detachment', () => seen.length === 2);
		assert.deepEqual(transportOf(seen[1]?.devices[0] as never), 'network');
	});

	it('survives the restart of a muxer, waiting longer each time', async () => {
		first().attach(1, 'A');
		watch(first());
		await eventually('the first state', () => seen.length === 1);
		const port = first().mux.port;
		await first().mux.stop();
		await eventually('the loss', () => seen.length === 2);
		assert.deepEqual([last(), seen[1]?.unreachable.length], [[], 1]);
		const waits: (number | undefined)[] = [];
		for (let attempt = 0; attempt < 7; attempt++) {
			await eventually('the wait', () => clock.pending === 1);
			waits.push(clock.waits[0]);
			clock.advance(clock.waits[0] ?? 0);
			await eventually('the next attempt', () => clock.pending === 1);
		}
		assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
		assert.ok(seen.length <= 3, 'a muxer that stays away is told of once, and once more where the reason changed');
		const before = seen.length;
		live = [await LiveMux.start(port)];
		first().attach(8, 'A');
		clock.advance(5000);
		await eventually('the return', () => seen.length > before);
		assert.deepEqual([last(), seen.at(-1)?.unreachable], [['A:8'], []]);
	});

	it('says what there is although another muxer is away', async () => {
		const away = await LiveMux.start();
		await away.mux.stop().catch(() => {});
		first().attach(1, 'A');
		const awayClient = new MuxClient({ kind: 'unix', path: '/nowhere/usbmuxd' });
		watcher = new DeviceWatcher([awayClient, new MuxClient(first().mux.address)], clock, silentLogger);
		watcher.onDidChange((devices) => seen.push(devices));
		await eventually('the first state', () => seen.length > 0);
		assert.deepEqual([last(), seen.at(-1)?.unreachable.map(({ code }) => code)], [['A:1'], ['MUX_UNAVAILABLE']]);
	});

	it('starts again when listening works and listing does not', async () => {
		let lists = 0;
		const { handle } = first().mux;
		first().mux.handle = (request) => {
			if (request.body['MessageType'] === 'ListDevices' && lists++ === 0) {
				request.reply(muxResult(1));
			} else {
				handle(request);
			}
		};
		watch(first());
		await eventually('the failure', () => seen.length === 1);
		assert.deepEqual(
			seen[0]?.unreachable.map(({ code }) => code),
			['PROTOCOL_VIOLATION'],
		);
		await eventually('the wait', () => clock.pending === 1);
		clock.advance(250);
		await eventually('the second try', () => seen.length === 2);
		assert.deepEqual(seen[1]?.unreachable, []);
	});

	it('is silent and lets go of everything after it was disposed of', async () => {
		watch(first());
		await eventually('the first state', () => seen.length === 1);
		watcher?.dispose();
		first().attach(1, 'A');
		await eventually('the end of the connections', () => first().mux.connections === 0);
		assert.deepEqual([seen.length, clock.pending], [1, 0]);
	});

	it('ends a wait when it is disposed of', async () => {
		const away = new MuxClient({ kind: 'unix', path: '/nowhere/usbmuxd' });
		watcher = new DeviceWatcher([away], clock, silentLogger);
		await eventually('the wait', () => clock.pending === 1);
		watcher.dispose();
		assert.equal(clock.pending, 0);
	});
});
