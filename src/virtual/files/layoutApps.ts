import type { TreeBuilder } from './builder.ts';
import type { AppIdentity } from './layout.ts';
import type { ContentStyle } from './pool.ts';
import { spread } from './sizes.ts';

/** Containers of the installed apps and of the system's own, with groups and extensions; they share `files` and `bytes` unequally. */
export function buildApps(builder: TreeBuilder, apps: readonly AppIdentity[], files: number, bytes: number): void {
	const { random } = builder;
	const identities = [...apps, ...systemApps(Math.min(1100, Math.ceil(files / 60)))];
	for (const app of identities) {
		const domain = `AppDomain-${app.bundleId}`;
		builder.plist(domain, `Library/Preferences/${app.bundleId}.plist`, {
			FirstLaunch: new Date(builder.moment() * 1000),
			Launches: random.between(1, 500),
			InstallID: random.uuid(),
		});
		builder.folder(domain, 'Documents');
		builder.folder(domain, 'tmp');
	}
	const remaining = Math.max(0, files - identities.length);
	// Some apps hold most of the files, as on a real phone.
	const popular = Array.from({ length: Math.max(1, Math.ceil(identities.length / 4)) }, () => random.pick(identities));
	spread(random, remaining, bytes, 1.3).forEach((size, index) => {
		const app = random.chance(0.7) ? random.pick(popular) : random.pick(identities);
		const place = random.next() / 2 ** 32;
		if (place < 0.1) {
			const domain = `AppDomainGroup-group.${app.bundleId}.shared`;
			builder.generated(domain, `Library/Caches/widget-${index.toString(36)}.bin`, 'binary', size, { protectionClass: 3 });
		} else if (place < 0.14) {
			builder.generated(`AppDomainPlugin-${app.bundleId}.share`, `Documents/outbox/${index.toString(36)}.dat`, 'binary', size);
		} else {
			const [folder, extension, style] = random.pick(PLACES);
			const protectionClass = random.chance(0.06) ? random.pick([1, 2, 4]) : 3;
			const path = `${folder}/${String(index % SUBFOLDERS).padStart(2, '0')}/item-${index.toString(36)}.${extension}`;
			builder.generated(`AppDomain-${app.bundleId}`, path, style, size, {
				protectionClass,
				permissions: random.chance(0.2) ? 0o600 : 0o644,
				sizeError: index % 701 === 7 && size > 8192 ? (index % 2 === 0 ? 4096 : -4096) : 0,
			});
		}
	});
}

/** Folders below each place; more would make large profiles mostly folders. */
const SUBFOLDERS = 5;

const PLACES: readonly (readonly [folder: string, extension: string, style: ContentStyle])[] = [
	['Documents', 'json', 'text'],
	['Documents/Files', 'pdf', 'binary'],
	['Documents/Images', 'jpg', 'jpeg'],
	['Library/Application Support/Store', 'sqlite', 'database'],
	['Library/Application Support/Models', 'bin', 'binary'],
	['Library/Cookies', 'binarycookies', 'binary'],
	['Library/WebKit/WebsiteData', 'db', 'database'],
];

function systemApps(count: number): AppIdentity[] {
	return Array.from({ length: count }, (_, index) => ({
		bundleId: index < SYSTEM_APPS.length ? (SYSTEM_APPS[index] ?? '') : `com.apple.example.service${index}`,
		name: `Service ${index}`,
		version: '1.0',
	}));
}

const SYSTEM_APPS = [
	'com.apple.mobilesafari',
	'com.apple.Maps',
	'com.apple.weather',
	'com.apple.mobilemail',
	'com.apple.Music',
	'com.apple.stocks',
];
