import { DIAGNOSTICS_RELAY_SERVICE } from '../../device/services/diagnosticsRelay/messages.ts';
import { HEARTBEAT_SERVICE } from '../../device/services/heartbeat/messages.ts';
import { HOUSE_ARREST_SERVICE } from '../../device/services/houseArrest/messages.ts';
import { INSTALLATION_PROXY_SERVICE } from '../../device/services/installationProxy/messages.ts';
import { NOTIFICATION_PROXY_SERVICE } from '../../device/services/notificationProxy/messages.ts';
import { OS_TRACE_RELAY_SERVICE } from '../../device/services/osTraceRelay/messages.ts';
import { SPRINGBOARD_SERVICE } from '../../device/services/springboardServices/messages.ts';
import { serveMobileBackup2 } from '../backupAgent/index.ts';
import { serveHouseArrest, serveMediaAfc } from './afcServices.ts';
import { serveInstallationProxy } from './installationProxy.ts';
import { serveNotificationProxy } from './notificationProxy.ts';
import { serveOsTraceRelay } from './osTraceRelay.ts';
import type { ServeService } from './service.ts';
import { serveDiagnosticsRelay, serveHeartbeat, serveSpringboard } from './smallServices.ts';

/** Every service that a virtual device starts, by its name in `StartService`. */
const SERVICES: ReadonlyMap<string, ServeService> = new Map<string, ServeService>([
	['com.apple.afc', serveMediaAfc],
	['com.apple.iosdiagnostics.relay', serveDiagnosticsRelay],
	['com.apple.mobile.insecure_notification_proxy', serveNotificationProxy],
	['com.apple.mobilebackup2', ({ device, channel }) => serveMobileBackup2(device, channel)],
	[DIAGNOSTICS_RELAY_SERVICE, serveDiagnosticsRelay],
	[HEARTBEAT_SERVICE, serveHeartbeat],
	[HOUSE_ARREST_SERVICE, serveHouseArrest],
	[INSTALLATION_PROXY_SERVICE, serveInstallationProxy],
	[NOTIFICATION_PROXY_SERVICE, serveNotificationProxy],
	[OS_TRACE_RELAY_SERVICE, serveOsTraceRelay],
	[SPRINGBOARD_SERVICE, serveSpringboard],
]);

export function serviceNamed(name: string): ServeService | undefined {
	return SERVICES.get(name);
}
