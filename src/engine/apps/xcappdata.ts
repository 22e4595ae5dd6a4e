import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { throwIfAborted } from '../../base/index.ts';
import type { AppExportResult, SnapshotInfo } from '../../contract/index.ts';
import { encodeXmlPlist, getString, isDict, parsePlist } from '../../plist/index.ts';
import type { StagingArea } from '../../snapshots/index.ts';
import { EngineError } from '../errors.ts';
import { exists, usingFolder } from '../folder/files.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { FoundSnapshot, SnapshotLibrary } from '../store/library.ts';
import { AppProgress } from './appProgress.ts';
import { isOutsideState } from './containerTree.ts';
import { toListingPath } from './listingNames.ts';
import { LINK_MODE, readSnapshotTree, type SnapshotItem } from './snapshotTree.ts';
import { appFacts } from './takeAppSnapshot.ts';
import { translatedForDevice } from './translated.ts';

const SUFFIX = '.xcappdata';
const INFO_FILE = 'AppDataInfo.plist';
const DATA_FOLDER = 'AppData';
/** Of one name, as all file systems have it that are in use. */
const MAX_NAME_BYTES = 255;
const READ_BYTES = 1024 * 1024;
const MAX_INFO_BYTES = 1024 * 1024;

/**
 * Writes an app's snapshot as Xcode keeps downloaded containers: `AppDataInfo.plist` and `AppData/…`. Appears when it is whole, never over
 * something else. Unverified: the keys of AppDataInfo.plist are those that public readers of the format look for; Xcode itself was not tried.
 *
 * @param to - the package itself when it ends in `.xcappdata`, else the folder that gets it.
 */
export async function exportAppData(
	library: SnapshotLibrary,
	found: FoundSnapshot,
	to: string,
	run: JobRun,
	{ clock }: JobContext,
): Promise<AppExportResult> {
	const { info, snapshot } = found;
	const { app } = info;
	if (app === undefined) {
		throw new EngineError('WRONG_USE', 'Only a snapshot of an app is an app’s data.');
	}
	const place = path.resolve(to);
	const stamp = info.takenAt.replace('T', ' ').replaceAll(':', '.').replace('Z', '');
	const target = place.endsWith(SUFFIX) ? place : path.join(place, `${app.bundleId} ${stamp}${SUFFIX}`);
	const growing = `${target}.devicelab-export`;
	return usingFolder(path.dirname(target), () =>
		translatedForDevice(async () => {
			if (await exists(target)) {
				throw new EngineError('FOLDER_UNUSABLE', `There is something at ${target} already; an export never writes over it.`, {
					details: { folder: target },
				});
			}
			await fs.rm(growing, { recursive: true, force: true });
			try {
				const store = await library.store();
				const items = await readSnapshotTree(store, snapshot.record);
				await fs.mkdir(path.join(growing, DATA_FOLDER), { recursive: true, mode: 0o700 });
				await fs.writeFile(
					path.join(growing, INFO_FILE),
					encodeXmlPlist({
						CFBundleIdentifier: app.bundleId,
						...(app.name === undefined ? {} : { CFBundleName: app.name, CFBundleDisplayName: app.name }),
						...(app.version === undefined ? {} : { CFBundleShortVersionString: app.version }),
						...(app.build === undefined ? {} : { CFBundleVersion: app.build, XCExecutableVersion: app.build }),
					}),
				);
				const progress = new AppProgress(run, clock);
				progress.expect(info.sizeBytes);
				progress.enter('transferring');
				const writer = new HostTree(path.join(growing, DATA_FOLDER));
				for (const [name, item] of [...items].sort(byPath)) {
					throwIfAborted(run.signal);
					await writer.put(name, item, () => store.openContent(item.entry), progress);
				}
				await fs.rename(growing, target);
				return { path: target, fileCount: progress.movedFiles, sizeBytes: progress.movedBytes, altered: writer.altered };
			} catch (error) {
				await fs.rm(growing, { recursive: true, force: true });
				throw error;
			}
		}),
	);
}

/** A tree on this computer, whose file system may not know all names that a device knows. */
class HostTree {
	readonly altered: { readonly path: string; readonly became?: string }[] = [];
	readonly #root: string;
	/** Where each folder of the container lies. */
	readonly #folders = new Map<string, string>();

	constructor(root: string) {
		this.#root = root;
		this.#folders.set('', root);
	}

