import type { ServiceChannel } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import type { DeviceMedia } from './media/media.ts';

/** What a service works with: the device, and one connection to it, after TLS. */
export interface ServiceContext {
	readonly device: VirtualDevice;
	readonly media: DeviceMedia;
	readonly channel: ServiceChannel;
}

/** Serves one connection until the host is done. May throw ChannelClosed and BadMessage; the caller closes the channel. */
export type ServeService = (context: ServiceContext) => Promise<void>;
