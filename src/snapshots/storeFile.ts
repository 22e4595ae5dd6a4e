import * as crypto from 'node:crypto';
import { errorText } from '../base/index.ts';
import { StoreError } from './errors.ts';
import { layout } from './layout.ts';
import { canonicalJson } from './records/canonicalJson.ts';
import { isTemporaryName, type WorkingStorage } from './storage/storage.ts';

const FORMAT = 'ios-device-lab snapshots';
const FORMAT_VERSION = 1;
const MAX_STORE_FILE_BYTES = 64 * 1024;

/** What systems put into any folder on their own. Names that begin with a dot are such, too. */
const SYSTEM_NAMES: readonly string[] = [
	'lost+found',
	'System Volume Information',
	'$RECYCLE.BIN',
	'desktop.ini',
	'Thumbs.db',
	'@eaDir',
	'#recycle',
];

/**
 * Reads which store lies in a folder.
 * @param create - makes one where there is none: in a folder that is empty, or holds nothing but what a store has.
 * @returns the store's id.
 * @throws StoreError `NOT_A_STORE`, `NEWER_FORMAT`; `STORE_UNUSABLE` - the folder has other things in it, or cannot be written.
 */
export async function openStoreFile(storage: WorkingStorage, create: boolean): Promise<string> {
	let bytes = await storage.get(layout.store, MAX_STORE_FILE_BYTES);
	if (bytes === undefined && create) {
		await refuseForeignFolder(storage);
		const id = crypto.randomBytes(16).toString('hex');
		await storage.putIfAbsent(layout.store, Buffer.from(canonicalJson({ format: FORMAT, version: FORMAT_VERSION, id })));
		// Of two processes at once one was first: its id is the store's.
		bytes = await storage.get(layout.store, MAX_STORE_FILE_BYTES);
	}
	if (bytes === undefined) {
		throw new StoreError('NOT_A_STORE', 'The folder holds no store of snapshots.');
	}
	let value: { format?: unknown; version?: unknown; id?: unknown } | null;
	try {
		value = JSON.parse(Buffer.from(bytes).toString()) as typeof value;
	} catch (error) {
		throw new StoreError('NOT_A_STORE', `The store's own file cannot be read: ${errorText(error)}.`, { cause: error });
	}
	if (value?.format !== FORMAT || typeof value.version !== 'number' || typeof value.id !== 'string') {
		throw new StoreError('NOT_A_STORE', 'The folder holds something else than a store of snapshots.');
	}
	if (value.version > FORMAT_VERSION) {
		throw new StoreError('NEWER_FORMAT', `The store has format ${value.version}, which a newer version wrote.`, {
			details: { what: 'store', version: value.version },
		});
	}
	return value.id;
}

/** A store would be strewn among somebody's files. One whose creation was interrupted, or whose own file was lost, is gone on with. */
async function refuseForeignFolder(storage: WorkingStorage): Promise<void> {
	const own: readonly string[] = Object.values(layout).filter((name) => typeof name === 'string');
	const foreign = (await storage.rootNames()).filter(
		(name) => !own.includes(name) && !name.startsWith('.') && !SYSTEM_NAMES.includes(name) && !isTemporaryName(name),
	);
	if (foreign.length > 0) {
		const shown = JSON.stringify((foreign[0] as string).slice(0, 100));
		throw new StoreError(
			'STORE_UNUSABLE',
			`The folder is not empty and holds no store of snapshots (${shown} lies in it): choose an empty one, or one that does not exist yet.`,
			{ details: { names: foreign.slice(0, 10) } },
		);
	}
}
