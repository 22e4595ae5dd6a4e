// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- rooms that reach this file by imports alone need the types too
/// <reference path="./yauzl.d.ts" />
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { errorText, MiB } from '../../base/index.ts';
import { EngineError } from '../errors.ts';

/** A package that can be installed: an .ipa archive, or an .app folder. */
export interface AppPackage {
	readonly kind: 'archive' | 'folder';
	/** The archive itself, or the folder. */
	readonly path: string;
	/** `Probe.app`, for people. */
	readonly bundleName: string;
	/** What it takes when it is unpacked. */
	readonly contentBytes: number;
	/** What has to be uploaded. Paths are relative to the folder; an archive is one file without a path. */
	readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
	readonly folders: readonly string[];
	readonly links: readonly { readonly path: string; readonly target: string }[];
	/** The bytes of Info.plist, and of the provisioning profile when there is one. */
	readonly infoPlist: Uint8Array;
	readonly profile: Uint8Array | undefined;
	/** Licence and purchase of an app from the store; the device wants both. */
	readonly store: { readonly sinf: Uint8Array; readonly metadata: Uint8Array } | undefined;
}

/** No app has so many files; the bound keeps a hostile directory from filling the memory. */
const MAX_MEMBERS = 1_000_000;

/** Property lists and profiles have kilobytes. */
const MAX_READ_BYTES = 16 * MiB;

/** Longer targets exist on no device. Each is read while the directory is, so their sum counts too. */
const MAX_TARGET_BYTES = 1024;

/** Of a name, in a message. */
const MAX_TOLD_LENGTH = 200;

const TYPE_BITS = 0o170000;
const LINK_BITS = 0o120000;

/**
 * Looks into a package. An archive is not unpacked: its directory and three small files of it are read.
 * @throws EngineError `PACKAGE_UNUSABLE` - it is none, it is damaged, or something in it leads out of it.
 */
export async function openAppPackage(file: string): Promise<AppPackage> {
	const place = path.resolve(file);
	const stat = await fs.stat(place).catch((error: unknown) => {
		throw unusable(`There is no package at ${place}.`, { path: place }, error);
	});
	if (stat.isDirectory()) {
		return openFolder(place);
	}
	if (!stat.isFile()) {
		throw unusable(`${place} is neither an .ipa file nor an .app folder.`, { path: place });
	}
	return openArchive(place, stat.size);
}

