import { ChannelClosed, readPlist, writePlist, type ServiceChannel } from '../channel.ts';
import { BackupError } from '../../backup/index.ts';
import { delay, errorText } from '../../base/index.ts';
import type { VirtualDevice } from '../device.ts';
import { runBackup } from './backup.ts';
import { AgentFailure, MB_ERROR, SessionEnded } from './errors.ts';
import { AgentFaults } from './faults.ts';
import { HostFiles } from './hostFiles.ts';
import { helloResponse, MESSAGE, nameOf, readHello, readRequest, response, type HostRequest } from './messages.ts';
import { changePassword } from './password.ts';
import { runRestore } from './restore.ts';

/** What to do when the answer has been sent. */
export interface RequestOutcome {
	/** Restart the device, moving a restore into place. */
	readonly reboot: boolean;
}

/** The protocol versions of this device. */
const PROTOCOL_VERSIONS = [2.1, 2.0];

/** How long a device waits for the host's farewell before it restarts. */
const FAREWELL_MS = 1500;

/** One connection to the backup service: opening, then requests until the host leaves. */
export class AgentSession {
	readonly #device: VirtualDevice;
	readonly #channel: ServiceChannel;
	readonly #host: HostFiles;
	readonly #faults: AgentFaults;

	constructor(device: VirtualDevice, channel: ServiceChannel) {
		this.#device = device;
		this.#channel = channel;
		this.#host = new HostFiles(channel);
		this.#faults = new AgentFaults(device, channel, this.#host);
	}

	/** Serves the connection until either side ends it. Never rejects because of what the host does. */
	async run(): Promise<void> {
		try {
			if (await this.#open()) {
				await this.#serveRequests();
			}
		} catch (error) {
			if (!ChannelClosed.is(error)) {
				this.#device.log.warn(`The backup session ended: ${errorText(error)}`);
			}
		} finally {
			this.#channel.close();
		}
	}

	/** @returns false when the host speaks none of our versions. */
	async #open(): Promise<boolean> {
		await writePlist(this.#channel, [MESSAGE.versionExchange, this.#device.settings.deviceLinkMajor, 0], 'binary');
		const answer = await readPlist(this.#channel);
		// The version that hosts answer is not held against what was offered: libimobiledevice always says its own.
		if (!Array.isArray(answer) || answer[0] !== MESSAGE.versionExchange || answer[1] !== MESSAGE.versionsOk) {
			throw new SessionEnded('The host does not accept the DeviceLink version.');
		}
		await writePlist(this.#channel, [MESSAGE.deviceReady], 'binary');
		const hello = await readPlist(this.#channel);
		const offered = readHello(Array.isArray(hello) && hello[0] === MESSAGE.process ? hello[1] : undefined);
		const refuses = this.#faults.take('hello-error') !== undefined;
		const version = PROTOCOL_VERSIONS.find((known) => !refuses && offered.includes(known));
		await writePlist(this.#channel, helloResponse(version), 'binary');
		return version !== undefined;
	}

	async #serveRequests(): Promise<void> {
		for (;;) {
			const message = await readPlist(this.#channel);
			if (!Array.isArray(message) || message[0] === MESSAGE.disconnect) {
				return;
			}
			const request = message[0] === MESSAGE.process ? readRequest(message[1]) : undefined;
			if (request === undefined) {
				this.#device.log.info(`The host sent ${nameOf(message)} where a request belongs.`);
				continue;
			}
			const outcome = await this.#serve(request);
			if (outcome?.reboot === true) {
				await this.#restart();
				return;
			}
		}
	}

	/** @returns undefined when the request failed; the host has been told. */
	async #serve(request: HostRequest): Promise<RequestOutcome | undefined> {
		this.#device.log.info(`Backup service: ${request.name}.`);
		this.#host.progress = 0;
		try {
			const outcome = await this.#perform(request);
			await writePlist(this.#channel, response(0), 'binary');
			return outcome;
		} catch (error) {
			if (ChannelClosed.is(error) || SessionEnded.is(error)) {
				throw error;
			}
			const failure = AgentFailure.is(error) ? error : failureFrom(error);
			this.#device.log.info(`Backup service: ${request.name} failed: ${failure.message}`);
			await writePlist(this.#channel, response(failure.errorCode, failure.message), 'binary');
			return undefined;
		}
	}

	async #perform(request: HostRequest): Promise<RequestOutcome> {
		const { target, source } = this.#foldersOf(request);
		switch (request.name) {
			case 'Backup':
				await runBackup({ device: this.#device, host: this.#host, faults: this.#faults, folder: target }, request);
				return { reboot: false };
			case 'Restore':
				return runRestore({ device: this.#device, host: this.#host, faults: this.#faults, folder: source }, request.restore);
			case 'ChangePassword':
				await this.#faults.at('starting');
				await changePassword(this.#device, request);
				return { reboot: false };
			case 'EnableCloudBackup':
				await this.#faults.at('starting');
				if (request.cloudBackup === undefined) {
					throw new AgentFailure(MB_ERROR.generic, 'CloudBackupState is missing');
				}
				this.#device.settings.cloudBackup = request.cloudBackup;
				await this.#device.save();
				return { reboot: false };
			case 'Info':
			case 'List':
			case 'Unback':
			case 'Extract':
				// Since iOS 10 devices look for a kind of manifest here that is no longer written.
				throw new AgentFailure(MB_ERROR.invalidBackup, `Error reading manifest at path "${source}/Manifest.mbdb"`);
			default:
				throw new AgentFailure(MB_ERROR.generic, `Unexpected message name "${request.name.slice(0, 100)}"`);
		}
	}

	#foldersOf(request: HostRequest): { target: string; source: string } {
		const target = request.targetIdentifier ?? this.#device.udid;
		if (target !== this.#device.udid) {
			throw new AgentFailure(MB_ERROR.generic, `Invalid target identifier: "${target.slice(0, 100)}"`);
		}
		const source = request.sourceIdentifier ?? target;
		// The name becomes the first part of every path that the host is asked for.
		if (!/^[\w.-]{1,255}$/.test(source) || source.startsWith('.')) {
			throw new AgentFailure(MB_ERROR.generic, `Invalid source identifier: "${source.slice(0, 100)}"`);
		}
		return { target, source };
	}

	/** Lets the host say goodbye, then restarts. */
	async #restart(): Promise<void> {
		if (this.#faults.take('cut-after-response') === undefined) {
			const farewell = readPlist(this.#channel).catch(() => undefined);
			await Promise.race([farewell, delay(this.#device.clock, FAREWELL_MS)]);
		}
		this.#channel.close();
		await this.#device.reboot(() => this.#device.files.completeRestore());
	}
}

/** What becomes of errors that nobody expected: a backup that cannot be read is the host's fault, anything else the device's. */
function failureFrom(error: unknown): AgentFailure {
	const code = BackupError.is(error) ? MB_ERROR.invalidBackup : MB_ERROR.generic;
	return new AgentFailure(code, errorText(error), error);
}
