import type { AppInfo } from '../../contract/index.ts';
import {
	INSTALLATION_PROXY_SERVICE,
	InstallationProxyClient,
	PlistChannel,
	type InstalledApp,
	type PairedDevice,
} from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { present } from '../known.ts';

/** An app with what is needed to work on it. */
export interface FoundApp {
	readonly info: AppInfo;
	/** The name of its process; undefined where the device does not say. */
	readonly executable: string | undefined;
}

const ATTRIBUTES = [
	'bundleId',
	'displayName',
	'bundleName',
	'shortVersion',
	'buildVersion',
	'applicationType',
	'fileSharingEnabled',
	'signerIdentity',
	'debuggable',
	'executable',
	'groupContainers',
] as const;

/** Who signs what is not a developer's own build: the App Store and TestFlight. */
const STORE_SIGNERS = /^(Apple iPhone OS Application Signing|TestFlight Beta Distribution)/;
const DEVELOPMENT_SIGNERS = /^(Apple Development|iPhone Developer)\b/;

export interface ListAppsOptions {
	/** Also have the device add up what each app takes, which can last a minute. */
	readonly sizes?: boolean;
	/** Also the apps of the system. */
	readonly system?: boolean;
	readonly signal?: AbortSignal | undefined;
}

/** The apps of a device, by name. */
export async function listApps(paired: PairedDevice, options: ListAppsOptions = {}): Promise<readonly FoundApp[]> {
	const { signal, sizes = false, system = false } = options;
	return withInstallationProxy(paired, signal, async (proxy) => {
		const found: FoundApp[] = [];
		const attributes = [...ATTRIBUTES, ...(sizes ? (['staticBytes', 'dynamicBytes'] as const) : [])];
		for await (const batch of proxy.browse({ applicationType: system ? 'Any' : 'User', attributes }, { signal })) {
			found.push(...batch.map(describeApp));
		}
		return found.sort((a, b) => labelOf(a).localeCompare(labelOf(b), 'en') || (a.info.bundleId < b.info.bundleId ? -1 : 1));
	});
}

/**
 * The app that a person means: by bundle id, its last part, or its name.
 * @throws EngineError `APP_NOT_FOUND` - none, or several; details.candidates.
 */
export async function findApp(paired: PairedDevice, selector: string, signal: AbortSignal | undefined): Promise<FoundApp> {
	// Asking for one is quicker than asking for all, and nearly always it is the bundle id that is given.
	const direct = await withInstallationProxy(paired, signal, (proxy) =>
		proxy.lookup({ bundleIds: [selector], attributes: ATTRIBUTES }, { signal }),
	);
	const exact = direct.find((app) => app.bundleId === selector);
	if (exact !== undefined) {
		return describeApp(exact);
	}
	const apps = await listApps(paired, { signal });
	const found = appsMeant(selector, apps, ({ info }) => info);
	if (found.length > 1) {
		throw notFound(`"${selector}" may be ${found.length} of the installed apps.`, selector, found);
	}
	if (found[0] !== undefined) {
		return found[0];
	}
	const folded = selector.toLowerCase();
	const likely = apps.filter(({ info }) => info.bundleId.toLowerCase().includes(folded) || info.name?.toLowerCase().includes(folded));
	throw notFound(`No app "${selector}" is installed.`, selector, likely);
}

/** The apps that a person may mean: by bundle id, by name, or by the last part of the bundle id, in this order. */
export function appsMeant<T>(selector: string, apps: readonly T[], infoOf: (app: T) => Pick<AppInfo, 'bundleId' | 'name'>): readonly T[] {
	const folded = selector.toLowerCase();
	const tests: ((app: Pick<AppInfo, 'bundleId' | 'name'>) => boolean)[] = [
		({ bundleId }) => bundleId.toLowerCase() === folded,
		({ name }) => name?.toLowerCase() === folded,
		({ bundleId }) => bundleId.toLowerCase().endsWith(`.${folded}`),
	];
	return tests.map((test) => apps.filter((app) => test(infoOf(app)))).find((found) => found.length > 0) ?? [];
}

/** Opens the service for some questions, and closes it. */
export async function withInstallationProxy<T>(
	paired: PairedDevice,
	signal: AbortSignal | undefined,
	use: (proxy: InstallationProxyClient) => Promise<T>,
): Promise<T> {
	const proxy = new InstallationProxyClient(new PlistChannel(await paired.openService(INSTALLATION_PROXY_SERVICE, { signal })));
	try {
		return await use(proxy);
	} finally {
		proxy.close();
	}
}

export function describeApp(app: InstalledApp): FoundApp {
	const { signerIdentity = '' } = app;
	const signing =
		app.debuggable === true || (app.debuggable === undefined && DEVELOPMENT_SIGNERS.test(signerIdentity))
			? 'development'
			: app.debuggable === false || STORE_SIGNERS.test(signerIdentity)
				? 'store'
				: 'unknown';
	return {
		executable: app.executable,
		info: {
			bundleId: app.bundleId,
			...present('name', app.displayName ?? app.bundleName),
			...present('version', app.shortVersion),
			...present('build', app.buildVersion),
			kind: app.applicationType === 'System' ? 'system' : 'user',
			signing,
			fileSharing: app.fileSharingEnabled === true,
			...present('appBytes', app.staticBytes),
			...present('dataBytes', app.dynamicBytes),
			hasGroups: Object.keys(app.groupContainers ?? {}).length > 0,
		},
	};
}

function labelOf({ info }: FoundApp): string {
	return info.name ?? info.bundleId;
}

function notFound(message: string, selector: string, found: readonly FoundApp[]): EngineError {
	const candidates = found.slice(0, 10).map(({ info }) => ({ bundleId: info.bundleId, ...present('name', info.name) }));
	return new EngineError('APP_NOT_FOUND', message, { details: { app: selector, candidates } });
}