	async put(name: string, item: SnapshotItem, content: () => AsyncIterable<Uint8Array>, progress: AppProgress): Promise<void> {
		const parent = name.slice(0, name.lastIndexOf('/'));
		const folder = this.#folders.get(parent) ?? (await this.#makeFolder(parent));
		const wanted = hostName(name.slice(parent.length + 1));
		if (item.kind === 'link' && !leadsInside(name, item.target ?? '')) {
			this.altered.push({ path: name });
			return;
		}
		// Where names that differ in case are the same, the second one gets another: nothing is ever written through what is there.
		for (let attempt = 1; ; attempt++) {
			const became = attempt === 1 ? wanted : otherName(wanted, attempt);
			const here = path.join(folder, became);
			try {
				await make(here, item, content, progress);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < 100) {
					continue;
				}
				if (item.kind === 'link') {
					// Windows makes none for most users, and no system one that is empty or too long: the files are what is wanted.
					this.altered.push({ path: name });
					return;
				}
				throw error;
			}
			if (item.kind === 'folder') {
				this.#folders.set(name, here);
			}
			if (became !== name.slice(parent.length + 1)) {
				this.altered.push({ path: name, became: path.relative(this.#root, here) });
			}
			return;
		}
	}

	/** A folder that has no entry of its own. */
	async #makeFolder(name: string): Promise<string> {
		const parent = name.slice(0, name.lastIndexOf('/'));
		const above = this.#folders.get(parent) ?? (await this.#makeFolder(parent));
		const here = path.join(above, hostName(name.slice(parent.length + 1)));
		await fs.mkdir(here, { mode: 0o700 });
		this.#folders.set(name, here);
		return here;
	}
}

async function make(here: string, item: SnapshotItem, content: () => AsyncIterable<Uint8Array>, progress: AppProgress): Promise<void> {
	if (item.kind === 'folder') {
		await fs.mkdir(here, { mode: 0o700 });
		return;
	}
	if (item.kind === 'link') {
		await fs.symlink(item.target ?? '', here);
		return;
	}
	await fs.writeFile(here, counted(content(), progress), { flag: 'wx', mode: 0o600 });
	const time = new Date(item.modifiedAtMs);
	await fs.utimes(here, time, time);
	progress.movedFile();
}

/** An `.xcappdata` package that is to become a snapshot. */
export interface AppDataImport {
	readonly udid: string;
	readonly file: string;
	readonly name?: string | undefined;
	readonly note?: string | undefined;
}

/** Adopts an `.xcappdata` package as a snapshot of its app on a device. It is only read; links in it are not followed. */
export async function importAppData(
	library: SnapshotLibrary,
	order: AppDataImport,
	run: JobRun,
	{ clock }: JobContext,
): Promise<SnapshotInfo> {
	const { udid, note } = order;
	const place = path.resolve(order.file);
	const app = await readInfo(place);
	if ((await fs.lstat(path.join(place, DATA_FOLDER)).catch(() => undefined))?.isDirectory() !== true) {
		throw new EngineError('PACKAGE_UNUSABLE', `${place} holds no folder ${DATA_FOLDER}.`, { details: { path: place } });
	}
	const name = order.name === undefined ? undefined : await library.checkName(udid, order.name);
	return usingFolder(place, () =>
		translatedForDevice(async () => {
			const store = await library.store();
			const hasHead = (await store.appHeads(udid)).has(app.bundleId);
			const staging = await store.beginStaging({ udid, jobId: randomUUID() });
			let isSealed = false;
			try {
				const progress = new AppProgress(run, clock);
				progress.enter('transferring');
				await takeFolder(path.join(place, DATA_FOLDER), '', staging, progress, run.signal);
				const { bundleId, ...facts } = app;
				const { mtimeMs } = await fs.stat(path.join(place, INFO_FILE));
				const record = await staging.seal(
					{ kind: 'app', app: bundleId, takenAtMs: Math.floor(mtimeMs), trigger: 'import', device: {}, backup: appFacts(facts) },
					{ moveHead: !hasHead },
				);
				isSealed = true;
				if (name !== undefined) {
					await store.setName(udid, record.id, name);
				}
				if (note !== undefined) {
					await store.setNote(udid, record.id, note);
				}
				return await library.show(udid, record.id);
			} finally {
				if (!isSealed) {
					await staging.abandon({ discard: true });
				}
			}
		}),
	);
}

async function readInfo(place: string): Promise<{ bundleId: string; name?: string; version?: string; build?: string }> {
	const unusable = (message: string, cause?: unknown): EngineError =>
		new EngineError('PACKAGE_UNUSABLE', message, { details: { path: place }, cause });
	let info: unknown;
	try {
		// Never through a link, nor from what is no file: a package of others may name a device that never ends.
		const status = await fs.lstat(path.join(place, INFO_FILE));
		info = status.isFile() && status.size <= MAX_INFO_BYTES ? parsePlist(await fs.readFile(path.join(place, INFO_FILE))) : undefined;
	} catch (error) {
		throw unusable(`${place} holds no ${INFO_FILE} that can be read: it is no ${SUFFIX} package.`, error);
	}
	const bundleId = isDict(info) ? getString(info, 'CFBundleIdentifier') : undefined;
	if (bundleId === undefined || !/^[A-Za-z0-9._-]{1,255}$/.test(bundleId)) {
		throw unusable(`${INFO_FILE} in ${place} does not say whose data it is.`);
	}
	const text = (key: string): string | undefined => getString(info, key)?.slice(0, 200);
	const [name, version, build] = [
		text('CFBundleDisplayName') ?? text('CFBundleName'),
		text('CFBundleShortVersionString'),
		text('CFBundleVersion') ?? text('XCExecutableVersion'),
	];
	return {
		bundleId,
		...(name === undefined ? {} : { name }),
		...(version === undefined ? {} : { version }),
		...(build === undefined ? {} : { build }),
	};
}

async function takeFolder(
	root: string,
	below: string,
	staging: StagingArea,
	progress: AppProgress,
	signal: AbortSignal | undefined,
): Promise<void> {
	for (const entry of await fs.readdir(path.join(root, below), { withFileTypes: true })) {
		throwIfAborted(signal);
		const name = `${below}/${entry.name}`;
		const here = path.join(root, name);
		if (isOutsideState(name)) {
			continue;
		}
		const place = toListingPath(name);
		if (entry.isDirectory()) {
			staging.createFolder(place);
			await takeFolder(root, name, staging, progress, signal);
		} else if (entry.isSymbolicLink()) {
			staging.writeFile(place, Buffer.from(await fs.readlink(here)), { mode: LINK_MODE, modifiedAtMs: 0 });
		} else if (entry.isFile()) {
			const { mtimeMs } = await fs.lstat(here);
			const file = staging.beginFile(place, { modifiedAtMs: Math.max(0, Math.floor(mtimeMs)) });
			const source = await fs.open(here, 'r');
			for await (const chunk of source.createReadStream({ highWaterMark: READ_BYTES })) {
				file.write(chunk as Uint8Array);
				progress.moved((chunk as Uint8Array).length);
			}
			file.finish();
			progress.movedFile();
		}
	}
}

/** A name as this computer takes it: on Windows some characters and endings are written as `%` and two digits. */
export function hostName(name: string, platform: NodeJS.Platform = process.platform): string {
	if (platform !== 'win32') {
		return name;
	}
	const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
	// eslint-disable-next-line no-control-regex -- these are among them
	const plain = name.replaceAll(/[<>:"|?*\\\u0000-\u001f]/g, escape).replace(/[. ]$/, escape);
	return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `%${plain.charCodeAt(0).toString(16)}${plain.slice(1)}` : plain;
}

/** A name for what cannot have its own because that is taken; not longer than a file system allows. */
export function otherName(name: string, attempt: number): string {
	const suffix = `~${attempt}`;
	let characters = [...name];
	while (Buffer.byteLength(characters.join('')) + suffix.length > MAX_NAME_BYTES) {
		characters = characters.slice(0, -1);
	}
	return `${characters.join('')}${suffix}`;
}

/**
 * Whether a link of the container stays in it: one that leads out means nothing here, and might lead anywhere. It goes up first, and down then:
 * going up from where another link has led to is going up from there, which nobody can tell from the text.
 *
 * @param name - where the link lies, as `/Documents/link`
 */
export function leadsInside(name: string, target: string, platform: NodeJS.Platform = process.platform): boolean {
	const isAbsolute = target.startsWith('/') || (platform === 'win32' && /[\\:]/.test(target));
	const steps = target.split('/').filter((step) => step !== '' && step !== '.');
	const up = steps.findIndex((step) => step !== '..');
	const ups = up === -1 ? steps.length : up;
	return target !== '' && !isAbsolute && ups <= name.split('/').length - 2 && !steps.slice(ups).includes('..');
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
	return a < b ? -1 : 1;
}

async function* counted(content: AsyncIterable<Uint8Array>, progress: AppProgress): AsyncGenerator<Uint8Array> {
	for await (const portion of content) {
		yield portion;
		progress.moved(portion.length);
	}
}
