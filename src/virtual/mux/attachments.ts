import { Emitter, type Event } from '../../base/index.ts';
import type { MuxTransport } from '../../device/usbmux/messages.ts';
import type { RunningDevice } from '../lab/runningDevice.ts';
import type { AttachmentFacts } from './messages.ts';

/** One device at the muxer, by cable or by Wi-Fi. */
export interface Attachment extends AttachmentFacts {
	readonly target: RunningDevice;
}

export type AttachmentEvent =
	{ readonly kind: 'attached'; readonly attachment: Attachment } | { readonly kind: 'detached' | 'paired'; readonly muxDeviceId: number };

/** What is attached to the muxer now. Numbers start at 1 and are never used twice, as with real muxers. */
export class Attachments {
	readonly #present = new Map<number, Attachment>();
	readonly #changed = new Emitter<AttachmentEvent>();
	#nextId = 1;

	readonly onDidChange: Event<AttachmentEvent> = this.#changed.event;

	get all(): Attachment[] {
		return [...this.#present.values()];
	}

	find(muxDeviceId: number): Attachment | undefined {
		return this.#present.get(muxDeviceId);
	}

	isAttached(target: RunningDevice, transport: MuxTransport): boolean {
		return this.all.some((attachment) => attachment.target === target && attachment.transport === transport);
	}

	/** Attaches a device; does nothing when it already is by this transport. */
	attach(target: RunningDevice, transport: MuxTransport): void {
		if (this.isAttached(target, transport)) {
			return;
		}
		const { udid, wifiAddress } = target.device.identity;
		const attachment: Attachment = { muxDeviceId: this.#nextId++, udid, wifiAddress, transport, target };
		this.#present.set(attachment.muxDeviceId, attachment);
		this.#changed.fire({ kind: 'attached', attachment });
	}

	/** Detaches a device by one transport, or by all. */
	detach(target: RunningDevice, transport?: MuxTransport): void {
		for (const { muxDeviceId } of this.all.filter(
			(one) => one.target === target && (transport === undefined || one.transport === transport),
		)) {
			this.#present.delete(muxDeviceId);
			this.#changed.fire({ kind: 'detached', muxDeviceId });
		}
	}

	/** Tells listeners that a pair record for an attached device was saved. */
	announcePairing(muxDeviceId: number): void {
		if (this.#present.has(muxDeviceId)) {
			this.#changed.fire({ kind: 'paired', muxDeviceId });
		}
	}
}
