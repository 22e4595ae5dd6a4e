import { buildApps } from './layoutApps.ts';
import { buildHome } from './layoutHome.ts';
import { buildMedia } from './layoutMedia.ts';
import { buildOddNames } from './layoutOdd.ts';
import { buildSystem } from './layoutSystem.ts';
import type { TreeBuilder } from './builder.ts';
import type { DeviceProfile } from './profiles.ts';

/** What the tree needs to know of an installed app. */
export interface AppIdentity {
	readonly bundleId: string;
	readonly name: string;
	readonly version: string;
}

/** Fills the tree of a new device. What is fixed comes first; what remains of the profile's budget is spread over media and apps. */
export function buildDevice(builder: TreeBuilder, profile: DeviceProfile, apps: readonly AppIdentity[]): void {
	if (profile.kind === 'equal') {
		buildEqual(builder, profile.files, profile.fileBytes);
		return;
	}
	buildSystem(builder);
	buildHome(builder, profile.files);
	buildOddNames(builder, apps[0]?.bundleId ?? 'com.example.notebook');
	const files = Math.max(0, profile.files - builder.files);
	const bytes = Math.max(0, profile.bytes - builder.bytes);
	const mediaFiles = Math.floor(files * 0.3);
	const mediaBytes = Math.floor(bytes * 0.6);
	buildMedia(builder, mediaFiles, mediaBytes);
	buildApps(builder, apps, files - mediaFiles, bytes - mediaBytes);
}

/** As few other things as a backup needs, so that measurements see the equal files alone. */
function buildEqual(builder: TreeBuilder, files: number, fileBytes: number): void {
	builder.folder('HomeDomain', '');
	const domain = 'AppDomain-com.example.equal';
	for (let index = 0; index < files; index++) {
		const folder = String(Math.floor(index / 200)).padStart(4, '0');
		const style = index % 3 === 0 ? 'text' : 'binary';
		builder.generated(domain, `Documents/${folder}/${String(index).padStart(7, '0')}.dat`, style, fileBytes);
	}
}
