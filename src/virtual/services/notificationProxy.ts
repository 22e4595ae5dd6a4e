import {
	encodeNotificationEvent,
	readNotificationRequest,
	type NotificationProxyEvent,
} from '../../device/services/notificationProxy/messages.ts';
import { readPlist, writePlist } from '../channel.ts';
import type { ServiceContext } from './service.ts';

/** No host observes so many names. */
const MAX_OBSERVED = 1000;

/** Relays what is observed, posts what the host posts; `Shutdown` is answered and ends the connection. */
export async function serveNotificationProxy({ device, channel }: ServiceContext): Promise<void> {
	const observed = new Set<string>();
	const send = (event: NotificationProxyEvent): Promise<void> => writePlist(channel, encodeNotificationEvent(event));
	const subscription = device.notifications.on((name) => {
		if (observed.has(name)) {
			send({ kind: 'relay', name }).catch(() => {
				// The host is gone; the read below ends the connection.
			});
		}
	});
	try {
		for (;;) {
			const request = readNotificationRequest(await readPlist(channel));
			if (request?.command === 'shutdown') {
				await send({ kind: 'proxyDeath' });
				return;
			}
			if (request?.command === 'post') {
				device.notifications.post(request.name);
			} else if (request?.command === 'observe' && observed.size < MAX_OBSERVED) {
				observed.add(request.name);
			}
		}
	} finally {
		subscription.dispose();
	}
}
