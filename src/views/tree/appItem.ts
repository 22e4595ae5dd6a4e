import * as vscode from 'vscode';
import type { AppInfo, SnapshotInfo } from '../../contract/index.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { inline, plainText } from '../text.ts';
import { appSize, type AppsFact } from './deviceApps.ts';
import { joined, sentences, type RowItem } from './item.ts';
import { snapshotCount } from './otherItems.ts';

/** Everything that the row of an app shows. */
export interface AppView {
	readonly bundleId: string;
	/** Absent when it is not installed: then only snapshots of it are here. */
	readonly app?: AppInfo;
	/** Of its data alone, newest first. */
	readonly snapshots: readonly SnapshotInfo[];
	/** Its device is at work, for this editor or another program. */
	readonly isBusy: boolean;
}

/** The folder of a device's apps. */
export function appsItem({ apps, state }: AppsFact): RowItem {
	const label = vscode.l10n.t('Apps');
	const sizes = (apps ?? []).flatMap((app) => appSize(app) ?? []);
	const description =
		apps === undefined
			? state === 'failed'
				? vscode.l10n.t('the device did not list them')
				: state === 'asking'
					? vscode.l10n.t('asking the device')
					: undefined
			: joined([formatNumber(apps.length), sizes.length === 0 ? undefined : formatBytes(sizes.reduce((sum, size) => sum + size, 0))]);
	return {
		label,
		...(description === undefined ? {} : { description }),
		icon: { name: state === 'failed' ? 'warning' : 'extensions' },
		words: ['apps', state],
		collapsed: 'collapsed',
		spoken: description === undefined ? vscode.l10n.t('Apps of this device.') : vscode.l10n.t('Apps of this device: {0}.', description),
	};
}

/** The row of an app: its name, version and size, and whether its data can be kept and brought back alone. */
export function appItem(view: AppView): RowItem {
	const { app, snapshots } = view;
	const size = app === undefined ? undefined : appSize(app);
	return {
		label: appTitle(view),
		description: joined([
			app === undefined ? vscode.l10n.t('not installed') : undefined,
			// A narrow view cuts the end: how large an app is, and what can be done with it, comes first.
			size === undefined ? undefined : formatBytes(size),
			app === undefined ? undefined : signingText(app),
			app === undefined ? undefined : versionText(app),
			snapshots.length === 0 ? undefined : snapshotCount(snapshots.length),
		]),
		icon: { name: iconOf(app) },
		words: [
			'app',
			app === undefined ? 'gone' : { development: 'development', store: 'distribution', unknown: 'unknownSigning' }[app.signing],
			...(snapshots.length === 0 ? [] : ['hasSnapshots']),
			view.isBusy ? 'busy' : 'idle',
		],
		...(snapshots.length === 0 ? {} : { collapsed: 'collapsed' as const }),
		spoken: spokenOf(view, size),
	};
}

/** An app as people call it: its name, or its bundle id. */
export function appTitle({ app, bundleId, snapshots }: Pick<AppView, 'app' | 'bundleId' | 'snapshots'>): string {
	const name = plainText(app?.name ?? snapshots.find((each) => each.app?.name !== undefined)?.app?.name ?? '');
	return name === '' ? plainText(bundleId) : name;
}

/** `17.2.1 (417)`. */
export function versionText({ version, build }: Pick<AppInfo, 'version' | 'build'>): string | undefined {
	if (version === undefined) {
		return build === undefined ? undefined : inline(build);
	}
	return build === undefined || build === version ? inline(version) : `${inline(version)} (${inline(build)})`;
}

function signingText({ signing }: AppInfo): string | undefined {
	switch (signing) {
		case 'development':
			return vscode.l10n.t('development');
		case 'store':
			return vscode.l10n.t('store');
		case 'unknown':
			return undefined;
	}
}

function iconOf(app: AppInfo | undefined): string {
	switch (app?.signing) {
		case 'development':
			return 'beaker';
		case undefined:
			return 'circle-slash';
		default:
			return 'package';
	}
}

function spokenOf(view: AppView, size: number | undefined): string {
	const { app, snapshots } = view;
	const name = inline(appTitle(view));
	const version = app === undefined ? undefined : versionText(app);
	return sentences([
		version === undefined ? vscode.l10n.t('App {0}.', name) : vscode.l10n.t('App {0}, version {1}.', name, version),
		size === undefined ? undefined : vscode.l10n.t('It takes {0}.', formatBytes(size)),
		app === undefined ? vscode.l10n.t('Not installed.') : undefined,
		app?.signing === 'development' ? vscode.l10n.t('Signed for development: its data can be kept and brought back alone.') : undefined,
		app?.signing === 'store' ? vscode.l10n.t('Signed for the store: only backups of the whole device hold its data.') : undefined,
		snapshots.length === 0 ? undefined : vscode.l10n.t('{0} of it.', snapshotCount(snapshots.length)),
	]);
}