async function openArchive(place: string, sizeBytes: number): Promise<AppPackage> {
	let zip: ZipFile | undefined;
	try {
		zip = await openPromise(place, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
		return await readArchive(zip, place, sizeBytes);
	} catch (error) {
		throw EngineError.is(error)
			? error
			: unusable(`The archive cannot be read: ${errorText(error).replace(/\.$/, '')}.`, { path: place }, error);
	} finally {
		zip?.close();
	}
}

async function readArchive(zip: ZipFile, place: string, sizeBytes: number): Promise<AppPackage> {
	if (zip.entryCount > MAX_MEMBERS) {
		throw unusable('The archive claims to hold more files than any app has.', { entries: zip.entryCount });
	}
	const bundles = new Set<string>();
	const wanted = new Map<string, Entry>();
	let contentBytes = 0;
	const want = (name: string, entry: Entry): void => {
		// Which of them the device takes nobody knows: what is judged here must be what is installed.
		if (wanted.get(name)?.fileName === entry.fileName) {
			throw unusable(`The archive holds ${name} twice.`, { path: place, entry: entry.fileName });
		}
		wanted.set(name, entry);
	};
	for await (const entry of zip.eachEntry()) {
		const { fileName } = entry;
		refuseName(fileName);
		contentBytes += entry.uncompressedSize;
		const [, bundle, inside] = /^Payload\/([^/]+\.app)\/(.*)$/s.exec(fileName) ?? [];
		if (bundle !== undefined) {
			bundles.add(bundle);
		}
		if (inside === 'Info.plist' || inside === 'embedded.mobileprovision' || /^SC_Info\/[^/]+\.sinf$/.test(inside ?? '')) {
			want(inside?.endsWith('.sinf') === true ? 'sinf' : (inside ?? ''), entry);
		} else if (fileName === 'iTunesMetadata.plist') {
			want(fileName, entry);
		}
		if (((entry.externalFileAttributes >>> 16) & TYPE_BITS) === LINK_BITS) {
			refuseLink(fileName, Buffer.from(await readMember(zip, entry, MAX_TARGET_BYTES)).toString());
		}
	}
	const [bundleName] = bundles;
	if (bundleName === undefined || bundles.size > 1) {
		throw unusable(
			bundles.size > 1 ? 'The archive holds several apps.' : 'The archive holds no app: there is no folder Payload/….app in it.',
			{ path: place, apps: [...bundles].slice(0, 5) },
		);
	}
	const read = async (name: string): Promise<Uint8Array | undefined> => {
		const entry = wanted.get(name);
		return entry === undefined ? undefined : readMember(zip, entry);
	};
	const infoPlist = await read('Info.plist');
	if (infoPlist === undefined) {
		throw unusable(`${bundleName} has no Info.plist.`, { path: place });
	}
	const [sinf, metadata] = [await read('sinf'), await read('iTunesMetadata.plist')];
	return {
		kind: 'archive',
		path: place,
		bundleName,
		contentBytes,
		files: [{ path: '', sizeBytes }],
		folders: [],
		links: [],
		infoPlist,
		profile: await read('embedded.mobileprovision'),
		store: sinf === undefined || metadata === undefined ? undefined : { sinf, metadata },
	};
}

async function readMember(zip: ZipFile, entry: Entry, maxBytes = MAX_READ_BYTES): Promise<Uint8Array> {
	if (entry.uncompressedSize > maxBytes || entry.isEncrypted()) {
		const name = entry.fileName.slice(0, MAX_TOLD_LENGTH);
		throw unusable(`${name} in the archive is too long, or encrypted.`, { entry: name });
	}
	const parts: Uint8Array[] = [];
	for await (const part of await zip.openReadStreamPromise(entry)) {
		parts.push(part as Uint8Array);
	}
	return Buffer.concat(parts);
}

async function openFolder(place: string): Promise<AppPackage> {
	const bundleName = path.basename(place);
	if (!bundleName.endsWith('.app')) {
		throw unusable(`${place} is a folder, and its name does not end in .app.`, { path: place });
	}
	const files: { path: string; sizeBytes: number }[] = [];
	const folders: string[] = [];
	const links: { path: string; target: string }[] = [];
	const walk = async (folder: string): Promise<void> => {
		for (const entry of await fs.readdir(path.join(place, folder), { withFileTypes: true })) {
			const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
			refuseName(inside);
			const here = path.join(place, inside);
			if (entry.isDirectory()) {
				folders.push(inside);
				await walk(inside);
			} else if (entry.isSymbolicLink()) {
				const target = await fs.readlink(here);
				refuseLink(inside, target);
				links.push({ path: inside, target });
			} else if (entry.isFile()) {
				files.push({ path: inside, sizeBytes: (await fs.lstat(here)).size });
			} else {
				throw unusable(`${inside} in the app is neither a file nor a folder.`, { path: here });
			}
			if (files.length + folders.length > MAX_MEMBERS) {
				throw unusable('The folder holds more files than any app has.', { path: place });
			}
		}
	};
	await walk('');
	const read = async (name: string): Promise<Uint8Array | undefined> => {
		const file = files.find((one) => one.path === name);
		if (file !== undefined && file.sizeBytes > MAX_READ_BYTES) {
			throw unusable(`${name} in the app is too long.`, { path: place });
		}
		return file === undefined ? undefined : fs.readFile(path.join(place, name));
	};
	const infoPlist = await read('Info.plist');
	if (infoPlist === undefined) {
		throw unusable(`${bundleName} has no Info.plist.`, { path: place });
	}
	const contentBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
	return {
		kind: 'folder',
		path: place,
		bundleName,
		contentBytes,
		files,
		folders,
		links,
		infoPlist,
		profile: await read('embedded.mobileprovision'),
		store: undefined,
	};
}

/** The library refuses absolute names and `..` already; here the rest that no build makes. */
function refuseName(name: string): void {
	const parts = name.split('/');
	// eslint-disable-next-line no-control-regex -- these are what it looks for
	if (/[\u0000-\u001f\\]/.test(name) || name.startsWith('/') || parts.includes('..') || parts.slice(0, -1).includes('')) {
		throw unusable('A name in the package leads out of it, or is none.', { entry: name.slice(0, MAX_TOLD_LENGTH) });
	}
}

/** A link may point to something beside it or below, as those of frameworks do, and nowhere else. */
function refuseLink(place: string, target: string): void {
	const landed = path.posix.normalize(path.posix.join('/', path.posix.dirname(place), target));
	const depth = place.startsWith('Payload/') ? `/${place.split('/').slice(0, 2).join('/')}/` : '/';
	const climbs = path.posix.normalize(path.posix.join(path.posix.dirname(place), target)).startsWith('..');
	if (target.startsWith('/') || target.includes('\0') || climbs || !`${landed}/`.startsWith(depth)) {
		throw unusable(`A link in the package leads out of it: ${place.slice(0, MAX_TOLD_LENGTH)}.`, {
			entry: place.slice(0, MAX_TOLD_LENGTH),
		});
	}
}

function unusable(message: string, details: Record<string, unknown>, cause?: unknown): EngineError {
	return new EngineError('PACKAGE_UNUSABLE', message, { details, cause });
}
