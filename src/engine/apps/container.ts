import type { AppGap, AppInfo } from '../../contract/index.ts';
import { DeviceError, HOUSE_ARREST_SERVICE, vendContainer, type AfcClient, type PairedDevice } from '../../device/index.ts';
import { EngineError } from '../errors.ts';

/**
 * Opens the whole container of an app, and closes it when `use` has ended.
 * @throws EngineError `APP_NOT_DEBUGGABLE` - the app is not signed for development: iOS shows its container to nobody. `APP_NOT_FOUND`.
 */
export async function withContainer<T>(
	paired: PairedDevice,
	app: AppInfo,
	signal: AbortSignal | undefined,
	use: (afc: AfcClient) => Promise<T>,
): Promise<T> {
	refuseStoreApp(app);
	let afc: AfcClient;
	try {
		const connection = await paired.openService(HOUSE_ARREST_SERVICE, { signal });
		afc = await vendContainer(connection, { target: 'container', bundleId: app.bundleId }, { signal });
	} catch (error) {
		throw translateRefusal(error, app);
	}
	try {
		return await use(afc);
	} finally {
		afc.close();
	}
}

/** @throws EngineError `APP_NOT_DEBUGGABLE`. What is not known is left to the device to refuse. */
export function refuseStoreApp(app: AppInfo): void {
	if (app.signing === 'store') {
		throw notDebuggable(app);
	}
}

/** What no snapshot of this app covers. */
export function gapsOf(app: AppInfo): readonly AppGap[] {
	return ['keychain', 'permissions', ...(app.hasGroups ? (['groups'] as const) : []), 'attributes'];
}

function translateRefusal(error: unknown, app: AppInfo): unknown {
	const said = DeviceError.is(error, 'DEVICE_REFUSED') ? error.details['deviceError'] : undefined;
	if (said === 'InstallationLookupFailed') {
		return notDebuggable(app, error);
	}
	return said === 'ApplicationLookupFailed'
		? new EngineError('APP_NOT_FOUND', `No app "${app.bundleId}" is installed.`, { details: { app: app.bundleId }, cause: error })
		: error;
}

function notDebuggable(app: AppInfo, cause?: unknown): EngineError {
	const name = app.name ?? app.bundleId;
	return new EngineError('APP_NOT_DEBUGGABLE', `${name} is not signed for development, and iOS gives out the data of no other app.`, {
		details: { bundleId: app.bundleId, signing: app.signing, fileSharing: app.fileSharing },
		cause,
	});
}
