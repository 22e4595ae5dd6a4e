import { getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#notification-proxy. */
export const NOTIFICATION_PROXY_SERVICE = 'com.apple.mobile.notification_proxy';

/** Names that a host posts, or observes, around a backup or a restore. Source: docs/protocol.md#backup-around-the-protocol. */
export const NOTIFICATION = {
	SYNC_WILL_START: 'com.apple.itunes-mobdev.syncWillStart',
	SYNC_LOCK_REQUEST: 'com.apple.itunes-mobdev.syncLockRequest',
	SYNC_DID_START: 'com.apple.itunes-mobdev.syncDidStart',
	SYNC_DID_FINISH: 'com.apple.itunes-mobdev.syncDidFinish',
	/** The user cancelled on the device. */
	SYNC_CANCEL_REQUEST: 'com.apple.itunes-client.syncCancelRequest',
	SYNC_SUSPEND_REQUEST: 'com.apple.itunes-client.syncSuspendRequest',
	SYNC_RESUME_REQUEST: 'com.apple.itunes-client.syncResumeRequest',
	/** Backup encryption was switched on or off, or got another password. */
	BACKUP_DOMAIN_CHANGED: 'com.apple.mobile.backup.domain_changed',
	/** The device asks for its passcode, and the question went away. */
	PASSCODE_PROMPT_PRESENTED: 'com.apple.LocalAuthentication.ui.presented',
	PASSCODE_PROMPT_DISMISSED: 'com.apple.LocalAuthentication.ui.dismissed',
} as const;

/** What the host sends. None of these has an answer, except that `shutdown` brings about the event `proxyDeath`. */
export type NotificationProxyRequest = { readonly command: 'observe' | 'post'; readonly name: string } | { readonly command: 'shutdown' };

/** What the device sends, whenever it likes. */
export type NotificationProxyEvent = { readonly kind: 'relay'; readonly name: string } | { readonly kind: 'proxyDeath' };

export function encodeNotificationRequest(request: NotificationProxyRequest): PlistDict {
	switch (request.command) {
		case 'observe':
			return { Command: 'ObserveNotification', Name: request.name };
		case 'post':
			return { Command: 'PostNotification', Name: request.name };
		case 'shutdown':
			return { Command: 'Shutdown' };
	}
}

/** The device's half; undefined for a command that does not exist. */
export function readNotificationRequest(message: unknown): NotificationProxyRequest | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const name = getString(message, 'Name');
	switch (getString(message, 'Command')) {
		case 'ObserveNotification':
			return name === undefined ? undefined : { command: 'observe', name };
		case 'PostNotification':
			return name === undefined ? undefined : { command: 'post', name };
		case 'Shutdown':
			return { command: 'shutdown' };
		default:
			return undefined;
	}
}

export function encodeNotificationEvent(event: NotificationProxyEvent): PlistDict {
	return event.kind === 'relay' ? { Command: 'RelayNotification', Name: event.name } : { Command: 'ProxyDeath' };
}

/** Undefined for messages of another kind, which later systems may add; the host passes over them. */
export function readNotificationEvent(message: unknown): NotificationProxyEvent | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const name = getString(message, 'Name');
	switch (getString(message, 'Command')) {
		case 'RelayNotification':
			return name === undefined ? undefined : { kind: 'relay', name };
		case 'ProxyDeath':
			return { kind: 'proxyDeath' };
		default:
			return undefined;
	}
}
