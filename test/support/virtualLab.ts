import assert from 'node:assert/strict';
import { MuxClient, parseMuxAddress } from '../../src/device/index.ts';
import { startLab, tellLab, type LabOptions, type RunningLab } from '../../src/virtual/index.ts';
import { eventually } from './eventually.ts';

/** A lab for the tests of the surrounding `describe`, and short ways to its devices. */
export class TestLab {
	#lab: RunningLab | undefined;
	readonly #options: Partial<LabOptions>;

	constructor(options: Partial<LabOptions>) {
		this.#options = options;
	}

	async start(): Promise<void> {
		this.#lab = await startLab({
			listen: '127.0.0.1:0',
			devices: 1,
			seed: 'tests',
			profile: 'small',
			settings: { rebootMs: 50 },
			...this.#options,
		});
	}

	async stop(): Promise<void> {
		await this.#lab?.stop();
	}

	get address(): string {
		assert.ok(this.#lab, 'the lab runs');
		return this.#lab.address;
	}

	get udid(): string {
		const udid = this.#lab?.devices[0]?.udid;
		assert.ok(udid, 'the lab has a device');
		return udid;
	}

	/** Gives an order to the first device. @returns the lines of the answer. */
	async tell(verb: string, ...args: string[]): Promise<string[]> {
		const lines: string[] = [];
		await tellLab(this.address, this.udid, verb, args, (line) => lines.push(line));
		return lines;
	}

	async fingerprint(): Promise<string> {
		const digest = (await this.tell('fingerprint')).at(-1);
		assert.match(digest ?? '', /^[0-9a-f]{64}$/);
		return digest as string;
	}

	/** The number of the present attachment, or undefined while the device is away. */
	async attachment(): Promise<number | undefined> {
		const entries = await new MuxClient(parseMuxAddress(this.address)).listDevices();
		return entries.find((entry) => entry.udid === this.udid)?.muxDeviceId;
	}

	/** Waits until the device has restarted since it had the attachment `before`. */
	async restarted(before: number | undefined): Promise<void> {
		await eventually('the device restarts', async () => {
			const now = await this.attachment();
			return now !== undefined && now !== before;
		});
	}
}

/** A lab that runs for all tests of the surrounding `describe`. */
export function useLab(options: Partial<LabOptions> = {}): TestLab {
	const lab = new TestLab(options);
	before(() => lab.start());
	after(() => lab.stop());
	return lab;
}
