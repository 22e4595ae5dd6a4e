import { delay } from '../../base/index.ts';
import { BLOCK_DATA, BLOCK_HEADER_BYTES } from '../../device/devicelink/frame.ts';
import type { PlistValue } from '../../plist/index.ts';
import { writePlist, type ServiceChannel } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import { AgentFailure, SessionEnded } from './errors.ts';
import { AGENT_PHASES, type AgentPhase } from './faultTable.ts';
import { playHostilePaths } from './hostilePaths.ts';
import type { HostFiles } from './hostFiles.ts';
import { MESSAGE, NO_VALUE, readByteCount } from './messages.ts';

/** Plays the faults that are armed on the device, at the moments that the agent names. */
export class AgentFaults {
	readonly #device: VirtualDevice;
	readonly #channel: ServiceChannel;
	readonly #host: HostFiles;
	#uploadedBytes = 0;

	constructor(device: VirtualDevice, channel: ServiceChannel, host: HostFiles) {
		this.#device = device;
		this.#channel = channel;
		this.#host = host;
		host.beforeWrite = (sizeBytes) => this.#beforeUpload(sizeBytes);
	}

	/** Arguments of a fault that the caller plays itself; undefined when it is not armed. */
	take(name: string): readonly string[] | undefined {
		return this.#device.faults.take(name);
	}

	/**
	 * Plays what is due now.
	 * @throws AgentFailure when the device is to answer with an error; SessionEnded when it goes away.
	 */
	async at(phase: AgentPhase): Promise<void> {
		const pause = this.#due('pause', phase);
		if (pause !== undefined) {
			await delay(this.#device.clock, Number(pause[0] ?? 1000));
		}
		if (this.#due('ping', phase) !== undefined) {
			await this.#host.send([MESSAGE.ping, NO_VALUE]);
		}
		if (this.#due('unknown-command', phase) !== undefined) {
			await this.#host.send(['DLMessageMakeCoffee', { Sugar: true }, 1]);
			await this.#resynchronize();
		}
		if (this.#due('empty-download', phase) !== undefined) {
			await this.#host.download([], () => ({ write() {}, end() {} }));
		}
		await this.#odd(phase);
		const hostile = this.#due('hostile-path', phase);
		if (hostile !== undefined) {
			await playHostilePaths(this.#device, this.#host, hostile[0] ?? 'all', hostile[1] ?? 'all');
		}
		const answer = this.#due('respond', phase);
		if (answer !== undefined) {
			throw failureOf(answer);
		}
		if (this.#due('disconnect', phase) !== undefined) {
			await this.#host.send([MESSAGE.disconnect, 'The user ended the backup.']);
			throw new SessionEnded('The device disconnected, as it was told to.');
		}
		if (this.#due('cut', phase) !== undefined) {
			this.#channel.close();
			throw new SessionEnded('The connection was cut, as it was told to be.');
		}
	}

	/** A fault names its phase among its arguments, or strikes in the middle: `uploading`, `restoring`, or wherever it was told to. */
	#due(name: string, phase: AgentPhase): readonly string[] | undefined {
		const args = this.#device.faults.peek(name);
		if (args === undefined) {
			return undefined;
		}
		const named = args.find((arg): arg is AgentPhase => AGENT_PHASES.some((known) => known === arg));
		if (named === undefined ? phase !== 'uploading' && phase !== 'restoring' : named !== phase) {
			return undefined;
		}
		this.#device.faults.take(name);
		return args.filter((arg) => arg !== named);
	}

	async #odd(phase: AgentPhase): Promise<void> {
		const odd = this.#due('odd-message', phase);
		if (odd !== undefined) {
			const kind = odd[0] ?? 'not-array';
			if (kind === 'no-plist') {
				await this.#host.sendRaw(new Uint8Array([0, 0, 0, 8]), new TextEncoder().encode('nonsense'));
			} else if (kind === 'not-array') {
				await writePlist(this.#channel, { Message: MESSAGE.upload }, 'binary');
			} else {
				await this.#host.send(ODD_MESSAGES[kind] ?? []);
			}
			await this.#resynchronize();
		}
		const oversized = this.#due('oversized', phase);
		if (oversized === undefined) {
			return;
		}
		if (oversized[0] === 'path' || oversized[0] === 'block') {
			await this.#host.send([MESSAGE.upload, {}, 0, 0]);
			const paths = Buffer.from(`\0\0\0\x02/a\0\0\0\x02/b`, 'latin1');
			const block = Buffer.alloc(BLOCK_HEADER_BYTES);
			block.writeUInt32BE(0x8000_0000);
			block[4] = BLOCK_DATA;
			await this.#host.sendRaw(oversized[0] === 'path' ? Buffer.from([0x40, 0, 0, 0]) : Buffer.concat([paths, block]));
		} else {
			await this.#host.sendRaw(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
		}
		// The host cannot find its place again, so there is nothing left to say; it is expected to close.
		for (;;) {
			await this.#channel.read(1);
		}
	}

	/** Some hosts answer a message that they do not know, others do not: an answer that only one question has tells where the host stands. */
	async #resynchronize(): Promise<void> {
		await this.#host.send([MESSAGE.freeSpace]);
		while (readByteCount((await this.#host.status()).value) === 0) {
			this.#device.log.info('The host answered a message that it cannot know.');
		}
	}

	#beforeUpload(sizeBytes: number): Promise<void> {
		const limit = this.#device.faults.peek('cut-upload');
		this.#uploadedBytes += sizeBytes;
		if (limit !== undefined && this.#uploadedBytes >= Number(limit[0] ?? 0)) {
			this.#device.faults.take('cut-upload');
			this.#channel.close();
			return Promise.reject(new SessionEnded('The connection was cut, as it was told to be.'));
		}
		return Promise.resolve();
	}
}

const ODD_MESSAGES: Readonly<Record<string, PlistValue[]>> = {
	'empty-array': [],
	number: [42, 'DLMessageUploadFiles'],
	'missing-elements': [MESSAGE.move],
	'wrong-types': [MESSAGE.remove, 'no array', 'no dictionary', 'no number'],
};

/** What devices were seen to say with these codes. */
const TEXTS: Readonly<Record<number, string>> = {
	1: 'Multi status',
	3: 'Failed to create snapshot: File exists',
	22: 'Invalid argument',
	100: 'Input/output error',
	102: 'Error moving the restored files into place',
	103: 'Error reading status',
	104: 'Multiple errors uploading files',
	105: 'Insufficient free disk space on drive to back up',
	205: 'Manifest references files not in backup',
	207: 'Invalid password',
	208: 'Device locked',
	211: 'Find My must be disabled before restoring',
	212: 'Unable to backup until Setup is finished',
};

function failureOf(args: readonly string[]): AgentFailure {
	const code = Number(args[0] ?? 1);
	const text = args.slice(1).join(' ');
	return new AgentFailure(Number.isInteger(code) ? code : 1, text === '' ? (TEXTS[code] ?? 'Unknown error') : text);
}
