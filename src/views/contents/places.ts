import * as vscode from 'vscode';
import type { ContentsItem, SnapshotRef } from '../../contract/index.ts';

/** The scheme of files in snapshots: `devicelab:/<udid>/<snapshot id>/<domain>/<path>`. `package.json` activates us by it. */
export const CONTENTS_SCHEME = 'devicelab';

/** A place in a snapshot, by what is shown of it. */
export interface ShownPlace extends SnapshotRef {
	/** The domain as `domainName` shows it; absent for the snapshot itself. */
	readonly domainName?: string;
	/** On the device, without a leading slash; empty for the domain itself. */
	readonly path: string;
}

/** The place that an address means; undefined for one that is none of ours. */
export function placeOf(uri: vscode.Uri): ShownPlace | undefined {
	const [udid, snapshot, domain, ...names] = uri.path.split('/').filter((name) => name !== '');
	if (udid === undefined || snapshot === undefined) {
		return undefined;
	}
	return { udid, snapshot, ...(domain === undefined ? {} : { domainName: domain }), path: names.map(realName).join('/') };
}

/** The address of a snapshot, of a domain in it, or of a file or folder of that domain. */
export function contentsUri({ udid, snapshot }: SnapshotRef, item?: Pick<ContentsItem, 'domain' | 'path' | 'appName'>): vscode.Uri {
	const names =
		item === undefined
			? []
			: [
					domainName(item),
					...item.path
						.split('/')
						.filter((name) => name !== '')
						.map(safeName),
				];
	return vscode.Uri.from({ scheme: CONTENTS_SCHEME, path: `/${[udid, snapshot, ...names].join('/')}` });
}

/** A domain as a folder is called: of an app by its name first, as people look for it. */
export function domainName({ domain, appName }: Pick<ContentsItem, 'domain' | 'appName'>): string {
	const name = appName?.trim() ?? '';
	// A slash would make folders of it.
	return safeName(name === '' ? domain : `${name.replaceAll('/', '∕').slice(0, MAX_APP_NAME)} (${domain})`);
}

const MAX_APP_NAME = 100;

/** Controls, marks that reorder text, backslashes, slashes, and what would be read as a code of ours. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\\/]|%(?=[0-9A-Fa-f]{2})/gu;

/** A name on the device as an address can have it: what would lead elsewhere or cannot be seen is written as `%XX`. `realName` reads it. */
export function safeName(name: string): string {
	return /^\.{1,2}$/.test(name) ? name.replaceAll('.', '%2E') : name.replace(UNSAFE, encodeURIComponent);
}

/** The name on the device that `safeName` wrote so. */
export function realName(shown: string): string {
	return shown.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) => {
		try {
			return decodeURIComponent(codes);
		} catch {
			// Typed by a person: no name of ours is written so, and the file is then not found.
			return codes;
		}
	});
}
