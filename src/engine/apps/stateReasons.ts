import type { AppInfo } from '../../contract/index.ts';
import type { FoundApp } from './appInfo.ts';
import { gapsOf } from './container.ts';
import type { ContainerChanges } from './containerDiff.ts';

/** An app and what is other in its container than the wanted state has it. */
interface Differing {
	readonly app: FoundApp;
	readonly changes: ContainerChanges;
}

/** What is other, in numbers. */
export function changesText({ write, removeItems, makeFolders }: ContainerChanges): string {
	const parts = [
		write.length === 0 ? undefined : `${write.length} files differ`,
		removeItems === 0 ? undefined : `${removeItems} came since`,
		makeFolders.length === 0 ? undefined : `${makeFolders.length} folders are gone`,
	];
	return parts.filter((part) => part !== undefined).join(', ');
}

/** Why the data of apps has to be put back, or need not be. */
export function appReason(differing: readonly Differing[]): string {
	return differing.length === 0
		? 'no data of an app differs'
		: differing.map(({ app, changes }) => `${nameOf(app.info)}: ${changesText(changes)}`).join('; ');
}

/** What nobody looked at. */
export function unseenText(wanted: FoundApp | undefined, apps: readonly Differing[], unseen: string | undefined): string {
	if (wanted !== undefined) {
		return 'everything but the data of this app';
	}
	return (
		unseen ??
		`the data of apps that are not signed for development, settings and messages: nobody can look at them${apps.length === 0 ? '' : ' without a backup'}`
	);
}

/** What no snapshot of the app covers. */
export function gapTexts(app: AppInfo): string[] {
	const words = {
		keychain: 'keychain items',
		permissions: 'permissions',
		groups: 'data that is shared in app groups',
		attributes: 'file protection of files that are written anew',
	};
	return gapsOf(app).map((gap) => words[gap]);
}

/** The apps as people know them. */
export function namesOf(apps: readonly Differing[]): string {
	return apps.map(({ app }) => nameOf(app.info)).join(', ');
}

function nameOf({ name, bundleId }: AppInfo): string {
	return name ?? bundleId;
}
